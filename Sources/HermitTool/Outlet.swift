import Glibc
import SystemPackage

/// Where bytes go that may have to wait: a descriptor and what it has not
/// taken yet. It is written to when `poll` finds it ready, so that neither a
/// slow reader nor a full pipe stops the tool from seeing signals.
struct Outlet {
    let descriptor: FileDescriptor
    private var waiting: [UInt8] = []
    private var start = 0
    /// Nobody reads any more.
    private(set) var isClosed = false

    /// What a ready pipe takes without blocking (PIPE_BUF of Linux).
    private static let portion = 4096

    init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

    var isEmpty: Bool { start == waiting.count }

    mutating func add(_ bytes: some Collection<UInt8>) {
        if isClosed { return }
        if isEmpty {
            waiting.removeAll(keepingCapacity: true)
            start = 0
        }
        waiting += bytes
    }

    /// Writes while the descriptor is ready.
    mutating func flush() {
        while !isEmpty && Poll.isReady(descriptor, .write) {
            let count = unsafe waiting.withUnsafeBytes { all in
                let end = min(start + Self.portion, all.count)
                return unsafe write(descriptor.rawValue, all.baseAddress! + start, end - start)
            }
            if count > 0 {
                start += count
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                isClosed = true
                start = waiting.count
            }
        }
    }
}
