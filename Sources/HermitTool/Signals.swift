import Glibc
import Synchronization
import SystemPackage

/// Signals that ask the tool to end, as bytes in a pipe: while a guest runs
/// they end the guest first.
enum Signals {
    /// The pipe's ends; -1: not made.
    private static let readEnd = Atomic<Int32>(-1)
    private static let writeEnd = Atomic<Int32>(-1)

    /// What to poll, once they are caught.
    static var descriptor: FileDescriptor? {
        let end = readEnd.load(ordering: .acquiring)
        return end < 0 ? nil : FileDescriptor(rawValue: end)
    }

    /// Catches them from now on. A pipe that nobody reads is an error of
    /// `write` then, and no signal.
    static func catchAll() throws {
        guard descriptor == nil else { return }
        let pipe: (readEnd: FileDescriptor, writeEnd: FileDescriptor)
        do {
            pipe = try FileDescriptor.pipe()
        } catch {
            throw ToolError("no pipe: \(error)")
        }
        for end in [pipe.readEnd, pipe.writeEnd] {
            _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end.rawValue, F_SETFL, O_NONBLOCK)
        }
        readEnd.store(pipe.readEnd.rawValue, ordering: .releasing)
        writeEnd.store(pipe.writeEnd.rawValue, ordering: .releasing)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            _ = signal(number) { number in
                let saved = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = unsafe write(Signals.writeEnd.load(ordering: .acquiring), &byte, 1)
                errno = saved
            }
        }
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// The signal that came, if one did.
    static func take() -> Int32? {
        guard let descriptor else { return nil }
        var byte: UInt8 = 0
        return unsafe read(descriptor.rawValue, &byte, 1) == 1 ? Int32(byte) : nil
    }
}
