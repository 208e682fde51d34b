import CMachine
import KernelDescriptors
import KernelDevices
import KernelMachine
import KernelMain
import KernelStreams
import KernelSupport
import KernelTasks
import KernelVirtio
import KernelVsock

/// The machine's socket device. The sockets' lock guards it.
struct VirtualSocketDevice: ~Copyable {
    var device: VsockDevice<DeviceTransport>
    let bus: DeviceTransport
    /// It interrupts; else it is looked at again and again.
    let interrupts: Bool
    /// More has come than is taken at once: it is looked at again soon.
    var isBusy = false
    /// What the log is to be told.
    var problem: StaticString? = nil

    /// Buffers for packets that come, of a page each: a device cuts what is longer.
    private static let buffers = 32
    private static let bufferSize = 4096
    /// Requests for packets that are sent, and their memory as a power of two of pages.
    private static let requests = 16
    private static let requestOrder = 1
    private static let events = 4

    private enum Problem: Error {
        case device(DeviceError)
        case noMemory

        var message: StaticString {
            switch self {
            case .device(let error): error.message
            case .noMemory: "there is no memory for a socket device's buffers"
            }
        }
    }

    // MARK: - Making it ready

    /// Looks for the device; there is none if it can't be used.
    static func find() {
        do throws(SearchProblem) {
            guard let bus = try DeviceSearch.find(.socket) else { return }
            do throws(Problem) {
                guard let block = unsafe kernelHeapAllocate(MemoryLayout<VirtualSocketDevice>.size, 64) else {
                    throw .noMemory
                }
                let place = unsafe block.assumingMemoryBound(to: VirtualSocketDevice.self)
                unsafe place.initialize(to: try open(bus))
                let flags = VirtualSocketState.enter()
                unsafe VirtualSocketState.shared.begin(place)
                VirtualSocketState.leave(flags)
                Tasks.beforeEnd { VirtualSocketDevice.drain() }
            } catch {
                KernelServices.log(.warning, error.message)
            }
        } catch {
            KernelServices.log(.warning, error.message)
        }
    }

    private static func open(_ bus: DeviceTransport) throws(Problem) -> VirtualSocketDevice {
        do throws(DeviceError) {
            return try make(bus)
        } catch {
            Device(bus).fail()
            if case .missesQueue = error { throw .noMemory }
            throw .device(error)
        }
    }

    private static func make(_ bus: DeviceTransport) throws(DeviceError) -> VirtualSocketDevice {
        var bus = bus
        var device = Device(bus)
        _ = try device.reset()
        let context = try VsockDevice.agree(with: &device)
        let interrupts = DeviceInterrupts.start(&bus, 0) { _ in VirtualSocketDevice.interrupted() }
        device.bus = bus
        let queues = VsockQueues(
            receive: try queue(VsockDevice<DeviceTransport>.receiveNumber, of: device, wanted: buffers),
            transmit: try queue(VsockDevice<DeviceTransport>.transmitNumber, of: device, wanted: requests),
            event: try queue(VsockDevice<DeviceTransport>.eventNumber, of: device, wanted: events))
        var made = VirtualSocketDevice(
            try VsockDevice(device, context: context, queues), bus, interrupts: interrupts)
        guard made.addMemory() else { throw .missesQueue }
        return made
    }

    private init(_ device: consuming VsockDevice<DeviceTransport>, _ bus: DeviceTransport, interrupts: Bool) {
        self.device = device
        self.bus = bus
        self.interrupts = interrupts
    }

    private static func queue(
        _ number: UInt16, of device: Device<DeviceTransport>, wanted: Int
    ) throws(DeviceError) -> Queue {
        let format = try device.format(of: number, wanted: wanted)
        guard var frames = DeviceFrames(order: format.memorySize > 4096 ? 1 : 0),
            let memory = frames.ring(format.memorySize), let slots = DriverMemory.slots(format.size)
        else { throw .missesQueue }
        return Queue(format, memory: memory, slots: slots)
    }

