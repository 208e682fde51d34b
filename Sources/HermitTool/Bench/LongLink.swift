import Foundation
import Subprocess
import SystemPackage

/// A link between the host and a machine that takes time and loses frames, in the place of a tap
/// device alone: Benchmarks/network_link.
struct LongLink {
    /// Of a frame there and one back, in milliseconds.
    let roundTrip: Int
    /// Of 100 frames in each direction, how many are lost.
    let loss: Double

    static let source = "Benchmarks/network_link"
    /// Of the loopback of the machine's namespace, where nothing else listens.
    private static let port = 4000

    /// How the machine is connected with it.
    static var network: VirtualNetwork { .socket("connect=127.0.0.1:\(port)") }

    /// What the program is told.
    func words(seed: Int) -> [String] {
        [
            NetworkNamespace.tap, String(Self.port), String(seed), String(roundTrip * 500),
            String(Int((loss * 100).rounded())),
        ]
    }

    /// Runs `body`, which boots one machine, while the link is there.
    ///
    /// - Parameter program: The link's, for the host.
    /// - Throws: `ToolError` where the link can't be made; what `body` throws.
    func with(
        _ program: String, in namespace: NetworkNamespace, seed: Int, _ body: () async throws -> Void
    ) async throws {
        let command = namespace.command(program, words(seed: seed))
        _ = try await Subprocess.run(
            .path(FilePath(command.path)), arguments: Arguments(command.words), input: .none,
            output: .sequence, error: .currentStandardError
        ) { execution in
            // It ends with the machine, or without one.
            defer { try? execution.send(signal: .terminate) }
            var said = ""
            for try await piece in execution.standardOutput {
                said += unsafe piece.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
                if said.hasSuffix("\n") { break }
            }
            guard said == "listening\n" else { throw ToolError("the link to the machine can't be made") }
            try await body()
        }
    }
}
