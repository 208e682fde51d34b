import Foundation
import Glibc

/// A network namespace with a tap device, in which one guest is connected with the host's own
/// stack. It ends with this value, and with the process.
package final class NetworkSpace: @unchecked Sendable {
    package static let hostAddress = "10.98.0.1"
    package static let guestAddress = "10.98.0.2"
    /// The station's address of the guest, and the address of IPv6 that it makes of that.
    package static let station = "52:54:00:00:00:07"
    package static let guestLinkAddress = "fe80::5054:ff:fe00:7%tap0"

    private let holder = Process()
    private let input = Pipe()

    /// Why there can be none here; `nil`: there can.
    package static let obstacle: String? = {
        if geteuid() != 0 { return "a network namespace takes root's rights" }
        if unsafe access("/dev/net/tun", R_OK | W_OK) != 0 { return "there is no /dev/net/tun" }
        for path in ["/usr/bin/unshare", "/usr/bin/nsenter"] where unsafe access(path, X_OK) != 0 {
            return "\(path) is missing"
        }
        return nil
    }()

    /// - Parameters:
    ///   - dnsmasq: The program that gives the guest its address; `nil`: nobody does.
    ///   - isForSeveral: The device takes several queues, and nobody who does not ask for them.
    package init(dnsmasq: String?, isForSeveral: Bool = false) throws {
        let server =
            dnsmasq.map {
                """
                \($0) --conf-file=/dev/null --no-hosts --no-resolv --port=0 --interface=tap0 \
                --bind-interfaces --dhcp-range=\(Self.guestAddress),\(Self.guestAddress),1h \
                --dhcp-authoritative --no-ping --leasefile-ro --user=root --pid-file= --log-facility=/dev/null
                """
            } ?? ""
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        // The queue holds what is sent while the host does not run the guest: a thousand frames are
        // less than twenty datagrams in fragments of 16 bytes.
        holder.arguments = [
            "--net", "--pid", "--fork", "--kill-child", "/bin/sh", "-ec",
            """
            ip link set lo up
            ip tuntap add dev tap0 mode tap\(isForSeveral ? " multi_queue" : "")
            ip address add \(Self.hostAddress)/24 dev tap0
            ip link set tap0 txqueuelen 10000 up
            \(server)
            echo ready
            exec cat
            """,
        ]
        let output = Pipe()
        holder.standardInput = input
        holder.standardOutput = output
        try holder.run()
        let said = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard said == "ready\n" else { throw Hermit.Failure(description: "there is no namespace: \(said)") }
    }

    deinit {
        try? input.fileHandleForWriting.close()
        holder.waitUntilExit()
    }

    /// Runs a program in it to its end, at most for so many seconds.
    package func run(_ program: String, _ words: [String], seconds: Int = 60) async throws -> Hermit.Result {
        try await Hermit.command(
            "/usr/bin/nsenter",
            ["--target", String(holder.processIdentifier), "--net", "--", "/usr/bin/timeout", String(seconds), program]
                + words)
    }

    /// Runs lines of a shell in it.
    package func run(script: String, seconds: Int = 60) async throws -> Hermit.Result {
        try await run("/bin/sh", ["-c", script], seconds: seconds)
    }

    /// Boots a program in it, with a card on its device.
    ///
    /// - Parameters:
    ///   - words: The program's arguments.
    ///   - network: What the card is connected with, as `--net` takes it.
    package func boot(
        _ program: String, _ options: [String], words: [String] = [], network: String = "tap=tap0", seconds: Int
    ) async throws -> Hermit.Result {
        try await Hermit.inTurn {
            try await self.run(
                Hermit.executable,
                ["run", "--timeout", String(seconds), "--net", network, "--mac", Self.station] + options + [program, "--"]
                    + words,
                seconds: seconds + 60)
        }
    }
}
