import Foundation
import KernelSupport

@testable import KernelFileSystem

/// A channel to a server in the same process.
final class TestChannel: FuseChannel {
    let source = TestSource()
    let dataSize = 8192
    let depth = 4
    /// The clock: what a server said is believed until the next operation but some.
    var now: UInt64 = 0
    /// So far it goes on with each look at what is known, in nanoseconds.
    var tick: UInt64 = 1_000_000
    private var unique: UInt64 = 0
    private let server: FolderServer
    /// Changes an answer before the client sees it: the request's opcode, the answer, and how
    /// many bytes are said to be there.
    var spoil: ((UInt32, inout [UInt8], inout Int) -> Void)? = nil
    /// Nobody is there any more.
    var isDead = false
    private(set) var problem: String? = nil
    private var isAlone = false
    var beforeAlone: (() -> Void)? = nil
    /// When something is to be sent that was gathered; and whether there is somebody who would.
    var due = UInt64.max
    var gathers = true

    private struct Slot {
        var isTaken = false
        var isSent = false
        var header = [UInt8](repeating: 0, count: FuseShape.header)
        var arguments = [UInt8](repeating: 0, count: FuseShape.mostArguments)
        var data = [UInt8](repeating: 0, count: 8192)
        var answer: [UInt8] = []
        var written = 0
        var fixed = 0
    }

    private var slots = [Slot](repeating: Slot(), count: 4)
    private var isLocked = false

    init(_ server: FolderServer) { self.server = server }

    func nextUnique() -> UInt64 {
        unique += 2
        return unique
    }

    func take() throws(Errno) -> FuseBuffer {
        if isDead { throw .inputOutputError }
        guard let buffer = takeAnother() else { fatalError("a task waits for a buffer for ever") }
        return buffer
    }

    func takeAnother() -> FuseBuffer? {
        guard !isLocked, let number = slots.firstIndex(where: { !$0.isTaken }) else { return nil }
        slots[number].isTaken = true
        return FuseBuffer(number: number)
    }

    func give(_ buffer: consuming FuseBuffer) {
        let number = buffer.number
        if !slots[number].isTaken { problem = "a buffer is given back that was not taken" }
        slots[number].isTaken = false
        slots[number].isSent = false
    }

    private var kept = 0

    func keep(_ buffer: borrowing FuseBuffer) -> Bool {
        guard kept + 2 <= slots.count else { return false }
        kept += 1
        return true
    }

    func giveKept(_ buffer: consuming FuseBuffer) {
        if kept == 0 { problem = "more buffers are given back than were kept" }
        kept -= 1
        give(buffer)
    }

    func withHeader(_ buffer: borrowing FuseBuffer, _ body: (inout MutableRawSpan) -> Void) {
        slots[buffer.number].header.withUnsafeMutableBytes {
            var span = $0.mutableBytes
            body(&span)
        }
    }

    func withArguments(_ buffer: borrowing FuseBuffer, _ body: (inout MutableRawSpan) -> Int) -> Int {
        slots[buffer.number].arguments.withUnsafeMutableBytes {
            var span = $0.mutableBytes
            return body(&span)
        }
    }

    func withData(
        _ buffer: borrowing FuseBuffer, from start: Int, count: Int, _ body: (inout MutableRawSpan) -> Int
    ) -> Int {
        slots[buffer.number].data.withUnsafeMutableBytes {
            var span = UnsafeMutableRawBufferPointer(rebasing: $0[start..<min(start + count, dataSize)]).mutableBytes
            return body(&span)
        }
    }

    func send(_ buffer: borrowing FuseBuffer, _ shape: FuseShape) throws(Errno) {
        if isDead { throw .inputOutputError }
        let number = buffer.number
        if shape.dataIn > dataSize || shape.dataOut > dataSize || shape.answer > FuseShape.mostAnswer {
            problem = "a request is too large"
        }
        let request =
            slots[number].header + Array(slots[number].arguments[..<shape.arguments]) + Array(slots[number].data[..<shape.dataOut])
        slots[number].isSent = true
        var answer = server.answer(request) ?? []
        if shape.isUnanswered { return }
        var written = answer.count
        let opcode = request[4..<8].withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
        spoil?(opcode, &answer, &written)
        // No device writes more than there is room for.
        slots[number].written = max(min(written, shape.answer + shape.dataIn), 0)
        slots[number].fixed = shape.answer
        slots[number].answer =
            answer + [UInt8](repeating: 0, count: max(shape.answer + shape.dataIn - answer.count, 0))
    }

    func receive(_ buffer: borrowing FuseBuffer) throws(Errno) -> Int {
        if !slots[buffer.number].isSent { problem = "an answer is waited for that does not come" }
        if isDead { throw .inputOutputError }
        return slots[buffer.number].written
    }

    func withAnswer(
        _ buffer: borrowing FuseBuffer, data count: Int, _ body: (RawSpan, RawSpan) throws(Errno) -> Void
    ) throws(Errno) {
        let (answer, fixed) = (slots[buffer.number].answer, slots[buffer.number].fixed)
        let bytes = answer.span.bytes
        try body(bytes.extracting(0..<fixed), bytes.extracting(fixed..<fixed + count))
    }

    func withLock<Value>(_ body: () -> Value) -> Value {
        precondition(!isLocked)
        isLocked = true
        defer { isLocked = false }
        now += tick
        return body()
    }
}

extension TestChannel {
    func alone<Value>(_ body: () throws(Errno) -> Value) throws(Errno) -> Value {
        if isAlone { problem = "a task waits for itself" }
        // Another task has the channel first.
        if let first = beforeAlone {
            beforeAlone = nil
            first()
        }
        isAlone = true
        defer { isAlone = false }
        return try body()
    }

    func expectDue(at deadline: UInt64) -> Bool {
        due = min(due, deadline)
        return gathers
    }
}

/// A folder of the host's that goes with it.
final class HostFolder {
    let path: String

    init() {
        let parent = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
        path = parent + "/hermit-fuse-\(UUID().uuidString)"
        try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