    /// Gives the queues what they need; `false`: there is no memory for one of each.
    private mutating func addMemory() -> Bool {
        guard var memory = DeviceFrames(order: 0) else { return false }
        for index in 0..<Self.events {
            guard let part = memory.memory(VsockQueues.eventSize),
                let block = DriverMemory.block(Request.blockSize(parts: 1))
            else { return false }
            var request = Request(block, tag: UInt64(index))
            request.appendWritable(part)
            device.queues.addEvent(request)
        }
        for index in 0..<Self.buffers {
            guard var memory = DeviceFrames(order: 0), let part = memory.memory(Self.bufferSize),
                let block = DriverMemory.block(Request.blockSize(parts: 1))
            else {
                if index == 0 { return false }
                break
            }
            var request = Request(block, tag: UInt64(index))
            request.appendWritable(part)
            device.queues.addBuffer(request)
        }
        for index in 0..<Self.requests {
            guard var memory = DeviceFrames(order: Self.requestOrder),
                let part = memory.memory(4096 << Self.requestOrder),
                let block = DriverMemory.block(Request.blockSize(parts: 1))
            else { return index > 0 }
            var request = Request(block, tag: UInt64(index))
            request.appendReadable(part)
            device.queues.addRequest(request)
        }
        return true
    }

    // MARK: - Interrupts

    /// It has interrupted: interrupts are off, and no lock is held.
    private static func interrupted() {
        let flags = VirtualSocketState.enter()
        VirtualSocketState.shared.deviceInterrupted()
        VirtualSocketState.leave(flags, isInterrupt: true)
    }

    /// What was sent and is not with the host yet after this when the program ends is lost, in
    /// nanoseconds.
    private static let longestDraining: UInt64 = 100_000_000

    /// Waits until the device has taken all that was sent: with the machine ends the emulator.
    private static func drain() {
        let start = Tasks.now
        while Tasks.now - start < longestDraining {
            let flags = VirtualSocketState.enter()
            let isDone = VirtualSocketState.shared.hasSentAll
            VirtualSocketState.leave(flags)
            if isDone { return }
            machine_pause()
        }
    }
}

extension VirtualSocketState {
    /// Packets that are taken before others have a turn of the lock.
    private static var packetsAtOnce: Int { 64 }

    /// The device is there.
    fileprivate mutating func begin(_ place: UnsafeMutablePointer<VirtualSocketDevice>) {
        unsafe devicePlace = unsafe place
        table.setContext(device.device.context)
        device.device.start()
    }

    /// The device.
    ///
    /// - Precondition: There is one.
    private var device: VirtualSocketDevice {
        unsafeAddress { unsafe UnsafePointer(devicePlace.unsafelyUnwrapped) }
        nonmutating unsafeMutableAddress { unsafe devicePlace.unsafelyUnwrapped }
    }

    /// It has to be looked at although it does not interrupt: soon, or from time to time.
    var needsLook: Bool { hasDevice && (device.isBusy || !device.interrupts) }
    var isBusy: Bool { hasDevice && device.isBusy }

    var hasDevice: Bool { unsafe devicePlace != nil && !device.device.isGone }

    /// Whether something can be handed to the device now.
    var hasDeviceWork: Bool {
        mutating get {
            guard hasDevice, table.hasPackets(isLocal: false) else { return false }
            return (try? device.device.queues.hasRoom()) ?? true
        }
    }

    fileprivate var hasSentAll: Bool {
        mutating get {
            guard hasDevice else { return true }
            _ = try? device.device.queues.hasRoom()
            while let request = try? device.device.queues.transmit.takeUsed() { device.device.queues.give(request) }
            return device.device.queues.transmit.inFlight == 0 && !table.hasPackets(isLocal: false)
        }
    }

    fileprivate mutating func deviceInterrupted() {
        guard hasDevice else { return }
        device.bus.acknowledgeInterrupt()
        // A device that wants a reset says so by an interrupt, for which there is nothing.
        if !device.device.queues.hasUsed, device.device.device.needsReset { restartDevice() }
    }

