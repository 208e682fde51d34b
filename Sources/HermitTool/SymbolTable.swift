/// The global symbols of objects, as `llvm-nm --format=posix --extern-only` lists them.
public struct SymbolTable: Equatable, Sendable {
    /// Symbols that some object defines.
    public private(set) var defined: Set<String> = []
    /// Symbols that some object refers to and must find; not weak ones.
    public private(set) var undefined: Set<String> = []

    /// Reads `NAME TYPE ...` lines; what has another form, as the names of
    /// archive members do, is passed over.
    public init(posixListing text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 2, words[1].count == 1, let type = words[1].first else { continue }
            let name = String(words[0])
            switch type {
            case "U": undefined.insert(name)
            // Weak references may stay without a definition.
            case "w", "v": break
            // A unique global has a small letter, as local symbols have.
            case "u": defined.insert(name)
            default: if type.isUppercase { defined.insert(name) }
            }
        }
    }

    /// Symbols that no object defines.
    public var missing: Set<String> { undefined.subtracting(defined) }
}
