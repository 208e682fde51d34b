import KernelMemory

/// Which socket: its place in the table. The one file that knows where that lies.
@safe struct SocketHandle: Equatable, BitwiseCopyable {
    let number: UInt32

    static var none: Self { Self(number: .max) }
    var isNone: Bool { number == .max }

    /// The handle in a descriptor.
    init(word: UInt64) { number = UInt32(truncatingIfNeeded: word) }
    init(number: UInt32) { self.number = number }

    static var stride: UInt64 { UInt64(MemoryLayout<SocketRecord>.stride) }

    /// - Precondition: There is memory for it.
    private var place: UnsafeMutablePointer<SocketRecord> {
        @inline(__always) get {
            unsafe UnsafeMutablePointer(bitPattern: UInt(Layout.sockets + UInt64(number) * Self.stride))
                .unsafelyUnwrapped
        }
    }

    var record: SocketRecord {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(place) }
    }

    /// The socket, with its lock.
    var it: InternetSocket {
        @inline(__always) unsafeAddress {
            unsafe withUnsafeMutablePointer(to: &place.pointee.value) { unsafe UnsafePointer($0) }
        }
        @inline(__always) nonmutating unsafeMutableAddress {
            unsafe withUnsafeMutablePointer(to: &place.pointee.value) { unsafe $0 }
        }
    }

    /// Fills a place that was never used.
    func initialize() { unsafe place.initialize(to: SocketRecord()) }
}
