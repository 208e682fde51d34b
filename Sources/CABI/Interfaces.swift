import CHermit
import KernelMain
import KernelSockets
import KernelSupport
import KernelWire

// hermit/network.h: the host's interfaces.

@c @implementation
public func sys_getinterfaces(_ list: UnsafeMutablePointer<hermit_interface>!, _ count: Int) -> Int32 {
    let target = unsafe address(list)
    return result { () throws(Errno) -> Int32 in
        guard count >= 0 else { throw .invalidArgument }
        try InternetConfiguration.settle()
        var place = 0
        while let known = InternetConfiguration.interface(at: place) {
            if place < count {
                let size = MemoryLayout<hermit_interface>.size
                let entry = InterfaceEntry(known)
                try ApplicationBuffer(at: target + UInt64(place * size), count: size).store(entry.value)
            }
            place += 1
        }
        return Int32(place)
    }
}

/// An interface as the application has it.
private struct InterfaceEntry {
    var value = hermit_interface()

    init(_ known: KnownInterface) {
        value.index = known.index
        value.flags = HERMIT_IFF_UP | (known.hasLink ? HERMIT_IFF_RUNNING : 0)
        value.flags |= known.isLoopback ? HERMIT_IFF_LOOPBACK : HERMIT_IFF_BROADCAST | HERMIT_IFF_MULTICAST
        value.mtu = UInt32(known.unit)
        value.prefix = UInt32(known.prefixLength)
        setName(known.index)
        if let station = known.station {
            unsafe withUnsafeMutableBytes(of: &value.station) { bytes in
                for index in 0..<6 {
                    unsafe bytes[index] = UInt8(truncatingIfNeeded: station.bits >> UInt64(40 - 8 * index))
                }
            }
        }
        guard let address = known.address else { return }
        unsafe withUnsafeMutableBytes(of: &value.address) { bytes in
            var span = unsafe bytes.mutableBytes
            var writer = PacketWriter(span._mutatingExtracting(0..<span.byteCount))
            writer.append(UInt8(address.isV6 ? 28 : 16))
            writer.append(UInt8(address.isV6 ? HERMIT_AF_INET6 : HERMIT_AF_INET))
            writer.append(0 as UInt16)
            switch address {
            case .v4(let four): writer.append(four)
            case .v6(let six):
                writer.append(0 as UInt32)
                writer.append(six)
                // A link's own address means something on this interface alone.
                writer.append(address.isLinkLocal ? known.index.byteSwapped : 0)
            }
        }
    }

    private mutating func setName(_ index: UInt32) {
        unsafe withUnsafeMutableBytes(of: &value.name) { bytes in
            var span = unsafe bytes.mutableBytes
            // The last byte stays zero.
            var writer = PacketWriter(span._mutatingExtracting(0..<15))
            InternetConfiguration.emitName(of: index, into: &writer)
        }
    }
}
