/// What the boot's command line says: `WORD... -- ARGUMENT...`.
///
/// The words before `--` are the kernel's: `log=LEVEL`, `channel=com2`, `heap=check`,
/// `strace`, `stats`, `isolation=on` and its kin, `terminal=STREAM`, `window=ROWSxCOLUMNS`, `env=KEY=VALUE`,
/// `virtio_mmio.device=SIZE@ADDRESS:LINE`, `mount=TAG:PATH`, `ip=ADDRESS/PREFIX`, `gateway=ADDRESS`,
/// `dns=ADDRESS`, `name=NAME`; those behind it are the application's arguments.
/// The line is read where it lies and never changed; the application's vectors
/// are then written in one go into a block of `blockSize` bytes.
///
/// Reading and writing are one walk, which has no room for texts the first time:
/// a boot's cost is the code that it runs, however often that is.
///
/// To make a line of words, put a backslash in front of every space, double
/// quote and backslash, and write an empty word as two double quotes. A zero
/// byte cannot be passed.
public struct KernelCommandLine: Sendable {
    public private(set) var logLevel = LogLevel.warning
    /// A bit for each word of `words` that the line has.
    private var flags: UInt64 = 0
    /// Words that mean nothing to the kernel, or whose value does not.
    public private(set) var unknownWords = 0
    /// Arguments of the application, its name (argument 0) among them.
    public private(set) var argumentCount = 1
    public private(set) var environmentCount = 0
    /// Bytes of all their texts, each with a zero byte.
    private var textSize = 0

    /// Argument 0 where the line has no `name=`.
    public static let defaultName: StaticString = "hermit"

    private static let separator: StaticString = "--"
    private static let equalsSign: UInt8 = 0x3D

    /// The kernel's words, each with a space behind it: first the log's levels
    /// in order, last those that a value follows.
    private static let words: StaticString = """
        log=error log=warn log=info log=debug log=trace \
        channel=com2 heap=check strace stats terminal=0 terminal=1 terminal=2 \
        isolation=off isolation=on isolation=require \
        virtio_mmio.device= mount= ip= gateway= dns= window= name= env= \

        """

    /// Where a word is in `words`.
    private enum Place {
        static let lastLevel = 4
        static let channel: UInt64 = 5
        static let heapCheck: UInt64 = 6
        static let trace: UInt64 = 7
        static let statistics: UInt64 = 8
        static let terminal: UInt64 = 9
        static let isolationOff: UInt64 = 12
        static let isolation: UInt64 = 13
        static let isolationRequired: UInt64 = 14
        /// The first that a value follows, and the last of those that say nothing yet.
        static let device = 15
        static let mount = 16
        static let window = 20
        static let name = 21
        static let variable = 22
    }

    /// The second serial port is the channel to the host.
    public var usesChannel: Bool { has(Place.channel) }
    /// The application's heap is to be checked at every call.
    public var checksHeap: Bool { has(Place.heapCheck) }
    /// The application's calls are to be traced.
    public var tracesCalls: Bool { has(Place.trace) }
    /// At the program's end it is told what it has used.
    public var tellsStatistics: Bool { has(Place.statistics) }

    /// Whether the kernel's memory is to be kept from the application (docs/isolation.md).
    public enum Isolation: Sendable {
        case off
        /// The line says nothing of it.
        case usual
        /// Where it can be.
        case on
        /// And the program is not to run without.
        case required
    }

    /// Of several words the strictest counts.
    public var isolation: Isolation {
        if has(Place.isolationRequired) { return .required }
        if has(Place.isolation) { return .on }
        return has(Place.isolationOff) ? .off : .usual
    }

    /// A bit for each of the standard streams that is a terminal.
    public var terminals: UInt32 { UInt32(truncatingIfNeeded: flags >> Place.terminal) & 7 }

    /// The size of the terminal's window, `window=ROWSxCOLUMNS`; `nil`: the line says none.
    public static func window(_ line: RawSpan) -> (rows: UInt16, columns: UInt16)? {
        var words = Words()
        while let (word, isArgument) = words.next(in: line), !isArgument {
            guard let (_, size) = word.place(in: "window= ", of: line) else { continue }
            let numbers = word.numbers(droppingFirst: size, of: line)
            if let numbers { return (numbers.0, numbers.1) }
        }
        return nil
    }

    /// Calls `body` with each byte of the program's name, argument 0.
    public static func name(_ line: RawSpan, _ body: (UInt8) -> Void) {
        var words = Words()
        while let (word, isArgument) = words.next(in: line), !isArgument {
            guard let (_, size) = word.place(in: "name= ", of: line) else { continue }
            return word.forEachByte(droppingFirst: size, of: line, body)
        }
        for i in 0..<defaultName.utf8CodeUnitCount { body(defaultName.byte(at: i)) }
    }

    /// Calls `body` with each byte behind `virtio_mmio.device=`, and with `nil` behind
    /// the last, for every such word.
    public static func forEachDevice(_ line: RawSpan, _ body: (UInt8?) -> Void) {
        forEachValue(of: "virtio_mmio.device= ", line, body)
    }

    /// The same of each `mount=`.
    public static func forEachMount(_ line: RawSpan, _ body: (UInt8?) -> Void) {
        forEachValue(of: "mount= ", line, body)
    }

    /// A word that says something of the network.
    public enum NetworkWord: CaseIterable, Sendable {
        case address, gateway, server
    }

    /// Calls `body` with each byte behind `ip=`, `gateway=` or `dns=`, and with `nil` behind the
    /// last, for every such word.
    public static func forEach(_ word: NetworkWord, _ line: RawSpan, _ body: (UInt8?) -> Void) {
        switch word {
        case .address: forEachValue(of: "ip= ", line, body)
        case .gateway: forEachValue(of: "gateway= ", line, body)
        case .server: forEachValue(of: "dns= ", line, body)
        }
    }

