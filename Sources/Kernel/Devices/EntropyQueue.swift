import CMachine
import KernelMachine
import KernelSupport
import KernelVirtio
import Synchronization

/// The one queue of a device of random bytes: a request that the device fills.
struct EntropyQueue: ~Copyable {
    private var device: Device<DeviceTransport>
    private var ready: ReadyQueue
    /// `nil` as long as the device has it.
    private var request: Request?
    /// It was reset and tried again.
    private var wasReset = false

    static let byteCount = 64
    private static let queueSize = 4
    /// Looks at the queue between looks at the device's status.
    private static let looksBetween = 4096

    enum Problem: Error {
        case device(DeviceError)
        case queue(QueueDamage)
        case late

        var message: StaticString {
            switch self {
            case .device(let error): error.message
            case .queue(let damage): damage.message
            case .late: "the entropy device gives nothing"
            }
        }
    }

    /// Makes a device ready.
    static func open(_ bus: DeviceTransport) throws(Problem) -> EntropyQueue {
        do throws(DeviceError) {
            return try EntropyQueue(Device(bus))
        } catch {
            Device(bus).fail()
            throw .device(error)
        }
    }

    private init(_ device: Device<DeviceTransport>) throws(DeviceError) {
        var device = device
        _ = try device.reset()
        try device.agree()
        guard var frames = DeviceFrames(order: 0) else { throw .missesQueue }
        var ready = try ReadyQueue(0, of: device, wanted: Self.queueSize, in: &frames)
        guard let block = DriverMemory.block(Request.blockSize(parts: 1)),
            let memory = frames.memory(Self.byteCount)
        else { throw .missesQueue }
        var request = Request(block)
        request.appendWritable(memory)
        device.start()
        ready.queue.setInterrupts(false)
        self.device = device
        self.ready = ready
        self.request = consume request
    }

    /// Bytes from the device, which others may have, too; as many as it gives.
    ///
    /// - Throws: `late` where it gives none within a quarter of a second.
    mutating func take(_ bytes: inout InlineArray<64, UInt8>) throws(Problem) -> Int {
        do throws(QueueError) {
            return try takeOnce(&bytes)
        } catch {
            guard case .broken(let damage) = error else { throw .late }
            guard !wasReset else {
                device.fail()
                throw .queue(damage)
            }
            try restart()
            wasReset = true
        }
        do throws(QueueError) {
            return try takeOnce(&bytes)
        } catch {
            if case .broken(let damage) = error { throw .queue(damage) }
            throw .late
        }
    }

    /// - Throws: `full` where the device still has the request.
    private mutating func takeOnce(_ bytes: inout InlineArray<64, UInt8>) throws(QueueError) -> Int {
        if ready.queue.inFlight == 0 { try ready.queue.submit(&request) }
        ready.notify(device)
        let start = TimeStampCounter.read()
        let patience = LockWatch.ticksPerSecond.load(ordering: .relaxed) / 4
        var looks = 0
        while true {
            if let done = try ready.queue.takeUsed() {
                let count = done.written
                bytes.withMutableBytes { bytes in
                    done.withBytes(part: 0, 0..<count) { _ = bytes.copy($0, at: 0, count: UInt64(count), to: 0) }
                }
                request = consume done
                return count
            }
            looks += 1
            if looks % Self.looksBetween == 0 {
                if device.needsReset { throw .broken(.unknownRequest) }
                if TimeStampCounter.read() &- start > patience { throw .full }
            }
            machine_serve_shootdown()
            machine_pause()
        }
    }

    /// Resets the device; the request is tried again.
    private mutating func restart() throws(Problem) {
        do throws(DeviceError) {
            let proof = try device.reset()
            while let back = ready.queue.takeBack(proof) { request = consume back }
            try device.agree()
            try ready.enableAgain(on: device)
            device.start()
            ready.queue.setInterrupts(false)
        } catch {
            device.fail()
            throw .device(error)
        }
    }
}
