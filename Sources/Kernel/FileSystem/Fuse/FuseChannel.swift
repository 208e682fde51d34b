import KernelSupport

/// A buffer of a channel's, which its taker alone has.
public struct FuseBuffer: ~Copyable {
    /// Its place among the channel's.
    public let number: Int

    public init(number: Int) { self.number = number }
}

/// What parts a request has.
public struct FuseShape: Equatable, Sendable {
    /// Bytes that the server reads: arguments behind the header, and of the data.
    public var arguments: Int
    public var dataOut = 0
    /// Bytes that the server may write: header and what has a fixed size, and behind them
    /// of the data.
    public var answer: Int
    public var dataIn = 0
    /// Nothing is answered; only `FORGET` and `BATCH_FORGET` are so.
    public var isUnanswered = false

    public init(arguments: Int, dataOut: Int = 0, answer: Int = FuseShape.leastAnswer, dataIn: Int = 0) {
        self.arguments = arguments
        self.dataOut = dataOut
        self.answer = answer
        self.dataIn = dataIn
    }

    /// Bytes that an answer has at least.
    public static var leastAnswer: Int { FuseAnswerHeader.size }
    /// Bytes that arguments have at most: two names, or a name and a link's contents.
    public static var mostArguments: Int { 4608 }
    /// Bytes that the fixed part of an answer has at most.
    public static var mostAnswer: Int { 256 }
    /// Bytes of a request's header, which is a part of its own.
    public static var header: Int { FuseRequestHeader.size }
}

/// The way to a server, with locks, a clock, and memory.
///
/// Several tasks may use it at once. Nothing that it gives is trusted.
public protocol FuseChannel: AnyObject {
    associatedtype Source: BlockSource
    /// Where memory for tables comes from.
    var source: Source { get }
    /// Bytes of data in one request or answer at most; no more than the server takes.
    var dataSize: Int { get }
    /// Buffers that one task may have at a time, at least one.
    var depth: Int { get }
    /// A clock that never jumps, in nanoseconds.
    var now: UInt64 { get }
    /// A number for a request that no other one has.
    func nextUnique() -> UInt64

    /// Takes a buffer; waits where all are in use.
    ///
    /// - Throws: `EIO`: there is no server any more.
    func take() throws(Errno) -> FuseBuffer
    /// Takes one more; `nil`: there is none now.
    func takeAnother() -> FuseBuffer?
    /// Gives one back; where its request is still with the server, it waits for that.
    func give(_ buffer: consuming FuseBuffer)
    /// Whether a buffer may be kept though nothing is asked with it: whoever wants one still
    /// gets one. It is then ended by `giveKept`.
    func keep(_ buffer: borrowing FuseBuffer) -> Bool
    /// Gives one back that was kept.
    func giveKept(_ buffer: consuming FuseBuffer)
    /// Runs `body` with the buffer's room for a request's header.
    func withHeader(_ buffer: borrowing FuseBuffer, _ body: (inout MutableRawSpan) -> Void)
    /// Runs `body` with its room for arguments; how many bytes they have.
    func withArguments(_ buffer: borrowing FuseBuffer, _ body: (inout MutableRawSpan) -> Int) -> Int
    /// Runs `body` with bytes of the buffer's data from `start` on, to be filled; fewer than
    /// `count` where there are not so many.
    func withData(
        _ buffer: borrowing FuseBuffer, from start: Int, count: Int, _ body: (inout MutableRawSpan) -> Int
    ) -> Int
    /// Hands the request to the server, which has the buffer from then on.
    ///
    /// - Throws: `EIO`.
    func send(_ buffer: borrowing FuseBuffer, _ shape: FuseShape) throws(Errno)
    /// Waits for the answer; how many bytes were written of it.
    ///
    /// - Throws: `EIO`.
    func receive(_ buffer: borrowing FuseBuffer) throws(Errno) -> Int
    /// Runs `body` with the fixed part of an answer, and with what was written of the data.
    func withAnswer(
        _ buffer: borrowing FuseBuffer, data count: Int, _ body: (RawSpan, RawSpan) throws(Errno) -> Void
    ) throws(Errno)

    /// Runs `body` alone. It does not wait.
    func withLock<Value>(_ body: () -> Value) -> Value

    /// Runs `body` alone, which may wait, and uses the channel; not from within itself.
    func alone<Value>(_ body: () throws(Errno) -> Value) throws(Errno) -> Value
    /// Sees to it that `FuseSystem.sendDue` is called at a time, or soon after; `false`: there is
    /// nobody who would. What is expected already may be earlier.
    func expectDue(at deadline: UInt64) -> Bool
}

extension FuseChannel {
    /// Runs `body` with a buffer.
    public func withBuffer<Value>(
        _ body: (borrowing FuseBuffer) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let buffer = try take()
        let value: Value
        do throws(Errno) {
            value = try body(buffer)
        } catch {
            give(buffer)
            throw error
        }
        give(buffer)
        return value
    }

    /// Sends a request; its number.
    ///
    /// - Parameters:
    ///   - answer: Bytes behind the header of the answer.
    ///   - write: Adds the arguments.
    func begin(
        _ buffer: borrowing FuseBuffer, _ opcode: FuseOpcode, _ node: UInt64, answer: Int,
        dataOut: Int = 0, dataIn: Int = 0, isUnanswered: Bool = false,
        _ write: (inout FuseArguments, inout MutableRawSpan) -> Void
    ) throws(Errno) -> UInt64 {
        let unique = nextUnique()
        let count = withArguments(buffer) { bytes in
            var arguments = FuseArguments()
            write(&arguments, &bytes)
            return arguments.count
        }
        withHeader(buffer) { bytes in
            FuseRequestHeader.write(
                opcode, unique: unique, node: node, count: FuseRequestHeader.size + count + dataOut, to: &bytes)
        }
        var shape = FuseShape(
            arguments: count, dataOut: dataOut, answer: FuseAnswerHeader.size + answer, dataIn: dataIn)
        shape.isUnanswered = isUnanswered
        try send(buffer, shape)
        return unique
    }

    /// Waits for an answer and runs `read` with what is behind its header, and with its data.
    ///
    /// - Parameters:
    ///   - answer: Bytes that must be behind the header, but for data.
    ///   - mayBeShorter: There may be fewer.
    func end<Value>(
        _ buffer: borrowing FuseBuffer, unique: UInt64, answer: Int, mayBeShorter: Bool = false,
        _ read: (RawSpan, RawSpan) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let written = try receive(buffer)
        let data = max(written - FuseAnswerHeader.size - answer, 0)
        var value: Value? = nil
        try withAnswer(buffer, data: data) { (bytes, data) throws(Errno) in
            let count = try FuseAnswerHeader.check(bytes, unique: unique, written: written)
            guard count >= answer || mayBeShorter else { throw .inputOutputError }
            let fixed = FuseAnswerHeader.size + min(count, answer)
            guard fixed <= bytes.byteCount else { throw .inputOutputError }
            value = try read(bytes.extracting(FuseAnswerHeader.size..<fixed), data)
        }
        guard let value else { throw .inputOutputError }
        return value
    }

    /// A request without data, and its answer.
    func call<Value>(
        _ opcode: FuseOpcode, _ node: UInt64, answer: Int = 0,
        _ write: (inout FuseArguments, inout MutableRawSpan) -> Void = { _, _ in },
        _ read: (RawSpan) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        try withBuffer { (buffer) throws(Errno) in
            let unique = try begin(buffer, opcode, node, answer: answer, write)
            return try end(buffer, unique: unique, answer: answer) { (bytes, _) throws(Errno) in
                try read(bytes)
            }
        }
    }
}