    private static func forEachValue(of key: StaticString, _ line: RawSpan, _ body: (UInt8?) -> Void) {
        var words = Words()
        while let (word, isArgument) = words.next(in: line), !isArgument {
            guard let (_, size) = word.place(in: key, of: line) else { continue }
            word.forEachByte(droppingFirst: size, of: line) { body($0) }
            body(nil)
        }
    }

    private func has(_ place: UInt64) -> Bool { flags >> place & 1 != 0 }

    public init(_ line: RawSpan) {
        var nothing = MutableRawSpan()
        read(line, to: &nothing, at: 0)
    }

    /// Reads the line, and writes what is the application's where there is room.
    ///
    /// - Parameter block: Where it is not empty, it has room for all, and the
    ///   line was read before.
    @inline(never)
    private mutating func read(_ line: RawSpan, to block: inout MutableRawSpan, at address: UInt64)
    {
        let vectorsSize = 8 &* (argumentCount &+ environmentCount &+ 2)
        let variables = environmentOffset
        var text = vectorsSize
        // Where the next pointer goes.
        var (argument, variable) = (8, variables)
        var (isNamed, isArgument) = (false, false)
        var walk = CommandLineWalk(offset: 0)
        unknownWords = 0
        while walk.skipSpaces(in: line) {
            var slot = argument
            if isArgument {
                argument &+= 8
            } else if walk.skipName(in: line) {
                // The words of nearly every line, as `hermit run` writes them, at once.
                slot = 0
                isNamed = true
            } else if walk.skipSeparator(in: line) {
                isArgument = true
                continue
            } else {
                switch readWord(line, &walk) {
                case .nothing: continue
                case .name:
                    slot = 0
                    isNamed = true
                case .variable:
                    slot = variable
                    variable &+= 8
                }
            }
            _ = block.store(
                address &+ UInt64(truncatingIfNeeded: text), at: UInt64(truncatingIfNeeded: slot))
            text = walk.write(of: line, to: &block, at: text)
        }
        if !isNamed { text = writeDefaultName(to: &block, text, address) }
        _ = block.store(UInt64(0), at: UInt64(truncatingIfNeeded: argument))
        _ = block.store(UInt64(0), at: UInt64(truncatingIfNeeded: variable))
        argumentCount = argument >> 3
        environmentCount = (variable &- variables) >> 3
        textSize = text &- vectorsSize
    }

    private enum Meaning {
        /// The application gets nothing of it.
        case nothing
        /// What comes next is argument 0, or a variable.
        case name, variable
    }

    /// Reads one of the kernel's words; the walk goes behind it, or to its value.
    @inline(never)
    private mutating func readWord(_ line: RawSpan, _ walk: inout CommandLineWalk) -> Meaning {
        guard let word = CommandLineWord(line, from: &walk.offset) else {
            walk.offset = line.byteCount
            return .nothing
        }
        guard let (place, size) = word.place(in: Self.words, of: line) else {
            unknownWords &+= 1
            return .nothing
        }
        if place < Place.device {
            flags |= 1 &<< UInt64(truncatingIfNeeded: place)
            if place <= Place.lastLevel {
                logLevel = LogLevel(rawValue: UInt8(truncatingIfNeeded: place)) ?? logLevel
            }
        }
        if place <= Place.window { return .nothing }
        if place == Place.variable {
            // A key comes first.
            let sign = word.firstIndex(of: Self.equalsSign, behind: size, in: line)
            guard sign ?? 0 > size else {
                unknownWords &+= 1
                return .nothing
            }
        }
        walk = word.walk(droppingFirst: size, of: line)
        return place == Place.variable ? .variable : .name
    }

    /// Argument 0 where the line has none.
    ///
    /// - Returns: Where the next text goes.
    @inline(never)
    private func writeDefaultName(
        to block: inout MutableRawSpan, _ text: Int, _ address: UInt64
    ) -> Int {
        _ = block.store(address &+ UInt64(truncatingIfNeeded: text), at: 0)
        var text = text
        for i in 0...Self.defaultName.utf8CodeUnitCount {
            _ = block.store(Self.defaultName.byte(at: i), at: UInt64(truncatingIfNeeded: text))
            text &+= 1
        }
        return text
    }

    /// A walk over all words but the first `--`.
    private struct Words {
        private var position = 0
        private var isArgument = false

        /// The next word, and whether it is the application's.
        mutating func next(in line: RawSpan) -> (CommandLineWord, isArgument: Bool)? {
            while let word = CommandLineWord(line, from: &position) {
                if isArgument || !word.isPlain || !word.equals(KernelCommandLine.separator, in: line) {
                    return (word, isArgument)
                }
                isArgument = true
            }
            return nil
        }
    }

    // MARK: - The application's vectors

    /// Bytes of the two vectors, each with a null pointer at its end, and all texts.
    public var blockSize: Int { 8 &* (argumentCount &+ environmentCount &+ 2) &+ textSize }

    /// Where the environment's vector starts in the block; the arguments' starts at 0.
    public var environmentOffset: Int { 8 &* (argumentCount &+ 1) }

    /// Writes the application's `argv`, `envp` and their texts.
    ///
    /// - Parameters:
    ///   - line: The line that this was read from.
    ///   - block: At least `blockSize` bytes.
    ///   - address: The address of the block's first byte when the application runs.
    /// - Returns: `false` when the block is too small.
    public func write(
        _ line: RawSpan, to block: inout MutableRawSpan, at address: UInt64
    ) -> Bool {
        guard block.byteCount >= blockSize else { return false }
        var again = self
        again.read(line, to: &block, at: address)
        return true
    }
}
