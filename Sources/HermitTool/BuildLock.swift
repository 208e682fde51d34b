import Foundation
import Glibc

/// Keeps two tools from building in the same folder at once.
struct BuildLock {
    private let descriptor: Int32

    /// Waits until nobody else holds the project's lock.
    init(_ project: Project) throws { try self.init(folder: project.build) }

    /// Waits until nobody else holds the lock of a folder, which is made if it
    /// is not there.
    init(folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/lock"
        descriptor = unsafe open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw ToolError("\(path): the lock file can't be opened") }
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            Terminal.say("waiting for another build to end")
            while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
        }
    }

    func release() { close(descriptor) }
}
