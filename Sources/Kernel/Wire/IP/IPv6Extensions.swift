import KernelSupport

/// What is behind the extension headers of an IPv6 packet (RFC 8200, 4).
public enum IPv6Content: Equatable, Sendable {
    /// The upper layer: where in the packet it begins.
    case upper(IPProtocol, offset: Int)
    /// A fragment; its data begin at `offset`.
    case fragment(IPv6Fragment, offset: Int)
    /// Nothing follows (4.7).
    case nothing
    /// The packet is dropped, and its sender told so when `answersGroups` or it
    /// was not for a group (RFC 4443, 3.4).
    case problem(IPv6Problem)
    /// Dropped without a word: a header is cut off, or an option wants it so.
    case discarded
}

/// What an ICMPv6 parameter problem says.
public struct IPv6Problem: Equatable, Sendable, BitwiseCopyable {
    /// 0 a wrong field, 1 an unknown next header, 2 an unknown option.
    public var code: UInt8
    /// Where in the packet.
    public var pointer: Int
    /// Whether even a packet for a group is answered.
    public var answersGroups: Bool

    public init(code: UInt8, pointer: Int, answersGroups: Bool = false) {
        self.code = code
        self.pointer = pointer
        self.answersGroups = answersGroups
    }
}

extension IPv6Content {
    /// More headers in one packet than this are an attack on whoever walks
    /// through them (RFC 8504, 5.3).
    public static var maximumHeaders: Int { 8 }
    /// The same for the options in one of them.
    public static var maximumOptions: Int { 16 }

    /// Walks through the headers.
    ///
    /// - Parameters:
    ///   - packet: All of it, up to the end of its payload.
    ///   - first: What is at `start`.
    @inlinable
    public init(walking packet: RawSpan, from start: Int, first: IPProtocol) {
        if first == .tcp || first == .udp || first == .icmpv6 {
            self = .upper(first, offset: start)
        } else {
            self = Self.walk(packet, from: start, first: first)
        }
    }

    @usableFromInline
    static func walk(_ packet: RawSpan, from start: Int, first: IPProtocol) -> IPv6Content {
        var (at, next) = (start, first)
        // Where the number is that tells what is at `at`.
        var pointer = 6
        var number = 0
        while true {
            switch next {
            case .nothing: return .nothing
            case .hopByHopOptions where at != start || start != IPv6Header.length:
                // Only directly behind the header (4.1).
                return .problem(IPv6Problem(code: 1, pointer: pointer))
            case .hopByHopOptions, .destinationOptions, .routingHeader: break
            case .fragmentHeader:
                guard let fragment = IPv6Fragment(parsing: packet, at: at) else { return .discarded }
                guard fragment.isWhole else { return .fragment(fragment, offset: at &+ IPv6Fragment.length) }
                (pointer, next) = (at, fragment.nextHeader)
                at &+= IPv6Fragment.length
                number &+= 1
                guard number <= maximumHeaders, next != .fragmentHeader else { return .discarded }
                continue
            default: return .upper(next, offset: at)
            }
            number &+= 1
            guard number <= maximumHeaders, at &+ 8 <= packet.byteCount else { return .discarded }
            let length = (Int(packet.field(at: at &+ 1, as: UInt8.self)) &+ 1) &* 8
            guard at &+ length <= packet.byteCount else { return .discarded }
            if next == .routingHeader {
                // No kind of it is ours to go on with (RFC 5095); one with nothing left is passed over.
                guard packet.field(at: at &+ 3, as: UInt8.self) == 0 else {
                    return .problem(IPv6Problem(code: 0, pointer: at &+ 2))
                }
            } else if let outcome = options(packet, from: at &+ 2, to: at &+ length) {
                return outcome
            }
            (pointer, next) = (at, IPProtocol(packet.field(at: at)))
            at &+= length
        }
    }

    /// RFC 8200, 4.2: what an option that is not known wants done.
    private static func options(_ packet: RawSpan, from start: Int, to end: Int) -> IPv6Content? {
        var at = start
        var number = 0
        while at < end {
            let kind: UInt8 = packet.field(at: at)
            if kind == 0 {
                at &+= 1
                continue
            }
            number &+= 1
            guard number <= maximumOptions, at &+ 2 <= end else { return .discarded }
            let length = Int(packet.field(at: at &+ 1, as: UInt8.self)) &+ 2
            guard at &+ length <= end else { return .discarded }
            // PadN and the router's alert (RFC 2711) are known.
            if kind != 1, kind != 5 {
                switch kind >> 6 {
                case 0: break
                case 1: return .discarded
                case 2: return .problem(IPv6Problem(code: 2, pointer: at, answersGroups: true))
                default: return .problem(IPv6Problem(code: 2, pointer: at))
                }
            }
            at &+= length
        }
        return nil
    }
}
