import CMachine
import KernelMachine
import KernelMain
import KernelMemory
import KernelTasks
import Synchronization

/// Interrupts of devices: which vector is whose.
///
/// A device has a vector of its own. It goes to the first core, which is never without
/// a controller that messages and lines reach, or to several, whose pair of queues it is.
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
        start(&device, word, cores: 1, body) > 0
    }

    /// The same of a device with pairs of queues, each of which interrupts the core of its number:
    /// the first pair the first core, and so on. Those for which there is no core, and what else
    /// changes, interrupt the first one.
    ///
    /// - Parameter cores: How many are to be interrupted, which run.
    /// - Returns: How many are; 0: none.
    public static func start(
        _ device: inout DeviceTransport, _ word: UInt64, cores: Int, _ body: @convention(c) (UInt64) -> Void
    ) -> Int {
        let place = given.wrappingAdd(1, ordering: .relaxed).oldValue
        guard place < count else { return 0 }
        unsafe handlers[place] = Handler(body: body, word: word)
        Tasks.takeDeviceInterrupts { DeviceInterrupts.handle($0) }
        let vector = LocalController.deviceVectors.lowerBound + UInt64(place)
        switch device.bus {
        case .function(var function):
            let started = function.letInterrupt(vector, cores: cores)
            device = DeviceTransport(bus: .function(function))
            return started
        case .memory(let memory):
            let controller = unsafe machine_first_core().pointee.controller
            let mapped = Layout.devices + InterruptRouter.registers.value
            let isMapped = unsafe Kernel.root.pointee.memory.withLock { $0.space.mapDevice(mapped) }
            return isMapped
                && InterruptRouter.route(memory.line, to: vector, of: controller, mapped: mapped) ? 1 : 0
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
