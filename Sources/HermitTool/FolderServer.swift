import Foundation
import Glibc
import Subprocess
import SystemPackage

/// The server of a folder that a guest sees: QEMU's virtiofsd, one for each folder, which QEMU
/// is connected to. It ends with the guest, and dies with the tool.
struct FolderServer {
    let folder: VirtualFolder
    /// Where QEMU finds it.
    let socket: String

    /// Where Debian's qemu-system-common has it, and where others have it.
    private static let places = ["/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd", "/usr/lib/virtiofsd"]
    static let package = "qemu-system-common"

    /// The program's path; installed where it is missing.
    static func find(_ project: Project) async throws -> String {
        if let path = locate() { return path }
        try await Setup.install([package], project) { locate() != nil }
        guard let path = locate() else { throw ToolError("virtiofsd is still missing after its installation") }
        return path
    }

    private static func locate() -> String? {
        places.first { FileManager.default.isExecutableFile(atPath: $0) } ?? Programs.locate("virtiofsd")
    }

    /// The path for a line to paste.
    static var usualPath: String { locate() ?? places[0] }

    /// - Throws: Where this process can't start one.
    static func checkRights() throws {
        guard geteuid() != 0 else { return }
        throw ToolError(
            "--mount needs root: virtiofsd shuts itself into namespaces of its own, which others may not")
    }

    /// The command that starts it.
    ///
    /// - Parameter way: How it gets its socket.
    func command(_ server: String, _ way: String) -> [String] {
        // A comma ends an option.
        let source = folder.path.replacing("\\", with: "\\\\").replacing(",", with: "\\,")
        let words = [server, way, "-o", "source=\(source)", "-o", "log_level=err", "-f"]
        guard folder.isReadOnly else { return words }
        // What a guest can't write it can't, whatever becomes of it: the server itself sees the
        // folder so.
        return [
            "unshare", "--mount", "--propagation", "private", "/bin/sh", "-c",
            "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"", folder.path,
        ] + words
    }

    /// Runs `body` while servers run; one that can't be started has QEMU fail.
    static func withAll(
        _ servers: ArraySlice<FolderServer>, _ path: String, _ body: () async throws -> Void
    ) async throws {
        guard let server = servers.first else { return try await body() }
        let words = server.command(path, "--fd=0")
        guard let program = words[0].contains("/") ? words[0] : Programs.locate(words[0]) else {
            throw ToolError("\(words[0]) is missing, which a folder that is only read needs")
        }
        // It runs once, while this function waits for it.
        nonisolated(unsafe) let body = body
        let launcher = Launcher(emulator: program)
        let listener = try GuestChannels.listen(server.socket)
        // What it says matters where it fails alone: it complains of every guest's end.
        let messages = server.socket + ".log"
        defer {
            _ = unsafe unlink(server.socket)
            _ = unsafe unlink(messages)
        }
        let log = try unsafe FileDescriptor.open(
            messages, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
        // It takes the socket as its standard input; the tool has it no more, so that who
        // connects to it is told when the server is gone.
        let result = try await Subprocess.run(
            .path(FilePath(launcher.path)), arguments: launcher.arguments(Array(words.dropFirst())),
            platformOptions: launcher.options,
            input: .fileDescriptor(FileDescriptor(rawValue: listener), closeAfterSpawningProcess: true),
            output: .fileDescriptor(log, closeAfterSpawningProcess: false),
            error: .fileDescriptor(log, closeAfterSpawningProcess: true)
        ) { execution in
            defer {
                kill(execution.processIdentifier.value, SIGTERM)
                // What was stopped of its group goes on, so that it can end.
                kill(-execution.processIdentifier.value, SIGCONT)
            }
            try await unsafe withAll(servers.dropFirst(), path, body)
        }
        if case .exited(let code) = result.terminationStatus, code != 0,
            let text = try? String(contentsOfFile: messages, encoding: .utf8)
        {
            Terminal.write(text)
        }
    }
}
