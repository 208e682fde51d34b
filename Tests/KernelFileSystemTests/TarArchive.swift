/// Makes a tar archive for the tests.
struct TarArchive {
    var bytes: [UInt8] = []

    mutating func add(
        _ path: String, _ kind: Character = "0", _ data: [UInt8] = [], target: String = "", prefix: String = "",
        mode: Int = 0o644
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ offset: Int) {
            for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
        }
        func octal(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(path, 0)
        put(octal(mode, 7), 100)
        put(octal(7, 7), 108)
        put(octal(8, 7), 116)
        put(octal(data.count, 11), 124)
        put(octal(1_000_000_000, 11), 136)
        put(String(kind), 156)
        put(target, 157)
        put("ustar\u{0}00", 257)
        put(octal(1, 7), 329)
        put(octal(3, 7), 337)
        put(prefix, 345)
        put("        ", 148)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", 148)
        bytes += header + data + [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    mutating func add(records: [String]) {
        var data: [UInt8] = []
        for record in records {
            var length = record.utf8.count + 3
            while String(length).utf8.count + record.utf8.count + 2 != length { length += 1 }
            data += Array("\(length) \(record)\n".utf8)
        }
        add("pax", "x", data)
    }

    mutating func finish() { bytes += [UInt8](repeating: 0, count: 1024) }
}
