/// Where the registers of a virtio device on a PCI bus are, from its list of
/// capabilities (virtio 1.2, 4.1.4; PCI Local Bus 3.0, 6.7).
///
/// Nothing in the list is trusted: it may run in circles, and what does not fit
/// counts as not there.
public struct FunctionLayout: Equatable, Sendable {
    /// Registers in memory that a base address register places.
    public struct Place: Equatable, Sendable, BitwiseCopyable {
        /// The base address register, 0 to 5.
        public let bar: UInt8
        public let offset: UInt32
        public let length: UInt32

        /// The offset behind the last byte.
        public var end: UInt64 { UInt64(offset) + UInt64(length) }
    }

    public let common: Place
    public let notify: Place
    /// Bytes between the places of neighbouring notifications.
    public let notifyMultiplier: UInt32
    /// The kind of device's own registers, if it has some.
    public let device: Place?
    /// Where the capability of MSI-X is in the configuration space.
    public let messages: UInt8?

    /// What the interface needs at least, in bytes (4.1.4.3).
    private static let commonSize: UInt32 = 56
    /// More capabilities have no room.
    private static let most = 48

    private enum Capability {
        static let vendor: UInt32 = 0x09
        static let messages: UInt32 = 0x11
    }
    private enum Part {
        static let common: UInt32 = 1
        static let notify: UInt32 = 2
        static let device: UInt32 = 4
    }

    /// - Parameter read: The word of the configuration space at a multiple of 4
    ///   below 256.
    /// - Returns: `nil`: there is no interface of the standard.
    public init?(_ read: (UInt8) -> UInt32) {
        var (common, notify, device): (Place?, Place?, Place?) = (nil, nil, nil)
        var multiplier: UInt32 = 0
        var messages: UInt8? = nil
        // The status register's bit for a list.
        guard read(0x04) & 1 << 20 != 0 else { return nil }
        var pointer = UInt8(truncatingIfNeeded: read(0x34)) & 0xFC
        for _ in 0..<Self.most where pointer >= 0x40 {
            let head = read(pointer)
            switch head & 0xFF {
            case Capability.vendor:
                let length = head >> 16 & 0xFF
                // No capability goes over the end of the space.
                guard length >= 16, UInt32(pointer) + length <= 256 else { break }
                let place = Self.place(read, pointer)
                // The first one that fits is the device's choice.
                switch head >> 24 {
                case Part.common:
                    if common == nil, let place, place.length >= Self.commonSize { common = place }
                case Part.notify:
                    guard notify == nil, let place, place.length >= 2, length >= 20 else { break }
                    notify = place
                    multiplier = read(pointer + 16)
                case Part.device:
                    if device == nil { device = place }
                default: break
                }
            case Capability.messages:
                if messages == nil, pointer <= 0xF4 { messages = pointer }
            default: break
            }
            pointer = UInt8(truncatingIfNeeded: head >> 8) & 0xFC
        }
        guard let common, let notify else { return nil }
        self.common = common
        self.notify = notify
        notifyMultiplier = multiplier
        self.device = device
        self.messages = messages
    }

    private static func place(_ read: (UInt8) -> UInt32, _ pointer: UInt8) -> Place? {
        let bar = UInt8(truncatingIfNeeded: read(pointer + 4))
        let place = Place(bar: bar, offset: read(pointer + 8), length: read(pointer + 12))
        guard bar <= 5, place.offset & 3 == 0, place.end <= 1 << 32 else { return nil }
        return place
    }

    /// Where a queue is notified, from the first byte of `notify`; `nil`: nowhere in it.
    public func notification(at offset: UInt16) -> UInt64? {
        let place = UInt64(offset) * UInt64(notifyMultiplier)
        guard place + 2 <= UInt64(notify.length), place & 1 == 0 else { return nil }
        return place
    }
}
