import KernelMemory
import KernelNetwork

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

    /// The socket's connection itself, not a copy.
    ///
    /// - Precondition: It has one.
    var tcp: TCP.Connection {
        @inline(__always) unsafeAddress {
            precondition(it.hasConnection)
            // What an optional holds is at its start.
            return unsafe UnsafePointer(
                UnsafeMutableRawPointer(withUnsafeMutablePointer(to: &place.pointee.value.connection) { unsafe $0 })
                    .assumingMemoryBound(to: TCP.Connection.self))
        }
        @inline(__always) nonmutating unsafeMutableAddress {
            precondition(it.hasConnection)
            return unsafe UnsafeMutableRawPointer(
                withUnsafeMutablePointer(to: &place.pointee.value.connection) { unsafe $0 }
            ).assumingMemoryBound(to: TCP.Connection.self)
        }
    }

    /// Fills a place that was never used.
    func initialize() { unsafe place.initialize(to: SocketRecord()) }
}
