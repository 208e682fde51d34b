import KernelNetwork
import KernelWire

/// The owner of one end of a connection: the bytes that it sends, and those that came.
public final class SimulatedStream {
    public let local: Endpoint
    public let remote: Endpoint
    public internal(set) var connection: TCP.Connection
    /// All that is sent, in the end.
    let outgoing: [UInt8]
    public var sentBytes: [UInt8] { outgoing }
    /// Bytes of it that were appended.
    private var appended = 0
    private static let zeros = [UInt8](repeating: 0, count: 4096)
    /// All that has come, each byte in its place.
    public private(set) var incoming: [UInt8] = []
    /// Bytes of it that were read.
    public private(set) var read = 0
    /// Bytes that the connection has told of; each is told once.
    private var told = 0
    public private(set) var isEstablished = false
    public private(set) var hasEnded = false
    public private(set) var isClosed = false
    public private(set) var failure: TCP.Failure?
    /// What no connection should do.
    public private(set) var problem: String?
    /// When the last byte was read.
    public private(set) var lastRead = Instant.start

    init(_ connection: TCP.Connection, local: Endpoint, remote: Endpoint, outgoing: [UInt8]) {
        self.connection = connection
        self.local = local
        self.remote = remote
        self.outgoing = outgoing
    }

    /// - Parameter text: The segment's.
    func take(_ effects: TCP.Effects, text: ArraySlice<UInt8>, at now: Instant) {
        for i in 0..<effects.pieces.count {
            let piece = effects.pieces[i]
            let (start, count) = (Int(piece.position), Int(piece.count))
            guard start >= read, start + count <= read + Int(connection.receiveCapacity) else {
                problem = "bytes outside of the buffer: \(start), \(count)"
                return
            }
            let offset = text.startIndex + Int(piece.offset)
            let bytes = text[offset..<offset + count]
            while incoming.count < start { incoming += Self.zeros.prefix(start - incoming.count) }
            if start == incoming.count {
                incoming += bytes
            } else {
                let isPast = start + count - incoming.count
                if isPast > 0 { incoming += Self.zeros.prefix(isPast) }
                unsafe incoming.withUnsafeMutableBytes { memory in
                    unsafe bytes.withUnsafeBytes { source in
                        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + count])
                            .copyMemory(from: source)
                    }
                }
            }
            told += count
        }
        if effects.events.contains(.established) { isEstablished = true }
        if effects.events.contains(.ended) { hasEnded = true }
        if effects.events.contains(.closed) { isClosed = true }
        if let failed = effects.failure { failure = failed }
        if effects.events.contains(.wantsReceiveBuffer) {
            connection.receiveCapacityChanged(to: connection.wantedReceiveCapacity)
        }
        work(at: now)
    }

    /// Reads what is there, writes what there is room for, and closes at the end.
    func work(at now: Instant) {
        let readable = Int(connection.readableBytes)
        if readable > 0 {
            read += readable
            lastRead = now
            if read > told { problem = "bytes that were never told: \(read), \(told)" }
            take(connection.read(readable, now: now), text: [], at: now)
        }
        if hasEnded, told != read, problem == nil { problem = "bytes told twice, or behind the end: \(told), \(read)" }
        guard isEstablished, connection.canAppend else { return }
        let room = Int(connection.wantedSendCapacity) - Int(connection.unacknowledgedBytes)
        if appended < outgoing.count, room > 0 {
            appended += connection.append(min(room, outgoing.count - appended))
        }
        if appended == outgoing.count { take(connection.shutdownSending(now: now), text: [], at: now) }
    }
}
