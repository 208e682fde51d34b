import Testing

@testable import HermitTool

@Suite struct VirtualCardTests {
    @Test(arguments: [
        ("8080:80", "hostfwd=tcp:127.0.0.1:8080-:80"), ("8080:80/tcp", "hostfwd=tcp:127.0.0.1:8080-:80"),
        ("5353:53/udp", "hostfwd=udp:127.0.0.1:5353-:53"), ("0.0.0.0:1:65535", "hostfwd=tcp:0.0.0.0:1-:65535"),
    ])
    func aPortIsForwarded(text: String, rule: String) throws {
        #expect(try ForwardedPort(text).rule == rule)
    }

    @Test(arguments: [
        "", "80", ":", "80:", ":80", "0:80", "80:0", "65536:80", "80:65536", "80:80/sctp", "80:80/udp/udp", "a:80",
        "1.2.3:80:80", "1.2.3.256:80:80", "1.2.3.4.5:80:80", "1.2.3.4:80:80:80", "::1:80:80", "80,hostfwd:80",
    ])
    func whatIsNoPortIsRefused(text: String) {
        #expect(throws: ToolError.self) { try ForwardedPort(text) }
    }

    @Test func aNetworkIsWhatItsWordsSay() throws {
        let ports = [try ForwardedPort("1:2"), try ForwardedPort("3:4/udp")]
        #expect(try VirtualNetwork.parse("none", forwarding: []) == nil)
        let user = try VirtualNetwork.parse("user", forwarding: ports)
        #expect(
            user?.backend(id: "n")
                == "user,id=n,hostfwd=tcp:127.0.0.1:1-:2,hostfwd=udp:127.0.0.1:3-:4")
        #expect(
            try VirtualNetwork.parse("tap=tap0", forwarding: [])?.backend(id: "n")
                == "tap,id=n,ifname=tap0,script=no,downscript=no")
        #expect(
            try VirtualNetwork.parse("socket=connect=127.0.0.1:9", forwarding: [])?.backend(id: "n")
                == "socket,id=n,connect=127.0.0.1:9")
        for text in [
            "", "users", "user=", "none=", "tap", "tap=", "tap=a/b", "tap=a,script=x", "tap=sixteen-bytes-xx",
            "tap=a,", "tap=a,queues", "tap=a,queues=", "tap=a,queues=0", "tap=a,queues=65", "tap=a,queues=-1",
            "tap=a,queues=2,script=x", "tap=,queues=2", "tap=a,queues=2=2", "socket",
            "socket=", "socket=fd=3", "socket=listen=:1 x",
        ] {
            #expect(throws: ToolError.self, "\(text)") { try VirtualNetwork.parse(text, forwarding: []) }
        }
        for text in ["none", "tap=tap0", "socket=listen=:1"] {
            #expect(throws: ToolError.self, "\(text)") { try VirtualNetwork.parse(text, forwarding: ports) }
        }
    }

    @Test func queuesAreTheInterfaces() throws {
        #expect(try VirtualNetwork.parse("tap=t,queues=1", forwarding: [], cores: 4) == .tap("t"))
        let network = try #require(try VirtualNetwork.parse("tap=t,queues=3", forwarding: []))
        #expect(network.backend(id: "n") == "tap,id=n,ifname=t,script=no,downscript=no,queues=3")
        for (kind, device) in [
            (VirtualMachine.Kind.q35, "virtio-net-pci,addr=1,disable-legacy=on,romfile=,netdev=network,mac=02:00:00:00:00:01,mq=on,vectors=8"),
            (.microvm, "virtio-net-device,bus=virtio-mmio-bus.0,netdev=network,mac=02:00:00:00:00:01,mq=on"),
        ] {
            var machine = VirtualMachine()
            machine.kind = kind
            machine.devices = [.card(try VirtualCard(network: network, station: "02:00:00:00:00:01"))]
            #expect(machine.arguments(loader: "l", image: "i", boot: BootLine(), wiring: .terminal).contains(device))
        }
        // QEMU writes down what goes by one queue.
        #expect(throws: ToolError.self) { try VirtualCard(network: network, capture: "/a") }
    }

    @Test func aStationHasAnAddressOfItsOwn() throws {
        #expect(try VirtualCard(network: .user([])).station == nil)
        let stations = try (0..<8).map { _ in try VirtualCard(network: .tap("t")).station }
        #expect(Set(stations).count > 1)
        #expect(stations.allSatisfy { $0?.wholeMatch(of: /52:54:00(:[0-9a-f]{2}){3}/) != nil })
        #expect(try VirtualCard(network: .tap("t"), station: "02:00:00:00:00:01").station == "02:00:00:00:00:01")
        for text in ["", "02", "01:00:00:00:00:01", "02:00:00:00:00:1", "02:00:00:00:00:01:02", "02:00:00:00:00:g1"] {
            #expect(throws: ToolError.self, "\(text)") { try VirtualCard(network: .tap("t"), station: text) }
        }
    }

    @Test(arguments: VirtualMachine.Kind.allCases)
    func theMachineHasTheCard(kind: VirtualMachine.Kind) throws {
        var machine = VirtualMachine()
        machine.kind = kind
        machine.devices = [.card(try VirtualCard(network: .user([]), station: "02:00:00:00:00:01", capture: "/a,b"))]
        let words = machine.arguments(loader: "l", image: "i", boot: BootLine(), wiring: .terminal)
        let device =
            kind == .q35
            ? "virtio-net-pci,addr=1,disable-legacy=on,romfile=,netdev=network,mac=02:00:00:00:00:01"
            : "virtio-net-device,bus=virtio-mmio-bus.0,netdev=network,mac=02:00:00:00:00:01"
        #expect(words.contains("user,id=network"))
        #expect(words.contains(device))
        #expect(words.contains("filter-dump,id=capture,netdev=network,file=/a,,b"))
    }
}
