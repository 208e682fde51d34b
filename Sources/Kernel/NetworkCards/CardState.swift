import CMachine
import KernelDevices
import KernelMachine
import KernelMain
import KernelSupport
import KernelTasks
import KernelVirtio
import Synchronization

/// What there is of a network card: its device, and pairs of queues with locks of their own
/// (`PairState`), so that cores with different pairs do not wait for each other.
@safe struct CardState: ~Copyable {
    let number: Int
    let limits: NetworkLimits
    let pairCount: Int
    /// Cores that the device interrupts: each has the pair of its number, the first one those
    /// behind them, too. 0: it does not interrupt.
    let interruptedCores: Int
    private let pairs: UnsafeMutableRawPointer

    let lock = CoreLock(.cardDevice)
    /// `lock` guards these.
    var device: NetworkDevice<DeviceTransport>
    var control: ControlQueue?
    /// The device was reset.
    var resets: UInt64 = 0

    enum Problem: Error {
        case device(DeviceError)
        case noMemory

        var message: StaticString {
            switch self {
            case .device(let error): error.message
            case .noMemory: "there is no memory for a network card's buffers"
            }
        }
    }

    /// Starts the processors that a device has pairs of queues for. No lock may be held.
    ///
    /// - Returns: How many pairs are to be used.
    static func prepare(_ bus: DeviceTransport) throws(Problem) -> Int {
        let wanted = KernelServices.processorCount
        guard wanted > 1 else { return 1 }
        do throws(DeviceError) {
            let offered = try NetworkDevice(bus, mostPairs: wanted).pairs
            if offered > 1 { Tasks.startProcessors() }
            // A processor that has not come has no pair.
            return min(offered, KernelServices.processorCount)
        } catch {
            Device(bus).fail()
            throw .device(error)
        }
    }

    /// Makes a device ready. Interrupts are off.
    ///
    /// - Parameters:
    ///   - most: Pairs that are to be used; one where the device does not allow them, or memory.
    ///   - place: Memory for what there is of it.
    ///   - interrupted: Is called, with the number, when it interrupts.
    static func open(
        _ number: Int, _ bus: DeviceTransport, pairs most: Int, at place: UnsafeMutablePointer<CardState>,
        _ interrupted: @convention(c) (UInt64) -> Void
    ) throws(Problem) {
        do throws(DeviceError) {
            var bus = bus
            let cores = DeviceInterrupts.start(&bus, UInt64(number), cores: most, interrupted)
            // All have to be looked at again and again where none interrupts.
            if most > 1, cores > 0 {
                do throws(DeviceError) {
                    return try unsafe make(number, bus, pairs: most, cores: cores, at: place)
                } catch {
                    KernelServices.log(.warning, error.message)
                }
            }
            try unsafe make(number, bus, pairs: 1, cores: min(cores, 1), at: place)
        } catch {
            Device(bus).fail()
            if case .missesQueue = error { throw .noMemory }
            throw .device(error)
        }
    }

    private static func make(
        _ number: Int, _ bus: DeviceTransport, pairs mostPairs: Int, cores: Int,
        at place: UnsafeMutablePointer<CardState>
    ) throws(DeviceError) {
        let device = try NetworkDevice(bus, mostPairs: mostPairs)
        let count = device.pairs
        guard let pairs = unsafe kernelHeapAllocate(count * PairState.stride, 64) else { throw .missesQueue }
        for index in 0..<count {
            unsafe pair(index, in: pairs).initialize(
                to: try PairState(index, of: device.device, device.limits, pairCount: count, bus, card: place))
        }
        var control: ControlQueue? = nil
        if let controlNumber = device.controlNumber { control = try makeControl(controlNumber, of: device.device) }
        device.start()
        let start = TimeStampCounter.read()
        try device.usePairs(&control) {
            machine_serve_shootdown()
            machine_pause()
            return isPatient(since: start)
        }
        for index in 0..<count {
            guard unsafe pair(index, in: pairs).pointee.start() else { throw .missesQueue }
        }
        unsafe place.initialize(
            to: CardState(number, device, control, pairs, count, interruptedCores: min(cores, count)))
    }

    private init(
        _ number: Int, _ device: consuming NetworkDevice<DeviceTransport>, _ control: consuming ControlQueue?,
        _ pairs: UnsafeMutableRawPointer, _ pairCount: Int, interruptedCores: Int
    ) {
        self.number = number
        limits = device.limits
        self.pairCount = pairCount
        self.interruptedCores = interruptedCores
        unsafe self.pairs = pairs
        self.device = device
        self.control = control
    }

    private static func makeControl(
        _ number: UInt16, of device: Device<DeviceTransport>
    ) throws(DeviceError) -> ControlQueue {
        let format = try device.format(of: number, wanted: ControlQueue.size)
        guard var frames = DeviceFrames(order: 0), let ring = frames.ring(format.memorySize),
            let command = frames.memory(ControlQueue.commandSize),
            let answer = frames.memory(ControlQueue.answerSize), let slots = DriverMemory.slots(format.size),
            let block = DriverMemory.block(Request.blockSize(parts: 2))
        else { throw .missesQueue }
        var control = ControlQueue(
            Queue(format, memory: ring, slots: slots), number: number, Request(block), command: command,
            answer: answer)
        try control.enable(on: device)
        return control
    }

    /// Whether a device may take longer for a command.
    ///
    /// - Parameter start: The time stamp counter when it was given.
    static func isPatient(since start: UInt64) -> Bool {
        TimeStampCounter.read() &- start < LockWatch.ticksPerSecond.load(ordering: .relaxed) / 4
    }

    // MARK: - Pairs

    @inline(__always)
    private static func pair(_ index: Int, in pairs: UnsafeMutableRawPointer) -> UnsafeMutablePointer<PairState> {
        unsafe (pairs + index * PairState.stride).assumingMemoryBound(to: PairState.self)
    }

    @inline(__always)
    func pair(_ index: Int) -> CardPair {
        precondition(index >= 0 && index < pairCount)
        return unsafe CardPair(Self.pair(index, in: pairs))
    }
}
