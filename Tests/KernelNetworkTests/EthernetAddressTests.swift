import KernelWire
import Testing

@Suite("Network: Ethernet addresses")
struct EthernetAddressTests {
    @Test("Only the lowest bit of the first octet makes a group", arguments: [
        (0x01_00_5e_00_00_01 as UInt64, true), (0xff_ff_ff_ff_ff_ff, true), (0x52_54_00_12_34_56, false),
        (0xfe_ff_ff_ff_ff_ff, false),
    ])
    func groups(bits: UInt64, multicast: Bool) {
        #expect(EthernetAddress(bits: bits).isMulticast == multicast)
    }
}
