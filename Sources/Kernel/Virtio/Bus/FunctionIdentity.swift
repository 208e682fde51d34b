/// What a function of a PCI bus is, as its configuration space says (virtio 1.2, 4.1.2).
public struct FunctionIdentity: Equatable, Sendable {
    /// The virtio device's number; `nil`: it is none.
    public let kind: UInt16?

    private static let vendor: UInt32 = 0x1AF4
    /// Devices with an interface of before the standard, and perhaps its own, too.
    private static let transitional: ClosedRange<UInt32> = 0x1000...0x103F
    private static let modern: ClosedRange<UInt32> = 0x1040...0x107F

    /// - Parameters:
    ///   - identity: The first word of the configuration space.
    ///   - subsystem: The word at 0x2C.
    public init(identity: UInt32, subsystem: UInt32) {
        let device = identity >> 16
        guard identity & 0xFFFF == Self.vendor else {
            kind = nil
            return
        }
        if Self.modern.contains(device) {
            kind = UInt16(device - Self.modern.lowerBound)
        } else if Self.transitional.contains(device) {
            kind = UInt16(subsystem >> 16)
        } else {
            kind = nil
        }
    }
}
