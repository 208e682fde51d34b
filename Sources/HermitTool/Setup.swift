import Glibc

/// Sees to it that the programs a run needs are there.
enum Setup {
    static let emulator = "qemu-system-x86_64"
    private static let package = "qemu-system-x86"
    private static let installation = ["install", "-y", "--no-install-recommends", package]

    /// The path of QEMU. Where it is missing it is installed, if this process
    /// may do that; otherwise the error is the command to type.
    static func findEmulator() async throws -> String {
        if let path = Programs.locate(emulator) { return path }
        guard let apt = Programs.locate("apt-get") else {
            throw ToolError("\(emulator) is missing: install QEMU for x86-64")
        }
        var prefix: [String] = []
        let command = (["apt-get"] + installation).joined(separator: " ")
        if geteuid() != 0 {
            guard let sudo = Programs.locate("sudo"), await succeeds(sudo, ["-n", "true"]) else {
                throw ToolError("\(emulator) is missing; type: sudo \(command)")
            }
            prefix = [sudo, "-n"]
        }
        prefix += ["/usr/bin/env", "DEBIAN_FRONTEND=noninteractive", apt]
        Terminal.say("\(emulator) is missing: \(command)")
        try await Terminal.step("installing \(package)") {
            // The lists of packages may be old, or not there.
            if await succeeds(prefix[0], prefix.dropFirst() + installation) { return }
            try await Programs.run(prefix[0], prefix.dropFirst() + ["update"])
            try await Programs.run(prefix[0], prefix.dropFirst() + installation)
        }
        guard let path = Programs.locate(emulator) else {
            throw ToolError("\(emulator) is still missing after the installation of \(package)")
        }
        return path
    }

    private static func succeeds(_ path: String, _ arguments: [String]) async -> Bool {
        (try? await Programs.run(path, arguments, showing: .nothing)) != nil
    }
}
