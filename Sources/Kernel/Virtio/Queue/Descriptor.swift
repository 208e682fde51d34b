/// What both formats of descriptors have in common (virtio 1.2, 2.7.5, 2.8.13):
/// 16 bytes, at first the address and the length.
enum Descriptor {
    static let size = 16

    static let next: UInt16 = 1 << 0
    static let write: UInt16 = 1 << 1
    static let indirect: UInt16 = 1 << 2
    /// Packed queues: the two bits that say whose the descriptor is.
    static let available: UInt16 = 1 << 7
    static let used: UInt16 = 1 << 15

    /// The flags of a part, apart from whose it is.
    @inline(__always)
    static func flags(_ index: Int, of record: UnsafeMutablePointer<RequestRecord>) -> UInt16 {
        unsafe (index < record.pointee.readable ? 0 : write)
            | (index + 1 < record.pointee.count ? next : 0)
    }
}
