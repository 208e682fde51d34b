import CMachine
import KernelDevices
import KernelMachine
import KernelSupport
import KernelVirtio
import Synchronization

/// The port of a console device that takes the program's output (virtio 1.2, 5.3).
///
/// It is no console's port but the first one behind it, and has a name: a console's drops
/// what the host does not take at once.
struct OutputPort: ~Copyable {
    private var device: Device<DeviceTransport>
    private var incoming: ReadyQueue
    private var outgoing: ReadyQueue
    private var output: ReadyQueue
    /// `nil` as long as the device has it.
    private var piece: Request?
    private var message: Request?

    /// The port's number, and its name among others.
    private static let number: UInt32 = 1
    private static let name: StaticString = "hermit.output"
    /// Messages of the device, messages to it, and the port's output (5.3.2).
    private static let incomingQueue: UInt16 = 2
    private static let outgoingQueue: UInt16 = 3
    private static let outputQueue: UInt16 = 5
    private static let severalPorts = Features(rawValue: 1 << 1)

    private static let messageSize = 64
    private static let messageCount = 8
    static let pieceSize = 4096
    /// Pages for it all, as a power of two.
    private static let order = 1
    /// Looks at a queue between looks at the device's status.
    private static let looksBetween = 4096

    enum Problem: Error {
        case device(DeviceError)
        case queue(QueueDamage)
        case needsReset
        /// Nobody takes the output, or it is something else.
        case notOurs

        var message: StaticString {
            switch self {
            case .device(let error): error.message
            case .queue(let damage): damage.message
            case .needsReset: "the console device has met an error"
            case .notOurs: "the console device has no port for output"
            }
        }
    }

    /// Makes a device ready, and its port.
    static func open(_ bus: DeviceTransport) throws(Problem) -> OutputPort {
        var problem = Problem.notOurs
        do throws(DeviceError) {
            var port = try OutputPort(Device(bus))
            do throws(Problem) {
                try port.greet()
                return port
            } catch {
                problem = error
            }
        } catch {
            problem = .device(error)
        }
        Device(bus).fail()
        throw problem
    }

    private init(_ device: Device<DeviceTransport>) throws(DeviceError) {
        var device = device
        _ = try device.reset()
        try device.agree(on: Self.severalPorts)
        guard device.features.contains(Self.severalPorts) else { throw .missesFeatures }
        guard var frames = DeviceFrames(order: Self.order) else { throw .missesQueue }
        var incoming = try ReadyQueue(Self.incomingQueue, of: device, wanted: Self.messageCount, in: &frames)
        var outgoing = try ReadyQueue(Self.outgoingQueue, of: device, wanted: 2, in: &frames)
        var output = try ReadyQueue(Self.outputQueue, of: device, wanted: 2, in: &frames)
        for _ in 0..<incoming.queue.format.size {
            var request: Request? = try Self.request(Self.messageSize, isWritable: true, in: &frames)
            guard (try? incoming.queue.submit(&request)) != nil else { throw .missesQueue }
        }
        let message = try Self.request(PortMessage.size, isWritable: false, in: &frames)
        let piece = try Self.request(Self.pieceSize, isWritable: false, in: &frames)
        incoming.queue.setInterrupts(false)
        outgoing.queue.setInterrupts(false)
        output.queue.setInterrupts(false)
        device.start()
        incoming.notify(device)
        self.device = device
        self.incoming = incoming
        self.outgoing = outgoing
        self.output = output
        self.message = consume message
        self.piece = consume piece
    }

    private static func request(
        _ size: Int, isWritable: Bool, in frames: inout DeviceFrames
    ) throws(DeviceError) -> Request {
        guard let block = DriverMemory.block(Request.blockSize(parts: 1)), let memory = frames.memory(size)
        else { throw .missesQueue }
        var request = Request(block)
        if isWritable { request.appendWritable(memory) } else { request.appendReadable(memory) }
        return request
    }

    // MARK: - The port's start

    /// Tells the device that the driver is there, and waits until its port is, too, has
    /// the right name, and somebody at its other end.
    private mutating func greet() throws(Problem) {
        try send(PortMessage(port: .max, .deviceReady, value: 1))
        let start = TimeStampCounter.read()
        let patience = LockWatch.ticksPerSecond.load(ordering: .relaxed) / 4
        var (isNamed, isOpen) = (false, false)
        while !isNamed || !isOpen {
            guard TimeStampCounter.read() &- start < patience else { throw .notOurs }
            guard let (message, nameMatches) = try receive() else {
                machine_serve_shootdown()
                machine_pause()
                continue
            }
            guard message.port == Self.number else { continue }
            switch message.event {
            case .add: try send(PortMessage(port: Self.number, .portReady, value: 1))
            case .name:
                guard nameMatches else { throw .notOurs }
                isNamed = true
            case .open: isOpen = message.value == 1
            case .remove: throw .notOurs
            case .deviceReady, .portReady: break
            }
        }
        try send(PortMessage(port: Self.number, .open, value: 1))
    }

    /// The next message, and whether a name behind it is the port's; `nil`: there is none.
    private mutating func receive() throws(Problem) -> (PortMessage, Bool)? {
        do throws(QueueError) {
            guard let request = try incoming.queue.takeUsed() else { return nil }
            let (message, matches) = request.withBytes(part: 0, 0..<request.written) { bytes in
                (PortMessage(bytes), bytes.holds(Self.name, at: UInt64(PortMessage.size)))
            }
            var again: Request? = consume request
            try incoming.queue.submit(&again)
            incoming.notify(device)
            // One that means nothing is passed over.
            return (message ?? PortMessage(port: .max, .deviceReady, value: 0), matches)
        } catch {
            throw Self.problem(error)
        }
    }

    private mutating func send(_ message: PortMessage) throws(Problem) {
        do throws(QueueError) {
            guard var request = self.message.take() else { throw .full }
            request.withMutableBytes(part: 0, 0..<PortMessage.size) { message.write(to: &$0) }
            self.message = consume request
            try outgoing.queue.submit(&self.message)
            outgoing.notify(device)
            self.message = try Self.wait(for: &outgoing, device)
        } catch {
            throw Self.problem(error)
        }
    }

    private static func problem(_ error: QueueError) -> Problem {
        if case .broken(let damage) = error { .queue(damage) } else { .needsReset }
    }

    /// The request that a queue has, when the device has done it.
    ///
    /// - Throws: `unfit` where the device wants a reset.
    private static func wait(
        for ready: inout ReadyQueue, _ device: Device<DeviceTransport>
    ) throws(QueueError) -> Request {
        var looks = 0
        while true {
            if let done = try ready.queue.takeUsed() { return done }
            looks += 1
            if looks % looksBetween == 0, device.needsReset { throw .unfit }
            machine_serve_shootdown()
            machine_pause()
        }
    }

    // MARK: - Output

    /// Sends up to `pieceSize` bytes, which the host has when this returns. Where it
    /// throws, the host may have them.
    mutating func send(_ bytes: RawSpan) throws(Problem) {
        guard var request = piece.take() else { throw .needsReset }
        request.limit(part: 0, to: bytes.byteCount)
        request.withMutableBytes(part: 0, 0..<bytes.byteCount) { memory in
            _ = memory.copy(bytes, at: 0, count: UInt64(bytes.byteCount), to: 0)
        }
        piece = consume request
        do throws(QueueError) {
            try output.queue.submit(&piece)
            output.notify(device)
            piece = try Self.wait(for: &output, device)
        } catch {
            throw Self.problem(error)
        }
    }

    /// Resets the device, which is used no more.
    func close() {
        _ = try? device.reset()
        device.fail()
    }
}
