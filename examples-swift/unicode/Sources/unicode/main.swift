// Strings are Unicode: comparison by canonical equivalence, characters as
// readers see them, and case.
import Hermit

// The same text, written in two ways.
let composed = "caf\u{E9}"
let decomposed = "cafe\u{301}"
print(composed, decomposed, "equal:", composed == decomposed)
print("bytes:", composed.utf8.count, decomposed.utf8.count)
print("scalars:", composed.unicodeScalars.count, decomposed.unicodeScalars.count)
print("characters:", composed.count, decomposed.count)

// Equal strings are one key.
let drinks = [composed: 2]
print("found:", drinks[decomposed] ?? 0)
print("ordered:", "a\u{308}" < "b", "\u{E4}" < "a")

// A Hangul syllable and its letters; the Angstrom sign and the letter.
print("hangul:", "\u{D55C}" == "\u{1112}\u{1161}\u{11AB}")
print("angstrom:", "\u{212B}" == "\u{C5}")

// What a reader sees as one character is one.
for text in ["🇩🇪🇫🇷", "👩‍👩‍👧‍👦", "👍🏽", "नि", "e\u{301}\u{323}", "\r\n"] {
    print(text.count, text.unicodeScalars.count, text.utf16.count, text.utf8.count)
}
print(String("añb🙂".reversed()))

// Case is not always one to one.
print("Straße".uppercased(), "ÀÉÎ".lowercased(), "ΑΣ".lowercased())

// Characters know what they are.
for character in "aZ7 é字" as String {
    print(
        "\(character):", character.isLetter, character.isNumber, character.isUppercase,
        character.isWhitespace)
}

// Splitting, searching, indices.
let line = "schön;größer;übermäßig"
let words = line.split(separator: ";")
print(words.map { "\($0.count)" }.joined(separator: ","), words.last ?? "")
print(line.hasPrefix("scho\u{308}n"), line.contains("ß"), "abc".hasSuffix("bc"))

// Bytes that are not UTF-8 become U+FFFD.
print(String(decoding: [0x61, 0xFF, 0x62, 0xE2, 0x82] as [UInt8], as: UTF8.self))
