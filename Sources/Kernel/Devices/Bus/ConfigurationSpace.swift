import CMachine
import KernelMachine

/// The configuration space of one function of a PCI bus.
///
/// It is reached by its window in memory where the host bridge has one (PCI Express
/// Base 3.0, 7.2.2), else by the two ports that every PC has (PCI Local Bus 3.0, 3.2.2.3.2).
struct ConfigurationSpace: Sendable {
    /// Bus, device and function, as both ways have them, the function in bit 0.
    let function: UInt32
    /// Where its page is mapped; `nil`: it is reached by ports.
    var window: RegisterWindow? = nil

    init(bus: UInt32, device: UInt32, function: UInt32) {
        self.function = bus << 8 | device << 3 | function
    }

    func read(_ register: UInt8) -> UInt32 {
        if let window { return window.read32(UInt64(register & 0xFC)) }
        return ConfigurationPorts.read(function, register)
    }

    func write(_ value: UInt32, _ register: UInt8) {
        if let window { return window.write32(value, UInt64(register & 0xFC)) }
        ConfigurationPorts.write(value, function, register)
    }

    /// Whether there is a function.
    var isThere: Bool { read(0) != .max }
}
