/// How a device is reached: a bus of virtio's (virtio 1.2, 4).
///
/// What a device says is not trusted. Who uses one sees to it that one core does
/// at a time, but for `notify`.
public protocol Transport: Sendable {
    var status: DeviceStatus { get nonmutating set }
    /// What the device offers.
    func offeredFeatures() -> Features
    /// What the driver makes use of.
    func accept(_ features: Features)
    /// The most descriptors of a queue; 0: there is no such queue.
    func queueLimit(_ queue: UInt16) -> Int
    /// Tells where a queue is, and lets the device use it; `false`: it does not.
    func enable(_ queue: UInt16, size: Int, descriptors: UInt64, driver: UInt64, device: UInt64) -> Bool
    /// There is something new in the queue.
    func notify(_ queue: UInt16)
    /// A moment in which the device does something.
    func pause()
}
