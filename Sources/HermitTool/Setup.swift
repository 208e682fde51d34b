import Foundation
import Glibc

/// Sees to it that the programs a run needs are there.
enum Setup {
    static let emulator = "qemu-system-x86_64"
    private static let package = "qemu-system-x86"

    /// The path of QEMU. Where it is missing it is installed, if this process
    /// may do that; otherwise the error is the command to type.
    ///
    /// - Parameter project: Its lock keeps two tools from installing at once.
    static func findEmulator(_ project: Project) async throws -> String {
        if let path = Programs.locate(emulator) { return path }
        try await install([package], project) { Programs.locate(emulator) != nil }
        guard let path = Programs.locate(emulator) else {
            throw ToolError("\(emulator) is still missing after its installation")
        }
        return path
    }

    /// Installs packages of Debian, if this process may do that; otherwise
    /// the error is the command to type.
    ///
    /// - Parameters:
    ///   - packages: What is missing.
    ///   - project: Its lock keeps two tools from installing at once.
    ///   - isThere: Whether it has come by now, perhaps through another tool.
    static func install(
        _ packages: [String], _ project: Project, unless isThere: () -> Bool
    ) async throws {
        if packages.isEmpty || isThere() { return }
        let lock = try BuildLock(project)
        defer { lock.release() }
        if isThere() { return }
        let names = packages.joined(separator: " ")
        let install = ["install", "-y", "--no-install-recommends"] + packages
        let command = "apt-get " + install.joined(separator: " ")
        guard let apt = Programs.locate("apt-get") else {
            throw ToolError("\(names) is missing, and there is no apt-get to install it")
        }
        var prefix: [String] = []
        if geteuid() != 0 {
            guard let sudo = Programs.locate("sudo"),
                (try? await Programs.run(sudo, ["-n", "true"])) != nil
            else { throw ToolError("\(names) is missing; type: sudo \(command)") }
            prefix = [sudo, "-n"]
        }
        Terminal.say("\(names) is missing; installing it: \(command)")
        func runApt(_ words: [String]) async throws {
            let all = prefix + ["/usr/bin/env", "DEBIAN_FRONTEND=noninteractive", apt] + words
            try await Programs.run(all[0], Array(all.dropFirst()))
        }
        try await Terminal.step("installing \(names)") {
            try await runApt(["-q", "update"])
            try await runApt(install)
        }
    }

    /// The firmware that boots a PVH guest in a third of SeaBIOS's time, by the
    /// name that QEMU finds it with; `nil` where this QEMU has not got it.
    static var fastFirmware: String? {
        guard let path = Programs.locate(emulator) else { return nil }
        let name = "qboot.rom"
        let folder = URL(fileURLWithPath: path).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().path
        return FileManager.default.fileExists(atPath: "\(folder)/share/qemu/\(name)") ? name : nil
    }
}
