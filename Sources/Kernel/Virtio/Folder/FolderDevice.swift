import KernelSupport

/// A device of files and two of its queues (virtio 1.2, 5.11): one for requests, and the hasty
/// one for the question whether a server is there.
///
/// The server keeps what it knows of open files, so that a device that was reset is of no use:
/// what goes wrong ends it.
///
/// Not for several cores at once: who shares it has a lock.
public struct FolderDevice<Bus: Transport>: ~Copyable {
    public private(set) var device: Device<Bus>
    public var requests: FolderRequests
    private var hasty: Queue
    private var question: Request?
    private var doorbell: Doorbell
    private var hastyDoorbell: Doorbell
    /// It is used no more; what is in flight is lost, and its memory is the device's for ever.
    public private(set) var isGone = false

    /// 5.11.2: one queue of notifications less, which is not agreed on.
    public static var hastyNumber: UInt16 { 0 }
    public static var queueNumber: UInt16 { 1 }
    public static var hastySize: Int { 4 }

    /// Starts a device that has agreed.
    ///
    /// - Parameter question: What is asked where nothing comes; it has no part for an answer.
    public init(
        _ device: Device<Bus>, queue: consuming Queue, hasty: consuming Queue, question: consuming Request
    ) throws(DeviceError) {
        let first = try device.enable(Self.hastyNumber, hasty)
        let second = try device.enable(Self.queueNumber, queue)
        (hastyDoorbell, doorbell) = (first, second)
        self.device = device
        self.question = consume question
        self.hasty = hasty
        requests = FolderRequests(queue)
        device.start()
        self.hasty.setInterrupts(false)
        requests.queue.setInterrupts(true)
    }

    /// Hands a buffer to the device, as `FolderRequests.submit`.
    public mutating func submit(
        _ buffer: inout FolderBuffer?, _ shape: FolderShape
    ) throws(QueueError) {
        guard !isGone else { throw .unfit }
        try requests.submit(&buffer, shape)
        if requests.queue.takeNotification() { device.bus.ring(doorbell) }
    }

    /// Takes what the device has done, and has it interrupt for what it does next.
    ///
    /// - Parameter body: Is told the number of each buffer that has come back.
    /// - Returns: Whether there is more to say: `look` has to.
    public mutating func collect(_ body: (Int) -> Void) -> Bool {
        guard !isGone else { return false }
        do throws(QueueError) {
            repeat { try requests.collect(body) } while requests.queue.setInterrupts(true)
        } catch {
            return true
        }
        return false
    }

    /// The same, and ends the use of a device that has lied or has failed.
    ///
    /// - Returns: What the log is to be told.
    public mutating func look(_ body: (Int) -> Void) -> StaticString? {
        guard !isGone else { return nil }
        var isIdle = true
        let isOdd = collect { number in
            isIdle = false
            body(number)
        }
        if isOdd { return end(requests.queue.damage?.message ?? "a folder's device has met an error") }
        // It costs a look at a register, which who has done something need not have.
        if isIdle && device.needsReset { return end("a folder's device has met an error") }
        return nil
    }

    /// It is used no more.
    private mutating func end(_ message: StaticString) -> StaticString {
        isGone = true
        // So that it writes to no memory any more, if it can.
        _ = try? device.reset()
        device.fail()
        return message
    }

    /// The server is gone. The device is left as it is: one whose server hangs would have the
    /// monitor wait for that.
    public mutating func giveUp() { isGone = true }

    /// Whether the question that was asked last has come back.
    public mutating func hasAnswer() -> Bool {
        guard question == nil else { return true }
        guard let back = try? hasty.takeUsed() else { return false }
        question = consume back
        return true
    }

    /// Asks whether somebody is there.
    public mutating func ask() {
        guard !isGone, question != nil else { return }
        try? hasty.submit(&question)
        if hasty.takeNotification() { device.bus.ring(hastyDoorbell) }
    }
}
