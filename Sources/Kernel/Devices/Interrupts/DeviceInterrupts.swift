import CMachine
import KernelMachine
import KernelMain
import KernelMemory
import KernelTasks
import Synchronization

/// Interrupts of devices: which vector is whose.
///
/// A device has a vector of its own. All go to the first core, which is never without
/// a controller that messages and lines reach.
public enum DeviceInterrupts {
    private static let count = 8
    /// Vectors that were given.
    private static let given = Atomic<Int>(0)
    /// What is called, by vectors, with a word. Filled before the device interrupts.
    nonisolated(unsafe) private static var handlers: InlineArray<8, Handler?> = InlineArray(repeating: nil)

    private struct Handler: BitwiseCopyable {
        let body: @convention(c) (UInt64) -> Void
        let word: UInt64
    }

    /// Lets a device interrupt when one of its queues or it itself has changed. There is a
    /// scheduler; queues are enabled behind this.
    ///
    /// - Parameters:
    ///   - device: Its transport, which interrupts from then on.
    ///   - body: Called with `word`, with interrupts off and no lock, on the interrupts'
    ///     stack; who it wakes runs when it returns.
    /// - Returns: `false`: it can't, and has to be looked at again and again.
    public static func start(
        _ device: inout DeviceTransport, _ word: UInt64, _ body: @convention(c) (UInt64) -> Void
    ) -> Bool {
        let place = given.wrappingAdd(1, ordering: .relaxed).oldValue
        guard place < count else { return false }
        unsafe handlers[place] = Handler(body: body, word: word)
        Tasks.takeDeviceInterrupts { DeviceInterrupts.handle($0) }
        let vector = LocalController.deviceVectors.lowerBound + UInt64(place)
        let controller = unsafe machine_first_core().pointee.controller
        switch device.bus {
        case .function(var function):
            guard function.letInterrupt(vector, of: controller) else { return false }
            device = DeviceTransport(bus: .function(function))
            return true
        case .memory(let memory):
            let mapped = Layout.devices + InterruptRouter.registers.value
            let isMapped = unsafe Kernel.root.pointee.memory.withLock { $0.space.mapDevice(mapped) }
            return isMapped
                && InterruptRouter.route(memory.line, to: vector, of: controller, mapped: mapped)
        }
    }

    private static func handle(_ vector: UInt64) {
        let place = Int(truncatingIfNeeded: vector - LocalController.deviceVectors.lowerBound)
        guard place < count, let handler = unsafe handlers[place] else { return }
        handler.body(handler.word)
    }
}

extension DeviceTransport {
    /// Takes back why the device has interrupted, so that it can again; before its queues
    /// are looked at.
    public func acknowledgeInterrupt() {
        if case .memory(let memory) = bus { memory.acknowledgeInterrupt() }
    }

    /// Has the device interrupt no more.
    public func stopInterrupts() {
        switch bus {
        case .function(let function): function.messages?.stop()
        case .memory(let memory):
            InterruptRouter.silence(memory.line, mapped: Layout.devices + InterruptRouter.registers.value)
        }
    }
}
