import KernelDescriptors
import KernelMain
import KernelSupport
import KernelTasks

/// What a terminal is asked for by `ioctl`: Linux's numbers.
public enum TerminalRequest: UInt32, Sendable {
    /// TCGETS, TCSETS, TCSETSW, TCSETSF: `struct termios`.
    case settings = 0x5401
    case setNow = 0x5402
    case setAfterOutput = 0x5403
    case setAfterOutputWithoutInput = 0x5404
    /// TCSBRK: what was written is out when it returns. TCXONC, TCFLSH: an int.
    case sendBreak = 0x5409
    case flow = 0x540A
    case flush = 0x540B
    /// TIOCGPGRP, TIOCSPGRP, TIOCGSID: a process's number.
    case group = 0x540F
    case setGroup = 0x5410
    case session = 0x5429
    /// TIOCGWINSZ, TIOCSWINSZ: `struct winsize`.
    case window = 0x5413
    case setWindow = 0x5414
    /// TIOCOUTQ, FIONREAD: an int for bytes.
    case bytesToWrite = 0x5411
    case bytesToRead = 0x541B
}

extension Descriptors {
    /// Asks a terminal.
    ///
    /// - Parameters:
    ///   - argument: An address, or a number, as the request has it.
    ///   - process: The program's number.
    /// - Throws: `EBADF`; `ENOTTY`: it is none; `EFAULT`, `EINVAL`, `ENOMEM`.
    public static func control(
        _ number: Int32, _ request: TerminalRequest, _ argument: UInt64, process: Int32
    ) throws(Errno) {
        let isTerminal = try with(number, of: nil, wrongKind: .badFileDescriptor) {
            kind, object, _ throws(Errno) in
            kind == ConsoleStream.kind && ConsoleStream.isTerminal(object)
        }
        guard isTerminal else {
            // Of sockets they are SIOCINQ and SIOCOUTQ.
            if request == .bytesToRead || request == .bytesToWrite {
                _ = try control(number, request.rawValue, argument)
                return
            }
            throw .inappropriateIOControl
        }
        try Terminal.start()
        switch request {
        case .settings: try store(Terminal.settings, at: argument)
        case .setNow: Terminal.set(try loadSettings(argument), .now)
        case .setAfterOutput: Terminal.set(try loadSettings(argument), .afterOutput)
        case .setAfterOutputWithoutInput:
            Terminal.set(try loadSettings(argument), .afterOutputWithoutInput)
        // A byte is out when it is written; a line that could break is not there.
        case .sendBreak: break
        case .flow:
            switch argument {
            case 0, 1: Terminal.setStopped(argument == 0)
            case 2, 3: Terminal.ask(argument == 2 ? .stop : .start)
            default: throw .invalidArgument
            }
        case .flush:
            guard argument <= 2 else { throw .invalidArgument }
            if argument != 1 { Terminal.discardInput() }
        case .group, .session: try store(process, at: argument)
        case .setGroup:
            var wanted: Int32 = 0
            try load(&wanted, argument)
            guard wanted > 0 else { throw .invalidArgument }
            guard wanted == process else { throw .noSuchProcess }
        case .window: try store(Terminal.window, at: argument)
        case .setWindow:
            var size = WindowSize()
            try load(&size, argument)
            Terminal.setWindow(size)
        case .bytesToWrite: try store(Int32(0), at: argument)
        case .bytesToRead: try store(Int32(Terminal.waiting), at: argument)
        }
    }

    /// The host's interrupts, the window's changes and what asks for the program's end are
    /// signals of the program's from now on.
    ///
    /// - Throws: `ENOTTY`: standard input is no terminal: the ends alone are; `ENOMEM`.
    public static func takeTerminalEvents() throws(Errno) {
        EndRequest.expect()
        guard KernelServices.terminals & 1 != 0 else { throw .inappropriateIOControl }
        try Terminal.start()
        Terminal.takeEvents()
    }

    /// Opens the console (`/dev/console`), or the terminal (`/dev/tty`).
    ///
    /// - Throws: `ENXIO`: the console is to be a terminal and is none; `EMFILE`,
    ///   `ENFILE`, `ENOMEM`.
    public static func openConsole(
        _ flags: OpenFlags, isTerminal: Bool, closesOnExec: Bool
    ) throws(Errno) -> Int32 {
        guard !isTerminal || KernelServices.terminals != 0 else { throw .noSuchAddressOrDevice }
        try start()
        let kind = ConsoleStream.kind
        return try locked { state throws(Errno) in
            let number = try state.freeNumber()
            let description = try state.makeDescription(
                kind, object: ConsoleStream.terminalWord, flags: flags, source: unsafe ConsoleStream.source)
            _ = state.setNumber(number, description, closesOnExec: closesOnExec)
            return Int32(number)
        }
    }

    private static func loadSettings(_ address: UInt64) throws(Errno) -> TerminalSettings {
        var settings = TerminalSettings()
        try load(&settings, address)
        return settings
    }

    private static func load<Value: BitwiseCopyable>(_ value: inout Value, _ address: UInt64) throws(Errno) {
        try unsafe ApplicationBuffer(
            UnsafeRawPointer(bitPattern: UInt(address)), count: MemoryLayout<Value>.size
        ).load(into: &value)
    }

    private static func store<Value: BitwiseCopyable>(_ value: Value, at address: UInt64) throws(Errno) {
        try unsafe ApplicationBuffer(
            UnsafeRawPointer(bitPattern: UInt(address)), count: MemoryLayout<Value>.size
        ).store(value)
    }
}
