import KernelSupport

/// What has gone by an interface, as `/proc/net/dev` has it.
public struct InterfaceCounters: Equatable, Sendable, BitwiseCopyable {
    public struct Direction: Equatable, Sendable, BitwiseCopyable {
        public var bytes: UInt64 = 0
        public var packets: UInt64 = 0
        public var errors: UInt64 = 0
        public var dropped: UInt64 = 0

        public init() {}
    }

    public var received = Direction()
    /// Packets for groups, among those that were received.
    public var groups: UInt64 = 0
    public var sent = Direction()

    public init() {}

    /// The two lines in front of those of interfaces.
    public static func writeHeader(to text: inout TextWindow) {
        text.append("Inter-|   Receive                                                |  Transmit\n")
        text.append(" face |bytes    packets errs drop fifo frame compressed multicast|")
        text.append("bytes    packets errs drop fifo colls carrier compressed\n")
    }

    /// Writes an interface's line (Linux, `dev_seq_printf_stats`).
    ///
    /// - Parameter number: Of a card; `nil`: it is the loopback.
    public func write(card number: Int?, to text: inout TextWindow) {
        if let number {
            text.append("  eth")
            text.append(UInt64(number))
        } else {
            text.append("    lo")
        }
        text.append(":")
        Self.write(received.bytes, 7, &text)
        Self.write(received.packets, 7, &text)
        Self.write(received.errors, 4, &text)
        Self.write(received.dropped, 4, &text)
        Self.write(0, 4, &text)
        Self.write(0, 5, &text)
        Self.write(0, 10, &text)
        Self.write(groups, 9, &text)
        Self.write(sent.bytes, 8, &text)
        Self.write(sent.packets, 7, &text)
        Self.write(sent.errors, 4, &text)
        Self.write(sent.dropped, 4, &text)
        Self.write(0, 4, &text)
        Self.write(0, 5, &text)
        Self.write(0, 7, &text)
        Self.write(0, 10, &text)
        text.append("\n")
    }

    private static func write(_ number: UInt64, _ width: Int, _ text: inout TextWindow) {
        text.append(" ")
        text.append(number, width: width)
    }
}
