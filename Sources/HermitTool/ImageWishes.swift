import Foundation
import KernelSupport
import LoaderCore

/// What an image wants of the machine that it is booted in: a note HERMIT of
/// type 0x5a10 with a word of bits (Sources/CMachine/wishes.S).
struct ImageWishes: OptionSet {
    let rawValue: UInt32

    /// It listens to the machine's power button.
    static let powerButton = Self(rawValue: 1 << 0)
    /// It looks for a device of random bytes.
    static let entropyDevice = Self(rawValue: 1 << 1)
    /// It can write to a console device.
    static let consoleDevice = Self(rawValue: 1 << 2)
    /// It looks for a network card.
    static let networkCard = Self(rawValue: 1 << 3)

    init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Of a linked image, or of one in an archive. What can't be read wants nothing.
    init(ofFile path: String) {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        else {
            self.init()
            return
        }
        if PackedProgram.isArchive(data.bytes), let program = try? PackedProgram(data.bytes) {
            self.init(data[program.image].bytes)
        } else {
            self.init(data.bytes)
        }
    }

    init(_ file: RawSpan) {
        self.init()
        // ELF64's header and its program headers.
        guard file.value(at: 0, as: UInt32.self) == 0x464C_457F,
            let table = file.value(at: 32, as: UInt64.self),
            let size = file.value(at: 54, as: UInt16.self),
            let count = file.value(at: 56, as: UInt16.self)
        else { return }
        for i in 0..<UInt64(count) {
            let header = table &+ i * UInt64(size)
            guard file.value(at: header, as: UInt32.self) == 4,
                let start = file.value(at: header &+ 8, as: UInt64.self),
                let length = file.value(at: header &+ 32, as: UInt64.self),
                file.contains(offset: start, count: length)
            else { continue }
            readNotes(file, start..<start + length)
        }
    }

    private mutating func readNotes(_ file: RawSpan, _ range: Range<UInt64>) {
        var note = range.lowerBound
        while range.upperBound - note >= 12 {
            guard let nameSize = file.value(at: note, as: UInt32.self),
                let contentSize = file.value(at: note + 4, as: UInt32.self),
                let type = file.value(at: note + 8, as: UInt32.self)
            else { return }
            let content = note + 12 + (UInt64(nameSize) + 3) & ~3
            let next = content + (UInt64(contentSize) + 3) & ~3
            if type == 0x5A10, nameSize == 7, file.holds("HERMIT", at: note + 12),
                contentSize >= 4, next <= range.upperBound,
                let bits = file.value(at: content, as: UInt32.self)
            {
                formUnion(Self(rawValue: bits))
            }
            guard next <= range.upperBound else { return }
            note = next
        }
    }
}
