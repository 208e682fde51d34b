import KernelMachine
import KernelMain
import KernelMemory
import KernelSupport

/// The host's wish that the machine ends. The scheduler's lock guards the button.
public enum PowerRequest {
    /// Whether there was one since the last question.
    ///
    /// - Throws: `EOPNOTSUPP` where the machine has no button that is known;
    ///   `ENOSYS` and `EAGAIN` where there can be no scheduler.
    public static func take() throws(Errno) -> Bool {
        try Tasks.start()
        var flags = Runtime.enter()
        var isPressed = PowerButton.takePress()
        let isUnsettled = isPressed == nil && PowerButton.mayBeElsewhere
        Runtime.leave(flags)
        if isUnsettled {
            let events = findEvents()
            flags = Runtime.enter()
            PowerButton.settle(events: events, mask: EventDevice.powerButton)
            isPressed = PowerButton.takePress()
            Runtime.leave(flags)
        }
        guard let isPressed else { throw .notSupported }
        return isPressed
    }

    /// Where the register of an event device is mapped from now on, if there
    /// is one. No lock may be held.
    private static func findEvents() -> UInt64? {
        guard let root = FirmwareTables.root,
            let register = EventDevice.register(root: root, { FirmwareTables.byte(at: $0) })
        else { return nil }
        let mapped = Layout.devices + register
        let isMapped = unsafe Kernel.root.pointee.memory.withLock {
            $0.space.mapDevice(mapped & ~4095)
        }
        return isMapped ? mapped : nil
    }
}
