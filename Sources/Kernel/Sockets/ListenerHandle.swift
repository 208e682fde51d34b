import KernelMain
import KernelNetwork
import KernelSupport
import KernelWire

/// What a socket that listens has beside others.
struct ListenerRecord: ~Copyable {
    var tcp: TCP.Listener
    /// Connections that wait to be accepted, as a list by `nextWaiting`.
    var firstWaiting = SocketHandle.none
    var lastWaiting = SocketHandle.none
}

/// Where that lies, in the kernel's heap. Whoever has made it gives it back.
@safe struct ListenerHandle: Equatable, BitwiseCopyable {
    private let place: UnsafeMutableRawPointer?

    static var none: Self { Self() }
    var isNone: Bool { unsafe place == nil }

    private init() { unsafe place = nil }

    /// Half-open connections that have places; for others cookies are sent.
    private static func halfOpen(_ backlog: Int) -> Int {
        var count = 32
        while count < min(backlog, 512) { count *= 2 }
        return count
    }

    private static var slotsOffset: Int { (MemoryLayout<ListenerRecord>.size + 63) & ~63 }

    /// - Throws: `ENOBUFS`.
    init(backlog: Int) throws(Errno) {
        let count = Self.halfOpen(backlog)
        let size = Self.slotsOffset + count * MemoryLayout<TCP.HalfOpen>.stride
        guard let block = unsafe kernelHeapAllocate(size, 64) else { throw .noBufferSpace }
        var slots = unsafe SlotStorage(
            block.advanced(by: Self.slotsOffset).assumingMemoryBound(to: TCP.HalfOpen.self), count: 0)
        slots.grow(to: count, filler: .empty)
        let (key, sequence) = unsafe (SocketState.shared.pointee.key, SocketState.shared.pointee.sequence)
        unsafe block.assumingMemoryBound(to: ListenerRecord.self).initialize(
            to: ListenerRecord(
                tcp: TCP.Listener(slots: slots, backlog: backlog, key: key, initialSequence: sequence)))
        unsafe place = block
    }

    /// With the socket's lock.
    var it: ListenerRecord {
        @inline(__always) unsafeAddress {
            unsafe UnsafePointer(place.unsafelyUnwrapped.assumingMemoryBound(to: ListenerRecord.self))
        }
        @inline(__always) nonmutating unsafeMutableAddress {
            unsafe place.unsafelyUnwrapped.assumingMemoryBound(to: ListenerRecord.self)
        }
    }

    func give() {
        guard let place = unsafe place else { return }
        unsafe place.assumingMemoryBound(to: ListenerRecord.self).deinitialize(count: 1)
        unsafe kernelHeapDeallocate(place)
    }

    static func == (one: Self, other: Self) -> Bool { unsafe one.place == other.place }
}
