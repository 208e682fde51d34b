import Glibc
import SystemPackage

/// Keeps two tools from building in the same project at once. The lock is the
/// process's while the value lives; a process that dies gives it back.
struct BuildLock: ~Copyable {
    private let file: FileDescriptor

    /// Waits until nobody else holds the lock of `project`.
    init(_ project: Project) throws {
        try Files.createFolder(project.build)
        let path = project.build + "/lock"
        do {
            file = try unsafe FileDescriptor.open(
                path, .readWrite, options: [.create, .closeOnExec], permissions: [.ownerReadWrite])
        } catch {
            throw ToolError("\(path): \(error)")
        }
        if flock(file.rawValue, LOCK_EX | LOCK_NB) != 0 {
            Terminal.say("waiting for another hermit to finish building")
            while flock(file.rawValue, LOCK_EX) != 0 && errno == EINTR {}
        }
    }

    deinit { try? file.close() }
}
