import KernelSupport

/// Names as they are written, labels with dots between them.
extension DomainName {
    /// Reads a host's name: labels of letters, digits, hyphens (neither first nor last)
    /// and underscores, which names of services have (RFC 1123, 2.1; RFC 8552). A dot at
    /// the end is the root's. `nil`: it is none, or too long.
    public init?(text: RawSpan) {
        self.init()
        var start = 0
        var end = text.byteCount
        guard end > 0 else { return nil }
        if text.field(at: end &- 1, as: UInt8.self) == Self.dot {
            end &-= 1
            // The root alone.
            if end == 0 { return }
        }
        var at = 0
        while at <= end {
            if at == end || text.field(at: at, as: UInt8.self) == Self.dot {
                let label = text.piece(start..<at)
                guard Self.isHostLabel(label), append(label) else { return nil }
                start = at &+ 1
            }
            at &+= 1
        }
    }

    private static let dot: UInt8 = 0x2e
    private static let hyphen: UInt8 = 0x2d
    private static let underscore: UInt8 = 0x5f

    private static func isHostLabel(_ label: RawSpan) -> Bool {
        guard label.byteCount > 0, label.field(at: 0, as: UInt8.self) != hyphen,
            label.field(at: label.byteCount &- 1, as: UInt8.self) != hyphen
        else { return false }
        for i in 0..<label.byteCount {
            let byte: UInt8 = label.field(at: i)
            let isName = folded(byte) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == hyphen || byte == underscore
            guard isName else { return false }
        }
        return true
    }

    /// Whether all labels are such as a host's name has: what a program is told of
    /// names that came from elsewhere.
    public var isHostName: Bool {
        var at = 0
        while self[at] != 0 {
            let range = at &+ 1..<at &+ 1 &+ Int(self[at])
            guard storage.withBytes(range, { Self.isHostLabel($0) }) else { return false }
            at = range.upperBound
        }
        return !isRoot
    }

    /// Bytes of the text, which has no dot at its end; the root is one.
    public var textLength: Int { isRoot ? 1 : count &- 2 }

    /// Appends the text.
    @_lifetime(writer: copy writer)
    public func emitText(into writer: inout PacketWriter) {
        if isRoot { writer.append(Self.dot) }
        var at = 0
        while self[at] != 0 {
            if at > 0 { writer.append(Self.dot) }
            let end = at &+ 1 &+ Int(self[at])
            at &+= 1
            while at < end {
                writer.append(self[at])
                at &+= 1
            }
        }
    }
}
