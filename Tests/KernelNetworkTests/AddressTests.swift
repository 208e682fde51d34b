import KernelWire
import Testing

@Suite("Network: addresses")
struct AddressTests {
    @Test("IPv4: what an address is", arguments: [
        (IPv4Address(10, 0, 0, 1), true, false, false), (IPv4Address(127, 3, 2, 1), true, false, true),
        (IPv4Address(224, 0, 0, 1), false, true, false), (IPv4Address(239, 255, 255, 255), false, true, false),
        (IPv4Address(240, 0, 0, 1), false, false, false), (.broadcast, false, false, false),
        (.unspecified, false, false, false), (IPv4Address(0, 0, 0, 1), false, false, false),
        (IPv4Address(223, 255, 255, 255), true, false, false),
    ])
    func version4(address: IPv4Address, unicast: Bool, multicast: Bool, loopback: Bool) {
        #expect(address.isUnicast == unicast)
        #expect(address.isMulticast == multicast)
        #expect(address.isLoopback == loopback)
        #expect(IPv4Address(bits: address.bits) == address)
    }

    @Test("IPv6: RFC 4291's kinds")
    func version6() {
        let link = IPv6Address(high: 0xfe80 << 48, low: 0x1234_5678_9abc_def0)
        #expect(link.isLinkLocal && link.isUnicast && !link.isMulticast)
        #expect(!IPv6Address(high: 0xfec0 << 48, low: 1).isLinkLocal)
        #expect(IPv6Address(high: 0xfebf << 48, low: 1).isLinkLocal)
        #expect(IPv6Address.allNodes.isMulticast && IPv6Address.allNodes.multicastScope == 2)
        #expect(IPv6Address.loopback.isLoopback && IPv6Address.unspecified.isUnspecified)
        #expect(!IPv6Address.unspecified.isUnicast)
        // RFC 4291, 2.7.1's example: 4037::01:800:200e:8c6c is asked for at ff02::1:ff0e:8c6c.
        let example = IPv6Address(high: 0x4037 << 48, low: 0x0001_0800_200e_8c6c)
        #expect(example.solicitedNode == IPv6Address(high: 0xff02 << 48, low: 0x1_ff0e_8c6c))
        let mapped = IPv6Address(mapping: IPv4Address(192, 0, 2, 1))
        #expect(mapped == IPv6Address(high: 0, low: 0xffff_c000_0201))
        #expect(mapped.mapped == IPv4Address(192, 0, 2, 1))
        #expect(example.mapped == nil)
    }

    @Test("A mapped address has its IPv4 address's words")
    func words() {
        let four = IPAddress.v4(IPv4Address(192, 0, 2, 1)).words
        let six = IPAddress.v6(IPv6Address(mapping: IPv4Address(192, 0, 2, 1))).words
        #expect(four == six)
    }
}
