import HermitTool
import Testing

@Suite("The guest's addresses")
struct GuestAddressesTests {
    @Test func wordsOfTheBootLine() throws {
        let some = try GuestAddresses(ip: "10.0.2.77/24,fd00::7/64", gateway: "10.0.2.2,fd00::1", dns: "10.0.2.3")
        #expect(some.addresses == ["10.0.2.77/24", "fd00::7/64"])
        #expect(some.gateways == ["10.0.2.2", "fd00::1"] && some.servers == ["10.0.2.3"] && !some.isEmpty)
        #expect(try GuestAddresses().isEmpty)
        #expect(try !GuestAddresses(dns: "::1").isEmpty)
    }

    @Test(arguments: [
        ("10.0.2.77", nil, nil, "--ip takes an address"), ("10.0.2.77/33", nil, nil, "--ip"), ("10.0.2/24", nil, nil, "--ip"),
        ("10.0.2.77/24,", nil, nil, "--ip"), ("10.0.2.77/024", nil, nil, "--ip"), ("127.0.0.1/8", nil, nil, "--ip"),
        ("224.0.0.1/24", nil, nil, "--ip"), ("0.0.0.0/0", nil, nil, "--ip"), ("fd00::1/129", nil, nil, "--ip"),
        ("10.0.2.7/-1", nil, nil, "--ip"), (nil, "10.0.2.2", nil, "--gateway: without --ip"),
        ("10.0.2.7/24", "fd00::1", nil, "--gateway: there is no address of the version"),
        ("10.0.2.7/24", "10.0.2.2,10.0.2.3", nil, "--gateway takes one address of each version"),
        ("10.0.2.7/24", "router", nil, "--gateway takes an address"), (nil, nil, "dns.example", "--dns takes an address"),
        (nil, nil, "1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5", "--dns takes 4 addresses at most"), (nil, nil, "", "--dns"),
    ] as [(String?, String?, String?, String)])
    func badInput(ip: String?, gateway: String?, dns: String?, message: String) {
        let error = #expect(throws: (any Error).self) { try GuestAddresses(ip: ip, gateway: gateway, dns: dns) }
        #expect(error.map { "\($0)".contains(message) } ?? false, "\(String(describing: error))")
    }
}
