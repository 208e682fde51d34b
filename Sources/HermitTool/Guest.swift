import Glibc
import Subprocess
import SystemPackage

/// One boot of a program, from QEMU's start to its end.
struct Guest {
    /// QEMU's path.
    let emulator: String
    let machine: VirtualMachine
    let loader: String
    let image: String
    let boot: BootLine
    /// Seconds; `nil` for any time.
    let timeout: Double?
    let isVerbose: Bool

    /// The statuses of runs that do not end with the program's own.
    enum Status {
        static let failedToStart: Int32 = 1
        static let timedOut: Int32 = 124
        static let endedWithoutStatus: Int32 = 125
        /// To which the signal's number is added.
        static let signal: Int32 = 128
    }

    /// Boots the program, and waits for its end; the status to end with.
    func run() async throws -> Int32 {
        try Signals.catchAll()
        let sockets = try GuestSockets()
        let words = machine.arguments(
            loader: loader, image: image, boot: boot,
            wiring: .sockets(output: sockets.output.path, host: sockets.host.path))
        let (program, arguments) = Self.tied(emulator, words)
        if isVerbose {
            Terminal.say(([program] + arguments).map(Quoting.shell).joined(separator: " "))
        }
        let deadline = timeout.map { ContinuousClock.now + .seconds($0) }
        var relay = Relay(sockets)
        let end: TerminationStatus
        let ending: Relay.Ending
        do {
            let result = try await Subprocess.run(
                .path(FilePath(program)), arguments: Arguments(arguments), input: .none,
                output: .currentStandardError, error: .currentStandardError
            ) { execution in
                let process = execution.processIdentifier
                return relay.run(
                    process: FileDescriptor(rawValue: process.processDescriptor),
                    deadline: deadline
                ) { kill(process.value, SIGKILL) }
            }
            end = result.terminationStatus
            ending = result.closureResult
        } catch {
            throw ToolError("\(program) can't be run: \(error)")
        }
        return status(ending, end, relay)
    }

    private func status(
        _ ending: Relay.Ending, _ end: TerminationStatus, _ relay: Relay
    ) -> Int32 {
        switch ending {
        case .timedOut:
            Terminal.say("error: the guest did not end within \(Self.text(timeout ?? 0)) seconds")
            return Status.timedOut
        case .signal(let number):
            return Status.signal + number
        case .outputClosed:
            return Status.signal + SIGPIPE
        case .guestEnded, .lingered:
            if let status = relay.status { return status & 0xFF }
            // QEMU's own failures; a guest that runs says so first.
            if case .exited(let code) = end, code == 1, !relay.isConnected {
                Terminal.say("error: QEMU did not boot the program")
                return Status.failedToStart
            }
            Terminal.say("error: the guest ended without an exit status (\(end))")
            return Status.endedWithoutStatus
        }
    }

    /// The command that ends with the tool, even where the tool is killed: by
    /// `setpriv` of util-linux where there is one.
    private static func tied(
        _ program: String, _ arguments: [String]
    ) -> (String, [String]) {
        guard let setpriv = Programs.locate("setpriv") else { return (program, arguments) }
        return (setpriv, ["--pdeathsig", "KILL", program] + arguments)
    }

    /// A number of seconds as the user may have written it.
    private static func text(_ seconds: Double) -> String {
        seconds.rounded() == seconds ? String(Int(seconds)) : String(seconds)
    }
}
