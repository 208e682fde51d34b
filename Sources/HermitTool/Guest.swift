import Glibc
import Subprocess
import SystemPackage

/// One boot of a program, from QEMU's start to its end.
struct Guest {
    let emulator: String
    /// The program that serves folders; `nil`: there are none.
    var folderServer: String? = nil
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

    private func servers(_ wiring: VirtualMachine.Wiring) -> [FolderServer] {
        machine.devices.compactMap { device in
            guard case .folder(let folder, let number) = device else { return nil }
            return FolderServer(folder: folder, socket: wiring.folderSocket(number))
        }
    }

    /// Boots the program, and waits for its end; the status to end with.
    func run() async throws -> Int32 {
        Signals.catchAll()
        let log = GuestLog(symbolizer: symbolizer)
        let channels = try GuestChannels(log: log)
        let wiring = VirtualMachine.Wiring.sockets(
            output: channels.outputPath, host: channels.hostPath, console: channels.consolePath)
        let words = machine.arguments(loader: loader, image: image, boot: boot, wiring: wiring)
        let deadline = timeout.map { ContinuousClock.now + .seconds($0) }
        var outcome = GuestChannels.Outcome.guestEnded
        let launcher = Launcher(emulator: emulator)
        var ending: TerminationStatus? = nil
        try await FolderServer.withAll(servers(wiring)[...], folderServer ?? "") {
            let result = try await Subprocess.run(
                .path(FilePath(launcher.path)), arguments: launcher.arguments(words),
                platformOptions: launcher.options, input: .none, output: .currentStandardError,
                error: .currentStandardError
            ) { execution in
                let process = execution.processIdentifier
                outcome = channels.relay(process: process.processDescriptor, deadline: deadline)
                if outcome != .guestEnded { kill(process.value, SIGKILL) }
            }
            ending = result.terminationStatus
        }
        await log.finish()
        switch outcome {
        case .timedOut:
            Terminal.say("the guest did not end within \(timeout ?? 0) seconds")
            return Status.timedOut
        case .signal(let number):
            return Status.signal + number
        case .deaf(let number):
            Terminal.say("the guest did not end within \(GuestChannels.patience) of signal \(number)")
            return Status.signal + number
        case .outputFailed(EPIPE):
            return Status.signal + SIGPIPE
        case .outputFailed(let error):
            throw ToolError("standard output can't be written: \(Errno(rawValue: error))")
        case .guestEnded:
            if let status = channels.status { return status }
            // 1 and 3 are isa-debug-exit's; the kernel sends its status before it uses that.
            if case .exited(let code) = ending, code == 1 {
                return Status.failedToStart
            }
            Terminal.say("the guest ended without a status")
            return Status.endedWithoutStatus
        }
    }
}
