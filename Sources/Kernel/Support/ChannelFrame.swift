/// The frames of the channel between the host and the guest.
///
/// A frame is the byte 0xA5, its kind, the length of its payload as sixteen
/// bits, least significant byte first, and the payload. Both directions of
/// the second serial port carry nothing else.
public enum ChannelFrame {
    /// What a frame carries.
    public enum Kind: UInt8, Sendable {
        /// Bytes of the program's standard error.
        case standardError = 1
        /// A line of the kernel's log: its level, then UTF-8 text.
        case log = 2
        /// The program's exit status: a signed number of 32 bits, little-endian.
        case exitStatus = 3
        /// The first frame of a guest: the protocol's version.
        case hello = 4
        /// How a line of the log begins that is not yet whole: the beginning of
        /// a traced call, to be written if the guest ends in it.
        case traceBeginning = 5
        /// What the guest wants of the host: a `HostWish`.
        case wish = 6
        /// Host to guest: bytes of standard input.
        case standardInput = 0x81
        /// Host to guest: standard input has ended; no payload.
        case standardInputEnd = 0x82
        /// Host to guest: something has happened to the terminal: the number of a
        /// signal, then rows and columns of the window, two bytes each.
        case terminalEvent = 0x83
        /// Host to guest: the program is to end: the number of the signal that asks for it.
        case endRequest = 0x84
    }

    /// What the guest wants of the host: one byte.
    public struct HostWish: OptionSet, Sendable, BitwiseCopyable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Every byte as it is typed at the host's terminal, and no echo.
        public static let raw = Self(rawValue: 1)
        /// The terminal's interrupts and the window's changes, as events.
        public static let events = Self(rawValue: 2)
        /// What would end the guest, as requests.
        public static let endings = Self(rawValue: 4)
    }

    /// The first byte of every frame.
    public static let mark: UInt8 = 0xA5
    /// Bytes of a payload at most.
    public static let maximumPayload = 4096

    /// The four bytes in front of a payload of `payloadCount` bytes.
    ///
    /// - Precondition: `payloadCount` is in 0...`maximumPayload`.
    public static func header(_ kind: Kind, payloadCount: Int) -> InlineArray<4, UInt8> {
        [
            mark, kind.rawValue, UInt8(truncatingIfNeeded: payloadCount),
            UInt8(truncatingIfNeeded: payloadCount >> 8),
        ]
    }
}
