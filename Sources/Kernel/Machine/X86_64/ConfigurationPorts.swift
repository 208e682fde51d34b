import CMachine

/// The two ports by which the configuration of PCI devices is reached (PCI Local
/// Bus 3.0, 3.2.2.3.2): one takes the place, the other has what is there. Between the
/// two no other core may use them.
public enum ConfigurationPorts {
    private static let address: UInt16 = 0xCF8
    private static let data: UInt16 = 0xCFC

    private static let lock = CoreLock(.configuration)

    private static func place(_ function: UInt32, _ register: UInt8) -> UInt32 {
        1 << 31 | function << 8 | UInt32(register & 0xFC)
    }

    /// - Parameter function: Its bus in bits 8 to 15, its device in 3 to 7, the function in 0 to 2.
    public static func read(_ function: UInt32, _ register: UInt8) -> UInt32 {
        Interrupts.disabled {
            lock.lock()
            defer { lock.unlock() }
            machine_out32(address, place(function, register))
            return machine_in32(data)
        }
    }

    public static func write(_ value: UInt32, _ function: UInt32, _ register: UInt8) {
        Interrupts.disabled {
            lock.lock()
            defer { lock.unlock() }
            machine_out32(address, place(function, register))
            machine_out32(data, value)
        }
    }
}
