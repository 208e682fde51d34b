import KernelFileSystem
import KernelSupport

/// A program with its files, arguments and environment in one archive, as
/// Hermit's image format has it: a tar archive whose `hermit.toml` says which of
/// the archive's files is the program.
public struct PackedProgram: Sendable {
    /// The program's image in the archive.
    public private(set) var image: Range<Int> = 0..<0
    /// Where the program's files are: an archive from this place on. Those two
    /// that only the loader wants are left out where they are the first.
    public private(set) var files: Range<Int> = 0..<0
    /// Bytes that the machine must have.
    public private(set) var neededMemory: UInt64 = 0
    /// Processors that the machine must have.
    public private(set) var neededProcessors: UInt64 = 0
    /// The text of `hermit.toml`.
    private var configuration: Range<Int> = 0..<0

    public enum Fault: Error, Equatable, Sendable {
        case damagedArchive, noConfiguration, badConfiguration, wrongVersion, noProgram

        /// The fault in a few words, for one line on a console.
        public var message: StaticString {
            switch self {
            case .damagedArchive: "the archive is damaged or cut off"
            case .noConfiguration: "the archive has no hermit.toml"
            case .badConfiguration: "the archive's hermit.toml is not understood"
            case .wrongVersion: "the archive's hermit.toml is of another version than 1"
            case .noProgram: "the program that hermit.toml names is not in the archive"
            }
        }
    }

    /// Whether a module is an archive, by its first header.
    public static func isArchive(_ bytes: RawSpan) -> Bool {
        bytes.byteCount >= 512 && bytes.isText("ustar", in: 257..<262)
    }

    @inline(never)
    public init(_ bytes: RawSpan) throws(Fault) {
        guard let found = try Self.find(bytes, nil) else { throw .noConfiguration }
        configuration = found.data
        var kernel: ConfigurationString? = nil
        var (memory, processors): (UInt64?, UInt64?) = (0, 0)
        var isVersion = false
        var text = ConfigurationText(configuration)
        while let (key, value) = text.next(bytes) {
            switch key {
            case .version: isVersion = bytes.isText("1", in: value.range)
            case .kernel: kernel = value
            case .memory: memory = Self.size(bytes, value)
            case .processors: processors = Self.number(bytes, value.range)?.value
            default: break
            }
        }
        guard !text.isDamaged, let memory, let processors else { throw .badConfiguration }
        guard isVersion else { throw .wrongVersion }
        guard let kernel else { throw .badConfiguration }
        (neededMemory, neededProcessors) = (memory, processors)
        guard let program = try Self.find(bytes, kernel) else { throw .noProgram }
        image = program.data
        let isFirst = min(found.index, program.index) == 0 && max(found.index, program.index) == 1
        files = (isFirst ? max(found.end, program.end) : 0)..<bytes.byteCount
    }

    /// Where the first regular file of that path is; `nil` for a path: of hermit.toml.
    @inline(never)
    private static func find(
        _ bytes: RawSpan, _ name: ConfigurationString?
    ) throws(Fault) -> (data: Range<Int>, index: Int, end: Int)? {
        var reader = ArchiveReader()
        var index = 0
        do throws(ArchiveError) {
            while let entry = try reader.next(bytes) {
                if entry.kind == .regular, entry.prefix.count == 0 {
                    let path = plain(bytes, range(entry.path))
                    let isWanted =
                        if let name { isPath(bytes, path, name) } else {
                            bytes.isText("hermit.toml", in: path)
                        }
                    if isWanted {
                        return (range(entry.data), index, Int(truncatingIfNeeded: reader.position))
                    }
                }
                index &+= 1
            }
        } catch { throw .damagedArchive }
        return nil
    }

    private static func range(_ part: ArchiveRange) -> Range<Int> {
        // It lies inside of the archive.
        let start = Int(truncatingIfNeeded: part.start)
        return start..<start &+ Int(truncatingIfNeeded: part.count)
    }

    /// A path without what is the root in front of it.
    private static func plain(_ bytes: RawSpan, _ path: Range<Int>) -> Range<Int> {
        var path = path
        while true {
            if path.count > 1, bytes.isText("./", in: path.lowerBound..<path.lowerBound &+ 2) {
                path = path.lowerBound &+ 2..<path.upperBound
            } else if path.count > 0, bytes.byte(path.lowerBound) == UInt8(ascii: "/") {
                path = path.lowerBound &+ 1..<path.upperBound
            } else {
                return path
            }
        }
    }

