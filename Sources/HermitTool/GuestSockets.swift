import Glibc
import SystemPackage

/// Two Unix sockets in a private folder, on which the tool waits for the
/// guest's two serial ports. The folder goes when the value does.
final class GuestSockets {
    private let folder: String
    /// Where the guest's standard output comes from.
    let output: Listener
    /// Where the framed channel is.
    let host: Listener

    init() throws {
        let folder = try Self.makeFolder()
        self.folder = folder
        do {
            output = try Listener(folder + "/output")
            host = try Listener(folder + "/host")
        } catch {
            try? Files.remove(folder)
            throw error
        }
    }

    deinit { try? Files.remove(folder) }

    /// A folder for this process alone, with a name short enough for a socket's address.
    private static func makeFolder() throws -> String {
        let parents = [Programs.environment("TMPDIR") ?? "", "/tmp"]
        for parent in parents where parent.hasPrefix("/") && parent.utf8.count <= 80 {
            var template = Array((parent + "/hermit.XXXXXX").utf8CString)
            if unsafe mkdtemp(&template) != nil {
                return String(
                    decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
        }
        throw ToolError("no temporary folder can be made in /tmp: \(Errno(rawValue: errno))")
    }

    /// A socket that one connection is taken from.
    final class Listener {
        let path: String
        let descriptor: FileDescriptor

        init(_ path: String) throws {
            self.path = path
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
            let descriptor = socket(AF_UNIX, kind, 0)
            guard descriptor >= 0 else { throw ToolError("no socket: \(Errno(rawValue: errno))") }
            self.descriptor = FileDescriptor(rawValue: descriptor)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) {
                unsafe $0.copyBytes(from: path.utf8)
            }
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let result = unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(descriptor, $0, size)
                }
            }
            guard result == 0, listen(descriptor, 1) == 0 else {
                throw ToolError("\(path): \(Errno(rawValue: errno))")
            }
        }

        deinit { try? descriptor.close() }

        /// The connection, non-blocking, when there is one already.
        func accept() -> FileDescriptor? {
            let connection = Glibc.accept(descriptor.rawValue, nil, nil)
            guard connection >= 0 else { return nil }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            _ = fcntl(connection, F_SETFL, O_NONBLOCK)
            return FileDescriptor(rawValue: connection)
        }
    }
}
