import KernelNetwork
import KernelSupport
import KernelWire
import Testing

@Suite("Network: what the boot line says of it")
struct FixedConfigurationTests {
    private func read(_ text: String, _ body: (RawSpan) -> Bool) -> Bool {
        let bytes = Array(text.utf8)
        return unsafe body(bytes.span.bytes)
    }

    @Test(
        "Addresses with their prefixes",
        arguments: [
            ("10.0.0.2/24", true), ("10.0.0.2/32", true), ("10.0.0.2/0", true), ("fd00::2/64", true), ("fd00::2/128", true),
            ("10.0.0.2", false), ("10.0.0.2/", false), ("10.0.0.2/33", false), ("fd00::2/129", false), ("10.0.0.2/x", false),
            ("10.0.0.2/256", false), ("10.0.0.2/0000", false), ("/24", false), ("", false), ("0.0.0.0/8", false),
            ("127.0.0.1/8", false), ("::1/128", false), ("224.0.0.1/4", false), ("ff02::1/64", false),
            ("255.255.255.255/32", false), ("10.0.0.2/24/24", false), ("::/64", false),
        ]) func addresses(text: String, isSome: Bool) {
        var configuration = FixedConfiguration()
        #expect(read(text) { configuration.addAddress($0) } == isSome)
        #expect(configuration.addresses.count == (isSome ? 1 : 0))
        let parts = text.split(separator: "/")
        if isSome {
            #expect(configuration.addresses[0].address == address(String(parts[0])))
            #expect(configuration.addresses[0].prefixLength == UInt8(parts[1]))
        }
    }

    @Test("Routers and servers") func others() {
        var configuration = FixedConfiguration()
        for text in ["10.0.0.1", "fe80::1"] { #expect(read(text) { configuration.addGateway($0) }) }
        for text in ["", "10.0.0", "0.0.0.0", "::", "::1", "ff02::2", "255.255.255.255", "10.0.0.3"] {
            #expect(!read(text) { configuration.addGateway($0) }, "\(text)")
        }
        for text in ["10.0.0.1", "127.0.0.1", "fd00::1", "9.9.9.9"] { #expect(read(text) { configuration.addServer($0) }) }
        for text in ["8.8.8.8", "x", "ff02::2"] { #expect(!read(text) { configuration.addServer($0) }, "\(text)") }
        #expect(configuration.gateways.count == 2 && configuration.servers.count == 4)
    }
}
