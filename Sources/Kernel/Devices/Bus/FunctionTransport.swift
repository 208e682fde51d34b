import CMachine
import KernelVirtio

/// A device on a PCI bus (virtio 1.2, 4.1).
struct FunctionTransport: Sendable {
    private let common: RegisterWindow
    private let notify: RegisterWindow
    private let layout: FunctionLayout
    /// The kind of device's own registers, if it has some.
    private let own: RegisterWindow?
    /// By which it interrupts; `nil`: it has none that fit.
    let messages: MessageTable?
    /// The table's entries by which it interrupts; 0: it does not.
    private(set) var entries: UInt16 = 0

    /// 4.1.4.3.
    private enum Register {
        static let offeredSelect: UInt64 = 0
        static let offered: UInt64 = 4
        static let acceptedSelect: UInt64 = 8
        static let accepted: UInt64 = 12
        static let messageVector: UInt64 = 16
        static let status: UInt64 = 20
        static let generation: UInt64 = 21
        static let queue: UInt64 = 22
        static let queueSize: UInt64 = 24
        static let queueVector: UInt64 = 26
        static let queueEnable: UInt64 = 28
        static let queueNotify: UInt64 = 30
        static let descriptors: UInt64 = 32
        static let driver: UInt64 = 40
        static let device: UInt64 = 48
    }

    /// - Parameters:
    ///   - common: Where the registers of all devices are mapped.
    ///   - notify: Where it is notified.
    ///   - own: The kind of device's own registers.
    init(
        _ layout: FunctionLayout, common: RegisterWindow, notify: RegisterWindow, own: RegisterWindow?,
        messages: MessageTable?
    ) {
        self.layout = layout
        self.own = own
        self.messages = messages
        self.common = common
        self.notify = notify
    }

    /// Has it interrupt cores when a queue or the device changes, by the table's first entries.
    ///
    /// - Returns: How many cores; 0: it can't.
    mutating func letInterrupt(_ vector: UInt64, cores: Int) -> Int {
        let started = messages?.start(vector, cores: cores) ?? 0
        entries = UInt16(truncatingIfNeeded: started)
        return started
    }

    /// Chooses the table's entries of changes of the device, the first, and of the queue that is
    /// chosen; whether the device takes them (4.1.5.1.2). Each two queues have an entry, the first
    /// one those for which there is no other.
    private func chooseEntry(of queue: UInt16) -> Bool {
        let entry = queue / 2 < entries ? queue / 2 : 0
        common.write16(0, Register.messageVector)
        common.write16(entry, Register.queueVector)
        return common.read16(Register.messageVector) == 0 && common.read16(Register.queueVector) == entry
    }
}

extension FunctionTransport: Transport {
    var status: DeviceStatus {
        get { DeviceStatus(rawValue: common.read8(Register.status)) }
        nonmutating set { common.write8(newValue.rawValue, Register.status) }
    }

    func offeredFeatures() -> Features {
        common.write32(0, Register.offeredSelect)
        let low = UInt64(common.read32(Register.offered))
        common.write32(1, Register.offeredSelect)
        return Features(rawValue: low | UInt64(common.read32(Register.offered)) << 32)
    }

    func accept(_ features: Features) {
        for half in 0..<2 as Range<UInt32> {
            common.write32(half, Register.acceptedSelect)
            common.write32(
                UInt32(truncatingIfNeeded: features.rawValue >> (32 * UInt64(half))), Register.accepted)
        }
    }

    func queueLimit(_ queue: UInt16) -> Int {
        common.write16(queue, Register.queue)
        return Int(min(common.read16(Register.queueSize), 32768))
    }

    func enable(
        _ queue: UInt16, size: Int, descriptors: UInt64, driver: UInt64, device: UInt64
    ) -> Doorbell? {
        common.write16(queue, Register.queue)
        guard let place = layout.notification(at: common.read16(Register.queueNotify)) else {
            return nil
        }
        if entries > 0, !chooseEntry(of: queue) { return nil }
        common.write16(UInt16(size), Register.queueSize)
        common.write64(descriptors, Register.descriptors)
        common.write64(driver, Register.driver)
        common.write64(device, Register.device)
        common.write16(1, Register.queueEnable)
        guard common.read16(Register.queueEnable) == 1 else { return nil }
        return Doorbell(queue: queue, place: place)
    }

    func configuration(at offset: UInt64) -> UInt32? {
        guard let own, let place = layout.device, offset & 3 == 0, offset + 4 <= UInt64(place.length)
        else { return nil }
        return own.readIsolated32(offset)
    }

    func halfConfiguration(at offset: UInt64) -> UInt16? {
        guard let own, let place = layout.device, offset & 1 == 0, offset + 2 <= UInt64(place.length)
        else { return nil }
        return own.readIsolated16(offset)
    }

    var configurationGeneration: UInt32 { UInt32(common.read8(Register.generation)) }

    func ring(_ doorbell: Doorbell) { notify.write16(doorbell.queue, doorbell.place) }

    func pause() { machine_pause() }
}
