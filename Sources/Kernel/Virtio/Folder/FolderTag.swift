import KernelSupport

/// What a device of files is known by (virtio 1.2, 5.11.4): up to 36 bytes, and zeros behind them.
public struct FolderTag: Equatable, Sendable {
    private var bytes = InlineArray<36, UInt8>(repeating: 0)
    public private(set) var count = 0

    public static let most = 36

    public init() {}

    /// Adds a byte; `false`: there is no room.
    public mutating func append(_ byte: UInt8) -> Bool {
        guard count < Self.most, byte != 0 else { return false }
        bytes[count] = byte
        count += 1
        return true
    }

    subscript(_ index: Int) -> UInt8 { bytes[index] }

    public func forEachByte(_ body: (UInt8) -> Void) {
        for index in 0..<count { body(bytes[index]) }
    }

    public static func == (left: FolderTag, right: FolderTag) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where left.bytes[index] != right.bytes[index] { return false }
        return true
    }
}

/// What a device of files says of itself (5.11.4), checked.
public struct FolderConfiguration: Equatable, Sendable {
    public let tag: FolderTag

    private static let queues: UInt64 = 36

    /// - Parameter read: The word of the device's own registers at an offset; `nil`: there is none.
    /// - Returns: `nil`: it can't be what the device says.
    public init?(_ read: (UInt64) -> UInt32?) {
        var tag = FolderTag()
        var isEnded = false
        for place in 0..<UInt64(FolderTag.most / 4) {
            guard let word = read(place * 4) else { return nil }
            for byte in 0..<4 {
                let value = UInt8(truncatingIfNeeded: word >> (8 * UInt32(byte)))
                if value == 0 { isEnded = true }
                if !isEnded { _ = tag.append(value) }
            }
        }
        guard tag.count > 0, let queues = read(Self.queues), queues > 0 else { return nil }
        self.tag = tag
    }

    /// Asks a device, which may change what it says while it is read (2.5.3).
    public init?(of bus: some Transport) {
        for _ in 0..<64 {
            let before = bus.configurationGeneration
            let known = FolderConfiguration { bus.configuration(at: $0) }
            guard bus.configurationGeneration == before else { continue }
            guard let known else { return nil }
            self = known
            return
        }
        return nil
    }
}
