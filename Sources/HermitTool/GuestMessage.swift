import KernelSupport

/// What a guest tells on the framed channel.
enum GuestMessage: Equatable {
    /// It speaks this version of the channel's protocol, and takes input from now on.
    case hello(version: UInt8)
    /// Bytes of the program's standard error.
    case standardError([UInt8])
    /// A line of the kernel's log.
    case log(LogLevel, String)
    /// The program's exit status.
    case exitStatus(Int32)
}

/// Puts a guest's messages together from the bytes of the framed channel.
/// Whatever the bytes are, a message is at most a frame long.
struct GuestMessageReader {
    private var decoder = ChannelDecoder()
    private var payload: [UInt8] = []

    /// The messages that are complete with these bytes.
    mutating func read(_ bytes: [UInt8]) -> [GuestMessage] {
        var messages: [GuestMessage] = []
        var payload = payload
        unsafe decoder.consume(bytes.span.bytes) { piece in
            switch piece {
            case .begin(_, let count):
                payload = []
                payload.reserveCapacity(count)
            case .payload(_, let range):
                payload += bytes[range]
            case .end(let kind):
                if let message = Self.message(kind, payload) { messages.append(message) }
            }
        }
        self.payload = payload
        return messages
    }

    /// `nil` for a payload that its kind can't have, and for the host's own kinds.
    private static func message(_ kind: ChannelFrame.Kind, _ payload: [UInt8]) -> GuestMessage? {
        switch kind {
        case .hello:
            return payload.first.map { .hello(version: $0) }
        case .standardError:
            return .standardError(payload)
        case .log:
            guard let first = payload.first, let level = LogLevel(rawValue: first) else {
                return nil
            }
            return .log(level, String(decoding: payload.dropFirst(), as: UTF8.self))
        case .exitStatus:
            guard payload.count == 4 else { return nil }
            let bits = payload.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return .exitStatus(Int32(bitPattern: bits))
        case .standardInput, .standardInputEnd:
            return nil
        }
    }
}

/// What the host tells the guest.
enum HostMessage {
    /// Bytes of standard input, cut into frames.
    static func standardInput(_ bytes: [UInt8]) -> [UInt8] {
        var frames: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(ChannelFrame.maximumPayload)
            frames += header(.standardInput, part.count) + part
            rest = rest.dropFirst(part.count)
        }
        return frames
    }

    /// Standard input has ended.
    static var standardInputEnd: [UInt8] { header(.standardInputEnd, 0) }

    private static func header(_ kind: ChannelFrame.Kind, _ count: Int) -> [UInt8] {
        let header = ChannelFrame.header(kind, payloadCount: count)
        return header.indices.map { header[$0] }
    }
}
