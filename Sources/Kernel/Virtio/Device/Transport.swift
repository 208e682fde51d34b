/// How a device is reached: a bus of virtio's (virtio 1.2, 4).
///
/// What a device says is not trusted. Who uses one sees to it that one core does
/// at a time, but for `ring`.
public protocol Transport: Sendable {
    var status: DeviceStatus { get nonmutating set }
    /// What the device offers.
    func offeredFeatures() -> Features
    /// What the driver makes use of.
    func accept(_ features: Features)
    /// The most descriptors of a queue; 0: there is no such queue.
    func queueLimit(_ queue: UInt16) -> Int
    /// Tells where a queue is, and lets the device use it.
    ///
    /// - Returns: How it is notified of that queue; `nil`: it does not take it.
    func enable(
        _ queue: UInt16, size: Int, descriptors: UInt64, driver: UInt64, device: UInt64
    ) -> Doorbell?
    /// The word of the kind of device's own registers at a multiple of 4; `nil`: there is none.
    func configuration(at offset: UInt64) -> UInt32?
    /// The same of two bytes at a multiple of 2: what a device has may end there.
    func halfConfiguration(at offset: UInt64) -> UInt16?
    /// Changes whenever these do.
    var configurationGeneration: UInt32 { get }
    /// There is something new in a queue.
    func ring(_ doorbell: Doorbell)
    /// A moment in which the device does something.
    func pause()
}

extension Transport {
    public func configuration(at offset: UInt64) -> UInt32? { nil }
    public func halfConfiguration(at offset: UInt64) -> UInt16? { nil }
    public var configurationGeneration: UInt32 { 0 }
}

/// How a device is notified of a queue.
public struct Doorbell: Sendable, BitwiseCopyable {
    public let queue: UInt16
    /// The transport's own.
    public let place: UInt64

    public init(queue: UInt16, place: UInt64) {
        self.queue = queue
        self.place = place
    }
}
