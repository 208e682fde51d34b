import Foundation
import Glibc
import Subprocess
import SystemPackage

/// A network of this process's own, in which one machine is connected with the host: a tap
/// device, the host's address, and a server that gives the machine the other one.
struct NetworkNamespace {
    /// The process that it belongs to; it ends with the tool, and the namespace with it.
    private let process: pid_t
    private let nsenter: String

    static let tap = "tap0"
    static let hostAddress = "10.99.0.1"
    static let guestAddress = "10.99.0.2"

    /// Why none can be made; `nil`: this process may.
    static var obstacle: String? {
        if geteuid() != 0 { return "a network namespace with a tap device takes root's rights" }
        if unsafe access("/dev/net/tun", R_OK | W_OK) != 0 { return "there is no /dev/net/tun for a tap device" }
        for program in ["unshare", "nsenter", "ip"] where Programs.locate(program) == nil {
            return "\(program) is missing, which makes a network namespace (util-linux, iproute2)"
        }
        return nil
    }

    /// The program that gives the machine its address.
    private static let server = (program: "dnsmasq", package: "dnsmasq-base")

    /// What makes the network, and says so; it lasts until its input ends.
    private static func script(_ server: String) -> String {
        """
        ip link set lo up
        ip tuntap add dev \(tap) mode tap
        ip address add \(hostAddress)/24 dev \(tap)
        ip link set \(tap) up
        \(server) --conf-file=/dev/null --no-hosts --no-resolv --port=0 --interface=\(tap) \
        --bind-interfaces --dhcp-range=\(guestAddress),\(guestAddress),1h --dhcp-authoritative \
        --no-ping --leasefile-ro --user=root --pid-file= --log-facility=/dev/null
        echo ready
        exec cat
        """
    }

    /// Runs `body` with one.
    ///
    /// - Throws: `ToolError` where this process may not make one, or that fails.
    static func with(
        _ project: Project, _ body: (NetworkNamespace) async throws -> Void
    ) async throws {
        if let obstacle { throw ToolError(obstacle) }
        try await Setup.install([server.package], project) { Programs.locate(server.program) != nil }
        guard let server = Programs.locate(server.program), let unshare = Programs.locate("unshare"),
            let nsenter = Programs.locate("nsenter")
        else { throw ToolError("\(server.program) is still missing after its installation") }
        // The tool alone has the other end: whatever ends it ends the namespace's first process,
        // and that one's end all others' in it.
        let (input, end) = try FileDescriptor.pipe()
        _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC)
        _ = try await Subprocess.run(
            .path(FilePath(unshare)),
            arguments: ["--net", "--pid", "--fork", "--kill-child", "/bin/sh", "-ec", script(server)],
            input: .fileDescriptor(input, closeAfterSpawningProcess: true), output: .sequence,
            error: .currentStandardError
        ) { execution in
            defer { try? end.close() }
            var said = ""
            for try await piece in execution.standardOutput {
                said += unsafe piece.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
                if said.hasSuffix("\n") { break }
            }
            guard said == "ready\n" else { throw ToolError("the network namespace can't be made") }
            try await body(
                NetworkNamespace(process: execution.processIdentifier.value, nsenter: nsenter))
        }
    }

    /// The path and arguments that run a program in it.
    func command(_ program: String, _ words: [String]) -> (path: String, words: [String]) {
        (nsenter, ["--target", String(process), "--net", "--", program] + words)
    }
}
