import Glibc
import Subprocess
import SystemPackage

/// One boot of a program, from QEMU's start to its end.
struct Guest {
    let emulator: String
    let machine: VirtualMachine
    let loader: String
    let image: String
    let boot: BootLine
    /// What knows the names of the image's functions.
    let symbolizer: Symbolizer
    let timeout: Double?

    /// The statuses of runs that do not end with the program's own.
    enum Status {
        static let failedToStart: Int32 = 1
        static let timedOut: Int32 = 124
        static let endedWithoutStatus: Int32 = 125
        static let signal: Int32 = 128
    }

    /// Boots the program, and waits for its end; the status to end with.
    func run() async throws -> Int32 {
        Signals.catchAll()
        let log = GuestLog(symbolizer: symbolizer)
        let channels = try GuestChannels(log: log)
        let words = machine.arguments(
            loader: loader, image: image, boot: boot,
            wiring: .sockets(output: channels.outputPath, host: channels.hostPath, console: channels.consolePath))
        let deadline = timeout.map { ContinuousClock.now + .seconds($0) }
        var outcome = GuestChannels.Outcome.guestEnded
        let launcher = Launcher(emulator: emulator)
        let result = try await Subprocess.run(
            .path(FilePath(launcher.path)), arguments: launcher.arguments(words),
            platformOptions: launcher.options, input: .none, output: .currentStandardError,
            error: .currentStandardError
        ) { execution in
            let process = execution.processIdentifier
            outcome = channels.relay(process: process.processDescriptor, deadline: deadline)
            if outcome != .guestEnded { kill(process.value, SIGKILL) }
        }
        await log.finish()
        switch outcome {
        case .timedOut:
            Terminal.say("the guest did not end within \(timeout ?? 0) seconds")
            return Status.timedOut
        case .signal(let number):
            return Status.signal + number
        case .outputFailed(EPIPE):
            return Status.signal + SIGPIPE
        case .outputFailed(let error):
            throw ToolError("standard output can't be written: \(Errno(rawValue: error))")
        case .guestEnded:
            if let status = channels.status { return status }
            // 1 and 3 are isa-debug-exit's; the kernel sends its status before it uses that.
            if case .exited(let code) = result.terminationStatus, code == 1 {
                return Status.failedToStart
            }
            Terminal.say("the guest ended without a status")
            return Status.endedWithoutStatus
        }
    }
}
