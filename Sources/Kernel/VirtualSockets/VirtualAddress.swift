import KernelMain
import KernelStreams
import KernelSupport
import KernelVsock

/// An address as programs have it (`hermit_sockaddr_vm`).
enum VirtualAddress {
    /// HERMIT_AF_VSOCK.
    static let family: UInt8 = 2
    private static let size = 16

    /// - Throws: `EINVAL`: it is too short, of another family, or has what is not known.
    static func parse(_ address: SocketAddress) throws(Errno) -> VsockAddress {
        guard address.count >= size, address.family == family else { throw .invalidArgument }
        // Flags: only that it goes to the host, as all do (VMADDR_FLAG_TO_HOST).
        guard address.bytes[12] & ~1 == 0 else { throw .invalidArgument }
        return VsockAddress(context: word(address, 8), port: word(address, 4))
    }

    private static func word(_ address: SocketAddress, _ offset: Int) -> UInt32 {
        var word: UInt32 = 0
        for index in 0..<4 { word |= UInt32(address.bytes[offset + index]) << UInt32(8 * index) }
        return word
    }

    static func address(of end: VsockAddress) -> SocketAddress {
        var address = SocketAddress()
        address.count = size
        address.bytes[0] = UInt8(size)
        address.bytes[1] = family
        for index in 0..<4 {
            address.bytes[4 + index] = UInt8(truncatingIfNeeded: end.port >> UInt32(8 * index))
            address.bytes[8 + index] = UInt8(truncatingIfNeeded: end.context >> UInt32(8 * index))
        }
        return address
    }
}
