import Glibc
import Synchronization

/// Signals that ask the tool to end, as bytes in a pipe: while a guest runs
/// they end the guest first, or ask it to end.
enum Signals {
    private static let writeEnd = Atomic<Int32>(-1)
    private static let readEnd = Atomic<Int32>(-1)

    /// What to poll.
    static var descriptor: Int32 { readEnd.load(ordering: .acquiring) }

    /// Catches them from now on. A pipe nobody reads is an error of `write`, not a signal.
    static func catchAll() {
        guard descriptor < 0 else { return }
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        readEnd.store(ends[0], ordering: .releasing)
        writeEnd.store(ends[1], ordering: .releasing)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGWINCH] where !isIgnored(number) {
            _ = signal(number) { number in
                var byte = UInt8(truncatingIfNeeded: number)
                _ = unsafe write(Signals.writeEnd.load(ordering: .acquiring), &byte, 1)
            }
        }
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// What the caller has told the tool to ignore (`nohup`) stays ignored.
    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard unsafe sigaction(number, nil, &action) == 0 else { return false }
        let (now, ignore) = unsafe (action.__sigaction_handler.sa_handler, SIG_IGN)
        return unsafe unsafeBitCast(now, to: Int.self) == unsafeBitCast(ignore, to: Int.self)
    }

    /// The signal that came, if one did.
    static func take() -> Int32? {
        var byte: UInt8 = 0
        return unsafe read(descriptor, &byte, 1) == 1 ? Int32(byte) : nil
    }
}
