import KernelMain
import KernelNetwork
import KernelSupport
import KernelWire

/// The groups that a socket has joined, in memory of the kernel's heap. A handle: whoever has
/// joined first gives it back.
@safe struct GroupList: BitwiseCopyable {
    struct Member: Equatable, BitwiseCopyable {
        let group: IPAddress
        let interface: InterfaceNumber
        /// The interface's address, if that is how it was named.
        let address: IPv4Address
    }

    private var base: UnsafeMutablePointer<Member>? = nil
    private(set) var count = 0

    /// Groups of a socket at most (Linux, igmp_max_memberships).
    static let most = 20

    init() {}

    subscript(index: Int) -> Member {
        precondition(index < count)
        return unsafe base.unsafelyUnwrapped[index]
    }

    /// - Throws: `ENOBUFS`: there are too many, or there is no memory.
    mutating func append(_ member: Member) throws(Errno) {
        guard count < Self.most else { throw .noBufferSpace }
        if unsafe base == nil {
            guard let block = unsafe kernelHeapAllocate(Self.most * MemoryLayout<Member>.stride, 16) else {
                throw .noBufferSpace
            }
            unsafe base = block.bindMemory(to: Member.self, capacity: Self.most)
        }
        unsafe base.unsafelyUnwrapped.advanced(by: count).initialize(to: member)
        count += 1
    }

    mutating func remove(at index: Int) {
        precondition(index < count)
        count -= 1
        unsafe base.unsafelyUnwrapped[index] = base.unsafelyUnwrapped[count]
    }

    /// Gives the memory back; there are no groups then.
    mutating func release() {
        if let base = unsafe base { unsafe kernelHeapDeallocate(base) }
        self = GroupList()
    }
}
