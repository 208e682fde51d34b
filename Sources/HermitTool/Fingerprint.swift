/// What a product was made from: names, sizes and times of its inputs. Equal
/// fingerprints mean that there is nothing to do.
struct Fingerprint: Equatable {
    private var lines: [String] = []

    /// Adds what is no file: options, versions.
    mutating func add(_ text: String) { lines.append(text) }

    /// Adds a file, or all files below a folder but hidden ones; a path that
    /// leads nowhere counts as that.
    mutating func add(path: String) {
        guard let entry = Files.entry(path) else {
            add("\(path) -")
            return
        }
        guard entry.isFolder else {
            add("\(path) \(entry.size) \(entry.modified)")
            return
        }
        for name in (try? Files.names(in: path)) ?? [] where !name.hasPrefix(".") {
            add(path: path + "/" + name)
        }
    }

    private var text: String { lines.joined(separator: "\n") + "\n" }

    /// Whether the stamp at `path` says the same.
    func matches(stamp path: String) -> Bool {
        (try? Files.text(path)) == text
    }

    /// Notes that the product is made.
    func write(stamp path: String) throws {
        try Files.write(text, to: path)
    }

    /// A short name for a text: its 64-bit FNV-1a sum in hexadecimal.
    static func sum(_ text: String) -> String {
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(sum, radix: 16)
    }
}