    private static func isPath(
        _ bytes: RawSpan, _ path: Range<Int>, _ name: ConfigurationString
    ) -> Bool {
        var reader = ConfigurationString(
            range: plain(bytes, name.range), hasEscapes: name.hasEscapes
        ).reader
        var offset = path.lowerBound
        while let byte = reader.next(bytes) {
            guard offset < path.upperBound, bytes.byte(offset) == byte else { return false }
            offset &+= 1
        }
        return offset == path.upperBound
    }

    // MARK: - Numbers

    private static func number(
        _ bytes: RawSpan, _ range: Range<Int>
    ) -> (value: UInt64, end: Int)? {
        var value: UInt64 = 0
        var offset = range.lowerBound
        while offset < range.upperBound, let byte = bytes.byte(offset),
            byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9")
        {
            guard value < 1 << 56 else { return nil }
            value = value &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
            offset &+= 1
        }
        return offset > range.lowerBound ? (value, offset) : nil
    }

    /// Bytes: a number, and maybe a unit behind it, of powers of 1000 or of 1024.
    private static func size(_ bytes: RawSpan, _ text: ConfigurationString) -> UInt64? {
        guard var (value, offset) = number(bytes, text.range) else { return nil }
        while bytes.byte(offset) == 0x20, offset < text.range.upperBound { offset &+= 1 }
        let unit = offset..<text.range.upperBound
        if unit.isEmpty || bytes.isText("B", in: unit) { return value }
        var power = 0
        switch bytes.byte(offset) {
        case UInt8(ascii: "k"), UInt8(ascii: "K"): power = 1
        case UInt8(ascii: "m"), UInt8(ascii: "M"): power = 2
        case UInt8(ascii: "g"), UInt8(ascii: "G"): power = 3
        default: return nil
        }
        let rest = unit.lowerBound &+ 1..<unit.upperBound
        let isBinary = bytes.isText("iB", in: rest) || bytes.isText("i", in: rest)
        guard isBinary || rest.isEmpty || bytes.isText("B", in: rest) else { return nil }
        for _ in 0..<power {
            guard value < 1 << 50 else { return nil }
            value = value &* (isBinary ? 1024 : 1000)
        }
        return value
    }

    // MARK: - The command line

    /// Writes the line that the kernel boots with: the archive's words for it, the
    /// environment, the monitor's words, `--`, the archive's arguments and the
    /// monitor's.
    ///
    /// - Parameters:
    ///   - line: The monitor's.
    ///   - sink: Takes one byte after the other.
    public func writeLine<Sink: ByteSink>(_ line: RawSpan, _ bytes: RawSpan, to sink: inout Sink) {
        write(.kernelWord, bytes, &sink)
        write(.environment, bytes, &sink)
        var position = 0
        var end = line.byteCount
        var arguments = line.byteCount
        while position < line.byteCount {
            let start = position
            guard let word = CommandLineWord(line, from: &position) else { break }
            if word.isPlain, word.equals("--", in: line) {
                (end, arguments) = (start, position)
                break
            }
        }
        for offset in 0..<end { sink.add(line.byte(offset) ?? 0x20) }
        for index in 0..<4 { sink.add((" -- " as StaticString).byte(at: index)) }
        write(.argument, bytes, &sink)
        for offset in arguments..<line.byteCount { sink.add(line.byte(offset) ?? 0x20) }
    }

    /// Writes all values of a key as words, what would be none quoted.
    private func write<Sink: ByteSink>(
        _ wanted: ConfigurationText.Key, _ bytes: RawSpan, _ sink: inout Sink
    ) {
        var text = ConfigurationText(configuration)
        while let (key, value) = text.next(bytes) {
            guard key == wanted else { continue }
            if key == .environment {
                for index in 0..<4 { sink.add(("env=" as StaticString).byte(at: index)) }
            } else if value.range.isEmpty {
                sink.add(UInt8(ascii: "\""))
                sink.add(UInt8(ascii: "\""))
            }
            var reader = value.reader
            while let byte = reader.next(bytes) {
                if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\"")
                    || byte == UInt8(ascii: "\\")
                {
                    sink.add(UInt8(ascii: "\\"))
                }
                sink.add(byte)
            }
            sink.add(0x20)
        }
    }
}

/// Takes one byte after the other.
public protocol ByteSink {
    mutating func add(_ byte: UInt8)
}
