import Testing

@testable import HermitTool

@Suite struct VirtualContextTests {
    @Test func aContextIsAMachines() throws {
        for (text, number) in [("3", 3 as UInt32), ("52", 52), ("4294967294", 4_294_967_294)] {
            #expect(try VirtualContext(text).number == number)
        }
        for text in ["", "0", "1", "2", "-1", "4294967295", "4294967296", "0x10", "3,x=y", " 3", "a"] {
            #expect(throws: ToolError.self, "\(text)") { try VirtualContext(text) }
        }
    }

    @Test(arguments: VirtualMachine.Kind.allCases)
    func theMachineHasTheDevice(kind: VirtualMachine.Kind) throws {
        var machine = VirtualMachine()
        machine.kind = kind
        machine.devices = [.entropy, .sockets(try VirtualContext("7"))]
        machine.deviceOptions = ["packed=on", "iommu_platform=on"]
        let words = machine.arguments(loader: "l", image: "i", boot: BootLine(), wiring: .terminal)
        let device = words.first { $0.hasPrefix("vhost-vsock") }
        #expect(
            device
                == (kind == .q35
                    ? "vhost-vsock-pci,addr=2,packed=on,guest-cid=7"
                    : "vhost-vsock-device,bus=virtio-mmio-bus.1,packed=on,guest-cid=7"))
    }

    @Test func aHostWithoutTheDeviceIsNamed() {
        #expect(throws: ToolError.self) { try VirtualContext.checkHost("/dev/no-such-device") }
    }
}
