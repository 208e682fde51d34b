import Foundation
import Glibc

/// The Swift toolchain's other programs.
package enum Tools {
    /// The path of one, beside the `swift` in PATH.
    package static func path(_ name: String) -> String {
        for folder in (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") {
            let swift = "\(folder)/swift"
            guard FileManager.default.fileExists(atPath: swift) else { continue }
            return URL(fileURLWithPath: swift).resolvingSymlinksInPath()
                .deletingLastPathComponent().path + "/" + name
        }
        return name
    }

    /// The path of a program of Debian's, which is installed where it is
    /// missing and this process may do that; `nil` where it can't be had.
    package static func installed(_ program: String, package: String) async -> String? {
        func locate() -> String? {
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            return path.split(separator: ":").map { "\($0)/\(program)" }
                .first(where: FileManager.default.isExecutableFile)
        }
        if let path = locate() { return path }
        guard geteuid() == 0 else { return nil }
        for words in [["update"], ["install", "-y", "--no-install-recommends", package]] {
            let result = try? await Hermit.command(
                "/usr/bin/timeout",
                ["300", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"] + words)
            guard result?.status == 0 else { return nil }
        }
        return locate()
    }

    /// A TCP port of 127.0.0.1 that nobody had a moment ago.
    package static func freePort() -> UInt16? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, size) == 0
                    && getsockname(descriptor, address, &size) == 0
            }
        }
        return isBound ? UInt16(bigEndian: address.sin_port) : nil
    }

    /// Waits until somebody on this host listens at a port of 127.0.0.1, without being taken for
    /// who is waited for.
    ///
    /// - Throws: Nobody does within two minutes.
    package static func waitUntilListened(_ port: UInt16) async throws {
        let entry = " 0100007F:" + String(format: "%04X", Int(port)) + " 00000000:0000 0A "
        for _ in 0..<2400 {
            let table = try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)
            if table.contains(entry) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Hermit.Failure(description: "nobody listens at port \(port)")
    }
}
