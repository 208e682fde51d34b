import KernelNetwork
import KernelSupport
import KernelWire
import Testing

@Suite("Network: DNS lookups of addresses' names")
struct DNSReverseTests {
    @Test(
        "Names under which addresses have theirs (RFC 1035, 3.5; RFC 3596, 2.5)",
        arguments: [
            ("10.2.0.52", "52.0.2.10.in-addr.arpa"), ("255.9.80.100", "100.80.9.255.in-addr.arpa"),
            (
                "4321:0:1:2:3:4:567:89ab",
                "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa"
            ),
        ]) func names(text: String, name: String) {
        #expect(DomainName(reversing: address(text)) == domain(name))
    }

    private func bench() throws -> DNSBench { try DNSBench("unused.example") }

    @Test("An address's name, and once more from the cache") func found() throws {
        let bench = try bench()
        bench.look(forNameOf: address("192.0.2.7"))
        #expect(bench.requests.count == 1 && bench.last.content.type == .pointer)
        #expect(bench.last.content.name == domain("7.2.0.192.in-addr.arpa"))
        var message = NameServerMessage(to: bench.last)
        message.add(pointer: "seven.example.com")
        message.add(pointer: "other.example.com")
        bench.receive(message)
        #expect(bench.isFinished && bench.failure == nil && bench.canonicalName == domain("seven.example.com"))
        bench.look(forNameOf: address("192.0.2.7"))
        #expect(bench.requests.isEmpty && bench.canonicalName == domain("seven.example.com"))
        bench.pass(seconds: 301)
        bench.look(forNameOf: address("192.0.2.7"))
        #expect(bench.requests.count == 1)
    }

    /// A classless delegation (RFC 2317).
    @Test("A name that leads to another one") func alias() throws {
        let bench = try bench()
        bench.look(forNameOf: address("192.0.2.7"))
        var message = NameServerMessage(to: bench.last)
        message.add(alias: "7.0-15.2.0.192.in-addr.arpa")
        message.add(NameServerMessage.wire("7.0-15.2.0.192.in-addr.arpa"), pointer: "seven.example.com")
        bench.receive(message)
        #expect(bench.isFinished && bench.canonicalName == domain("seven.example.com"))
    }

    @Test("No name, no record, and a name that is none of a host's") func failures() throws {
        let bench = try bench()
        bench.look(forNameOf: address("2001:db8::1"))
        bench.deny(zone: "ip6.arpa")
        #expect(bench.isFinished && bench.failure == .noName)
        bench.look(forNameOf: address("2001:db8::1"))
        #expect(bench.requests.isEmpty && bench.failure == .noName)
        bench.look(forNameOf: address("2001:db8::2"))
        bench.receive(NameServerMessage(to: bench.last))
        #expect(bench.isFinished && bench.failure == .noAddress)
        bench.look(forNameOf: address("2001:db8::3"))
        for _ in 0..<6 {
            var message = NameServerMessage(to: bench.last)
            message.add(pointer: "a b.example")
            bench.receive(message)
        }
        #expect(bench.isFinished && bench.failure == .noAnswer && bench.requests.count == 6)
    }

    @Test("The host's own addresses are asked of nobody") func loopback() throws {
        let bench = try bench()
        for text in ["127.0.0.1", "127.9.9.9", "::1"] {
            bench.look(forNameOf: address(text))
            #expect(bench.requests.isEmpty && bench.isFinished && bench.failure == nil)
            #expect(bench.canonicalName == domain("localhost"))
        }
    }

    @Test("The file of hosts, by addresses") func hosts() {
        let bytes = Array("# one\n10.0.0.1 \n10.0.0.1 -bad- good.example other\n::1 localhost\n".utf8)
        #expect(unsafe HostsFile(bytes.span.bytes).name(of: address("10.0.0.1")) == domain("good.example"))
        #expect(unsafe HostsFile(bytes.span.bytes).name(of: address("::1")) == domain("localhost"))
        #expect(unsafe HostsFile(bytes.span.bytes).name(of: address("10.0.0.2")) == nil)
    }
}
