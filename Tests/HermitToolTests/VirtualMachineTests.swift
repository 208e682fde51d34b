import Testing

@testable import HermitTool

@Suite struct VirtualMachineTests {
    private func words(_ machine: VirtualMachine, _ wiring: VirtualMachine.Wiring) -> [String] {
        machine.arguments(
            loader: "/l", image: "/i,1", boot: BootLine(arguments: ["a b"]), wiring: wiring)
    }

    private func value(_ option: String, _ words: [String]) -> String? {
        words.firstIndex(of: option).map { words[$0 + 1] }
    }

    @Test func aLineToPasteHasOneChannel() {
        let all = words(VirtualMachine(), .terminal)
        #expect(value("-serial", all) == "stdio")
        #expect(!all.contains("-chardev"))
        #expect(value("-append", all) == "name=hermit -- a\\ b")
        #expect(value("-machine", all) == "q35")
        #expect(value("-m", all) == "128M")
        #expect(value("-kernel", all) == "/l")
        #expect(value("-initrd", all) == "/i,,1")
        #expect(value("-device", all) == "isa-debug-exit,iobase=0xf4,iosize=0x04")
        #expect(all.contains("-no-reboot"))
    }

    @Test func theToolListensOnBothChannels() {
        let wiring = VirtualMachine.Wiring.sockets(output: "/t/o", host: "/t/h")
        let q35 = words(VirtualMachine(), wiring)
        #expect(q35.filter { $0 == "-serial" }.count == 2)
        #expect(value("-append", q35)?.hasPrefix("channel=com2 ") == true)
        #expect(q35.contains("socket,id=output,path=/t/o"))
        let microvm = words(VirtualMachine(kind: .microvm), wiring)
        #expect(microvm.filter { $0 == "-serial" }.count == 1)
        #expect(microvm.contains("isa-serial,iobase=0x2f8,irq=3,chardev=host,index=1"))
        #expect(value("-machine", microvm)?.contains("acpi=off") == true)
    }

    @Test func theChosenMachine() {
        let machine = VirtualMachine(
            accelerator: .kvm, memory: "4M", processors: 4, waitsForDebugger: true)
        let all = words(machine, .terminal)
        #expect(value("-accel", all) == "kvm")
        #expect(value("-cpu", all) == "host")
        #expect(value("-m", all) == "4M")
        #expect(value("-smp", all) == "4")
        #expect(value("-gdb", all) == "tcp:127.0.0.1:1234")
        #expect(all.contains("-S"))
    }

    @Test func aFileThatIsNoKVMIsAnObstacle() {
        #expect(Acceleration.obstacle(device: "/dev/null") != nil)
        #expect(Acceleration.obstacle(device: "/nowhere") == "/nowhere can't be opened")
        let start = ContinuousClock.now
        _ = Acceleration.obstacle()
        #expect(.now - start < .seconds(1))
    }
}
