import CMachine
import KernelVirtio

/// A device whose registers lie in memory at a place that the boot line tells
/// (virtio 1.2, 4.2).
struct MemoryTransport: Sendable, BitwiseCopyable {
    let registers: RegisterWindow
    /// The line of the interrupt controller that it is wired to.
    let line: UInt32
    /// Bytes of the registers.
    let size: UInt64

    /// What is at a place in memory.
    enum Finding {
        /// No device, or one of another kind.
        case nothing
        /// It has an interface of before the standard (4.2.4).
        case outdated
        case device(MemoryTransport)
    }

    private enum Register {
        static let magic: UInt64 = 0x000
        static let version: UInt64 = 0x004
        static let kind: UInt64 = 0x008
        static let offered: UInt64 = 0x010
        static let offeredSelect: UInt64 = 0x014
        static let accepted: UInt64 = 0x020
        static let acceptedSelect: UInt64 = 0x024
        static let queue: UInt64 = 0x030
        static let queueLimit: UInt64 = 0x034
        static let queueSize: UInt64 = 0x038
        static let queueReady: UInt64 = 0x044
        static let notify: UInt64 = 0x050
        static let interrupts: UInt64 = 0x060
        static let acknowledge: UInt64 = 0x064
        static let status: UInt64 = 0x070
        static let descriptors: UInt64 = 0x080
        static let driver: UInt64 = 0x090
        static let device: UInt64 = 0x0A0
        static let generation: UInt64 = 0x0FC
        static let configuration: UInt64 = 0x100
    }

    /// "virt".
    private static let magic: UInt32 = 0x7472_6976

    /// - Parameters: As above.
    static func look(
        at registers: RegisterWindow, size: UInt64, line: UInt32, for kind: DeviceKind
    ) -> Finding {
        guard registers.read32(Register.magic) == magic,
            registers.read32(Register.kind) == UInt32(kind.rawValue)
        else { return .nothing }
        guard registers.read32(Register.version) == 2 else { return .outdated }
        return .device(MemoryTransport(registers: registers, line: line, size: size))
    }
}

extension MemoryTransport: Transport {
    var status: DeviceStatus {
        get { DeviceStatus(rawValue: UInt8(truncatingIfNeeded: registers.read32(Register.status))) }
        nonmutating set { registers.write32(UInt32(newValue.rawValue), Register.status) }
    }

    func offeredFeatures() -> Features {
        registers.write32(0, Register.offeredSelect)
        let low = UInt64(registers.read32(Register.offered))
        registers.write32(1, Register.offeredSelect)
        return Features(rawValue: low | UInt64(registers.read32(Register.offered)) << 32)
    }

    func accept(_ features: Features) {
        for half in 0..<2 as Range<UInt32> {
            registers.write32(half, Register.acceptedSelect)
            registers.write32(
                UInt32(truncatingIfNeeded: features.rawValue >> (32 * UInt64(half))), Register.accepted)
        }
    }

    func queueLimit(_ queue: UInt16) -> Int {
        registers.write32(UInt32(queue), Register.queue)
        return Int(min(registers.read32(Register.queueLimit), 32768))
    }

    func enable(
        _ queue: UInt16, size: Int, descriptors: UInt64, driver: UInt64, device: UInt64
    ) -> Doorbell? {
        registers.write32(UInt32(queue), Register.queue)
        guard registers.read32(Register.queueReady) == 0 else { return nil }
        registers.write32(UInt32(size), Register.queueSize)
        registers.write64(descriptors, Register.descriptors)
        registers.write64(driver, Register.driver)
        registers.write64(device, Register.device)
        registers.write32(1, Register.queueReady)
        guard registers.read32(Register.queueReady) == 1 else { return nil }
        return Doorbell(queue: queue, place: Register.notify)
    }

    func configuration(at offset: UInt64) -> UInt32? {
        let place = Register.configuration + offset
        guard offset < size, place & 3 == 0, place + 4 <= size else { return nil }
        return registers.readIsolated32(place)
    }

    func halfConfiguration(at offset: UInt64) -> UInt16? {
        let place = Register.configuration + offset
        guard offset < size, place & 1 == 0, place + 2 <= size else { return nil }
        return registers.readIsolated16(place)
    }

    var configurationGeneration: UInt32 { registers.read32(Register.generation) }

    /// Takes back why it has interrupted, so that it can again (4.2.2, InterruptACK).
    func acknowledgeInterrupt() {
        registers.write32(registers.read32(Register.interrupts), Register.acknowledge)
    }

    func ring(_ doorbell: Doorbell) { registers.write32(UInt32(doorbell.queue), doorbell.place) }

    func pause() { machine_pause() }
}
