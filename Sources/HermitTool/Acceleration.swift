import Glibc

/// Whether this machine can run a guest on its processor.
enum Acceleration {
    /// Requests of Linux's <linux/kvm.h>.
    private enum Request {
        static let getVersion: UInt = 0xAE00
        static let createMachine: UInt = 0xAE01
        static let getRunSize: UInt = 0xAE04
        static let createProcessor: UInt = 0xAE41
        static let setMemory: UInt = 0x4020_AE46
        static let run: UInt = 0xAE80
    }

    /// `struct kvm_userspace_memory_region`.
    private struct MemoryRegion {
        var slot: UInt32 = 0
        var flags: UInt32 = 0
        var guestAddress: UInt64
        var size: UInt64
        var address: UInt64
    }

    private static let version: Int32 = 12
    private static let pageSize = 4096
    /// The page that holds a processor's first instruction, at 0xfffffff0.
    private static let resetPage: UInt64 = 0xFFFF_F000
    private static let resetOffset = 0xFF0
    /// In real mode: mov ecx, 0x8000; dec ecx; jnz back to it; hlt.
    private static let program: [UInt8] = [
        0x66, 0xB9, 0x00, 0x80, 0x00, 0x00, 0x66, 0x49, 0x75, 0xFC, 0xF4,
    ]
    /// A processor takes less than 0.1 ms for it. Where KVM has no hardware and emulates
    /// a guest's kernel code, it is slower than QEMU's translation by far.
    private static let longest = Duration.milliseconds(10)
    /// Where `struct kvm_run` says why the processor stopped, and what it says for a halt.
    private static let exitReasonOffset = 8
    private static let exitByHalt: UInt32 = 5

    /// Runs a few instructions in a virtual machine, which takes milliseconds:
    /// a device file that opens, and even makes machines, proves nothing.
    /// `nil` when it works and is fast, else the reason why not.
    static func obstacle(device path: String = "/dev/kvm") -> String? {
        let device = unsafe open(path, O_RDWR | O_CLOEXEC)
        guard device >= 0 else { return "\(path) can't be opened" }
        defer { close(device) }
        guard ioctl(device, Request.getVersion) == version else { return "\(path) is not KVM" }
        let machine = ioctl(device, Request.createMachine)
        guard machine >= 0 else { return "\(path) gives no virtual machine" }
        defer { close(machine) }
        let processor = ioctl(machine, Request.createProcessor)
        guard processor >= 0 else { return "\(path) gives no virtual processor" }
        defer { close(processor) }
        let runSize = Int(ioctl(device, Request.getRunSize))
        guard runSize > exitReasonOffset + 4,
            let state = unsafe mapping(runSize, MAP_SHARED, processor)
        else { return "\(path) gives no processor state" }
        defer { unsafe munmap(state, runSize) }
        guard let page = unsafe mapping(pageSize, MAP_SHARED | MAP_ANONYMOUS, -1) else {
            return "no memory for a virtual machine"
        }
        defer { unsafe munmap(page, pageSize) }
        for (i, byte) in program.enumerated() {
            unsafe page.storeBytes(of: byte, toByteOffset: resetOffset + i, as: UInt8.self)
        }
        var region = MemoryRegion(
            guestAddress: resetPage, size: UInt64(pageSize),
            address: UInt64(UInt(bitPattern: page)))
        guard unsafe ioctl(machine, Request.setMemory, &region) == 0 else {
            return "\(path) takes no memory"
        }
        let start = ContinuousClock.now
        guard ioctl(processor, Request.run) == 0,
            unsafe state.load(fromByteOffset: exitReasonOffset, as: UInt32.self) == exitByHalt
        else { return "\(path) can't run a processor" }
        guard .now - start < longest else { return "\(path) emulates it slowly" }
        return nil
    }

    private static func mapping(
        _ size: Int, _ flags: Int32, _ descriptor: Int32
    ) -> UnsafeMutableRawPointer? {
        let address = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, flags, descriptor, 0)
        return unsafe address == MAP_FAILED ? nil : address
    }

    /// Says once after each start of this machine that QEMU emulates.
    static func tellOnce(_ obstacle: String, project: Project) {
        let boot = (try? Files.text("/proc/sys/kernel/random/boot_id")) ?? ""
        let stamp = project.build + "/emulation.stamp"
        if !boot.isEmpty, (try? Files.text(stamp)) == boot { return }
        Terminal.say("no hardware virtualisation (\(obstacle)): QEMU emulates the processor")
        try? Files.write(boot, to: stamp)
    }
}
