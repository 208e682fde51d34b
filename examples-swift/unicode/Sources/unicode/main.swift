import Hermit

// Two ways to write the same text are equal, and one character is one character.
let composed = "caf\u{E9}"
let decomposed = "cafe\u{301}"
print("equal:", composed == decomposed)
print("characters:", composed.count, decomposed.count)
print("scalars:", composed.unicodeScalars.count, decomposed.unicodeScalars.count)
print("family:", "👨‍👩‍👧‍👦".count)
print("ordered:", ["ö", "z", "a"].sorted().joined(separator: " "))
print("upper:", "straße".uppercased())
