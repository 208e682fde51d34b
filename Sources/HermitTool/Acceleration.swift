import Glibc

/// Whether this machine can run a guest on its processor.
enum Acceleration {
    private static let getVersion: UInt = 0xAE00
    private static let createMachine: UInt = 0xAE01
    private static let createProcessor: UInt = 0xAE41

    /// Asks the kernel for a virtual machine with a processor, which takes
    /// microseconds; a device file alone proves nothing. `nil` when it works,
    /// else the reason why not.
    static func obstacle() -> String? {
        let device = unsafe open("/dev/kvm", O_RDWR | O_CLOEXEC)
        guard device >= 0 else { return "/dev/kvm can't be opened" }
        defer { close(device) }
        guard ioctl(device, getVersion) == 12 else { return "/dev/kvm does not answer" }
        let machine = ioctl(device, createMachine)
        guard machine >= 0 else { return "/dev/kvm refuses a virtual machine" }
        defer { close(machine) }
        let processor = ioctl(machine, createProcessor)
        guard processor >= 0 else { return "/dev/kvm refuses a virtual processor" }
        close(processor)
        return nil
    }
}