    /// Takes what has come by the device, and hands it what is to be sent.
    ///
    /// - Parameter problem: What the log is to be told.
    mutating func workWithDevice(_ problem: inout StaticString?) {
        guard hasDevice else {
            // Nobody takes what is still to be sent.
            while table.nextPacket(isLocal: false) != nil {}
            return
        }
        do throws(QueueError) {
            repeat {
                device.isBusy = try !takePackets()
                if try device.device.queues.takeEvents() { changeContext() }
                guard hasDevice else { break }
                try sendPackets()
                device.device.notify()
                // What has come before the device knew that it is to interrupt may have no interrupt.
            } while !device.isBusy && device.interrupts
                && device.device.queues.setInterrupts(true, forSent: table.hasPackets(isLocal: false))
        } catch {
            restartDevice()
        }
        problem = device.problem
        device.problem = nil
    }

    /// - Returns: `false`: there may be more.
    private mutating func takePackets() throws(QueueError) -> Bool {
        for _ in 0..<Self.packetsAtOnce {
            let request = try device.device.queues.take { bytes in VsockHeader(bytes).map { Int($0.count) } }
            guard let request else { return true }
            let header = request.withBytes(part: 0, 0..<VsockHeader.size) { VsockHeader($0) }
            if let header { receive(header, request) }
            device.device.queues.addBuffer(request)
        }
        return false
    }

    private mutating func receive(_ header: VsockHeader, _ request: borrowing Request) {
        // Without memory for a connection it is refused.
        if header.operation == .request { try? prepare() }
        guard let place = table.receive(header, isLocal: false) else { return }
        let count = Int(header.count)
        guard records[place.index].buffer.ensure(count) else { return table.lackMemory(place, count: count) }
        request.withBytes(part: 0, VsockHeader.size..<VsockHeader.size + count) {
            records[place.index].buffer.append($0)
        }
    }

    private mutating func sendPackets() throws(QueueError) {
        while table.hasPackets(isLocal: false), try device.device.queues.hasRoom() {
            guard let header = table.nextPacket(isLocal: false) else { break }
            guard var request = device.device.queues.takeRequest() else { break }
            request.withMutableBytes(part: 0, 0..<VsockHeader.size) { header.write(to: &$0) }
            try device.device.queues.submit(request, count: VsockHeader.size)
        }
    }

    /// Sends bytes of a socket's by the device; how many, 0 where it has no room.
    ///
    /// - Throws: `EFAULT`.
    mutating func send(_ count: Int, of place: Place, _ transfer: inout Transfer) throws(Errno) -> Int {
        guard hasDevice else { return 0 }
        guard (try? device.device.queues.hasRoom()) == true, var request = device.device.queues.takeRequest() else {
            table.awaitRoom(place)
            return 0
        }
        let count = min(count, request.wholeSize(ofPart: 0) - VsockHeader.size)
        var moved = 0
        request.withMutableBytes(part: 0, VsockHeader.size..<VsockHeader.size + count) { moved = transfer.read(to: &$0) }
        guard moved > 0 else {
            device.device.queues.give(request)
            throw .badAddress
        }
        let header = table.sendData(place, count: moved)
        request.withMutableBytes(part: 0, 0..<VsockHeader.size) { header.write(to: &$0) }
        do throws(QueueError) {
            try device.device.queues.submit(request, count: VsockHeader.size + moved)
        } catch {
            // The bytes are lost, and with them all connections.
            restartDevice()
        }
        return moved
    }

    // MARK: - Errors

    /// The device says that the machine has another context, or has begun anew (5.10.6.7).
    private mutating func changeContext() {
        if device.device.askContext() {
            table.setContext(device.device.context)
        } else {
            device.problem = "a socket device says what can't be: it is not used any more"
            table.setContext(nil)
        }
    }

    /// Resets the device: all connections are lost.
    private mutating func restartDevice() {
        let damage = device.device.queues.receive.damage ?? device.device.queues.transmit.damage
            ?? device.device.queues.event.damage
        do throws(DeviceError) {
            try device.device.restart()
            device.problem = damage?.message ?? "a socket device has met an error"
            table.setContext(device.device.context)
        } catch {
            device.problem = error.message
            table.setContext(nil)
        }
    }
}
