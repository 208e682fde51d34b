import KernelDescriptors
import KernelMachine
import KernelMain
import KernelNetwork
import KernelStreams
import KernelSupport
import KernelTasks
import Synchronization

// Reads and writes of few bytes of a stream, of which nothing follows but that the bytes are
// moved, in one step: with the descriptors' lock, and the socket's inside of it
// (`ObjectOperations.readShort`).
extension SocketHandle {
    /// A connection, and no error of which somebody is to be told first; with the lock.
    @inline(__always)
    private var carriesText: Bool { it.hasConnection && it.phase == .connected && it.error == nil }

    /// Few bytes that wait with others for more text: there is nothing to send, and nobody to tell.
    @inline(__always)
    static func writeShort(_ object: UInt64, _ address: UInt64, _ count: Int, _ offset: Int) -> Int {
        let socket = SocketHandle(word: object)
        guard offset < 0, count <= ApplicationBuffer.longestShort else { return ObjectOperations.refused }
        socket.record.lock.lock()
        defer { socket.record.lock.unlock() }
        // Where it stays ready for writing (`hasRoom`).
        let used = socket.it.send.count &+ count
        guard socket.carriesText, socket.it.marks.isDisjoint(with: [.isWriteShut, .awaitsMore]),
            used &* 3 <= Int(socket.it.options.sendSize) &* 2,
            socket.tcp.waits(with: count), socket.it.send.takeShort(count, from: address)
        else { return ObjectOperations.refused }
        socket.it.send.extend(count)
        socket.tcp.appendWaiting(count)
        return count
    }

    /// Few bytes that are there, and whose place is not worth telling the peer of now.
    @inline(__always)
    static func readShort(_ object: UInt64, _ address: UInt64, _ count: Int, _ offset: Int) -> Int {
        let socket = SocketHandle(word: object)
        guard offset < 0 else { return ObjectOperations.refused }
        socket.record.lock.lock()
        defer { socket.record.lock.unlock() }
        let moved = min(count, socket.it.receive.count)
        guard 1...ApplicationBuffer.longestShort ~= moved, moved >= min(count, Int(socket.it.options.least)),
            socket.carriesText, socket.it.readers == 0, socket.tcp.readsQuietly(moved),
            socket.it.receive.handShort(moved, to: address)
        else { return ObjectOperations.refused }
        socket.it.receive.consume(moved)
        socket.tcp.readQuietly(moved, now: Instant(nanoseconds: Tasks.now))
        // It can only have become ready for less, of which nobody is told.
        let ready = socket.it.readiness.rawValue
        if ready != socket.it.ready.load(ordering: .relaxed) {
            socket.it.ready.store(ready, ordering: .sequentiallyConsistent)
        }
        return moved
    }
}
