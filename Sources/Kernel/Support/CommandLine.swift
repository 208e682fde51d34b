/// What the boot's command line says: `WORD... -- ARGUMENT...`.
///
/// The words before `--` are the kernel's: `log=LEVEL`, `channel=com2`, `heap=check`,
/// `strace`, `stats`, `env=KEY=VALUE`, `name=NAME`; those behind it are the application's
/// arguments.
/// The line is read where it lies and never changed; the application's vectors
/// are then written in one go into a block of `blockSize` bytes.
///
/// To make a line of words, put a backslash in front of every space, double
/// quote and backslash, and write an empty word as two double quotes. A zero
/// byte cannot be passed.
public struct KernelCommandLine: Sendable {
    public private(set) var logLevel = LogLevel.warning
    /// The second serial port is the channel to the host.
    public private(set) var usesChannel = false
    /// The application's heap is to be checked at every call.
    public private(set) var checksHeap = false
    /// The application's calls are to be traced.
    public private(set) var tracesCalls = false
    /// At the program's end it is told what it has used.
    public private(set) var tellsStatistics = false
    /// Words that mean nothing to the kernel, or whose value does not.
    public private(set) var unknownWords = 0
    /// Arguments of the application, its name (argument 0) among them.
    public private(set) var argumentCount = 1
    public private(set) var environmentCount = 0
    /// Bytes of all their texts, each with a zero byte.
    private var textSize = 0
    private var nameWord: CommandLineWord? = nil

    /// Argument 0 where the line has no `name=`.
    public static let defaultName: StaticString = "hermit"

    private static let separator: StaticString = "--"
    private static let environment: StaticString = "env="
    private static let name: StaticString = "name="
    private static let equalsSign: UInt8 = 0x3D

    public init(_ line: RawSpan) {
        var nameSize = Self.defaultName.utf8CodeUnitCount + 1
        var words = Words()
        while let (word, isArgument) = words.next(in: line) {
            if isArgument {
                argumentCount += 1
                textSize += word.count + 1
            } else if Self.isVariable(word, line) {
                environmentCount += 1
                textSize += word.count - Self.environment.utf8CodeUnitCount + 1
            } else if word.hasPrefix(Self.name, in: line) {
                nameWord = word
                nameSize = word.count - Self.name.utf8CodeUnitCount + 1
            } else if word.hasPrefix("log=", in: line), let level = Self.level(word, line) {
                logLevel = level
            } else if word.equals("channel=com2", in: line) {
                usesChannel = true
            } else if word.equals("heap=check", in: line) {
                checksHeap = true
            } else if word.equals("strace", in: line) {
                tracesCalls = true
            } else if word.equals("stats", in: line) {
                tellsStatistics = true
            } else if !word.hasPrefix("virtio_mmio.device=", in: line) {
                unknownWords += 1
            }
        }
        textSize += nameSize
    }

    /// A walk over all words but the first `--`.
    private struct Words {
        private var position = 0
        private var isArgument = false

        /// The next word, and whether it is the application's.
        mutating func next(in line: RawSpan) -> (CommandLineWord, isArgument: Bool)? {
            guard let word = CommandLineWord(line, from: &position) else { return nil }
            if isArgument || !word.isPlain || !word.equals(KernelCommandLine.separator, in: line) {
                return (word, isArgument)
            }
            isArgument = true
            return CommandLineWord(line, from: &position).map { ($0, true) }
        }
    }

    /// `env=KEY=VALUE` with a key.
    private static func isVariable(_ word: CommandLineWord, _ line: RawSpan) -> Bool {
        guard word.hasPrefix(environment, in: line) else { return false }
        let start = environment.utf8CodeUnitCount
        guard let sign = word.firstIndex(of: equalsSign, behind: start, in: line) else {
            return false
        }
        return sign > start
    }

    private static func level(_ word: CommandLineWord, _ line: RawSpan) -> LogLevel? {
        if word.equals("log=error", in: line) { return .error }
        if word.equals("log=warn", in: line) { return .warning }
        if word.equals("log=info", in: line) { return .info }
        if word.equals("log=debug", in: line) { return .debug }
        if word.equals("log=trace", in: line) { return .trace }
        return nil
    }

    // MARK: - The application's vectors

    /// Bytes of the two vectors, each with a null pointer at its end, and all texts.
    public var blockSize: Int { 8 * (argumentCount + environmentCount + 2) + textSize }

    /// Where the environment's vector starts in the block; the arguments' starts at 0.
    public var environmentOffset: Int { 8 * (argumentCount + 1) }

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
        var text = 8 * (argumentCount + environmentCount + 2)
        // Argument 0 and the two ends.
        guard block.store(address &+ UInt64(text), at: 0),
            block.store(UInt64(0), at: UInt64(8 * argumentCount)),
            block.store(UInt64(0), at: UInt64(environmentOffset + 8 * environmentCount))
        else { return false }
        if let nameWord {
            guard
                let end = nameWord.write(
                    droppingFirst: Self.name.utf8CodeUnitCount, of: line, to: &block, at: text)
            else { return false }
            text = end
        } else {
            for i in 0...Self.defaultName.utf8CodeUnitCount {
                guard block.store(Self.defaultName.byte(at: i), at: UInt64(text)) else {
                    return false
                }
                text += 1
            }
        }
        var argument = 8
        var variable = environmentOffset
        var words = Words()
        while let (word, isArgument) = words.next(in: line) {
            let slot: Int
            var dropped = 0
            if isArgument {
                slot = argument
                argument += 8
            } else if Self.isVariable(word, line) {
                slot = variable
                variable += 8
                dropped = Self.environment.utf8CodeUnitCount
            } else {
                continue
            }
            guard block.store(address &+ UInt64(text), at: UInt64(slot)),
                let end = word.write(droppingFirst: dropped, of: line, to: &block, at: text)
            else { return false }
            text = end
        }
        return true
    }
}
