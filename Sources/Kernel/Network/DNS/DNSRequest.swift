import KernelSupport
import KernelWire

public enum DNSTransport: Sendable, BitwiseCopyable { case udp, tcp }

/// A question to a server.
public struct DNSRequest: Sendable, BitwiseCopyable {
    /// The lookup's question, 0 or 1. A new request of it ends the one before: its socket
    /// is not needed any more.
    public let question: Int
    public let transport: DNSTransport
    public let server: NameServer
    /// The port to send it from, and to listen at (RFC 5452, 9.2); for TCP, any will do. Who
    /// has no use for it takes another that nobody can guess.
    public let port: Port
    public let identifier: UInt16
    public let content: DNSQuestion

    /// Appends the message; for TCP with its length in front (RFC 1035, 4.2.2).
    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        let start = writer.count
        if transport == .tcp { writer.append(0 as UInt16) }
        content.emit(into: &writer, identifier: identifier)
        if transport == .tcp {
            writer.replace(at: start, with: UInt16(truncatingIfNeeded: writer.count &- start &- 2))
        }
    }
}

/// What the lookup's owner has to do.
public enum DNSEffect: Sendable {
    /// Send it. What comes is told by `receive`; that nothing can come, by `failed`.
    case ask(DNSRequest)
    /// The lookup's result is there.
    case finish
}

/// At most what one event brings about.
public typealias DNSEffects = FixedList<3, DNSEffect>

extension DNSEffects {
    public static var none: DNSEffects { DNSEffects(filler: .finish) }

    /// Takes all of them away.
    public mutating func removeAll() { remove(0..<count) }

    mutating func add(_ effect: DNSEffect) {
        let hasRoom = append(effect)
        precondition(hasRoom)
    }
}
