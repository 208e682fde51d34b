import KernelDescriptors
import KernelMachine
import KernelMain
import KernelSupport
import KernelTasks
import Synchronization

/// The three standard streams as what is behind descriptors. The word is the
/// stream's number; 3 stands for the console by name, which is read and written.
enum ConsoleStream {
    /// What all descriptions of the console have as their source.
    nonisolated(unsafe) static var source = Place.none

    static let terminalWord: UInt64 = 3

    /// What a terminal does in place of the plain streams.
    struct TerminalOperations {
        /// Address of a `Transfer`; of a stream and one: bytes, or an error.
        let read: @convention(c) (UInt) -> Int
        let write: @convention(c) (UInt64, UInt) -> Int
        /// Whether a read finds something, with the lock.
        let isReadable: @convention(c) () -> Bool
        /// The port has interrupted; no lock is held.
        let arrived: @convention(c) () -> Void
    }

    /// `nil` as long as the host's terminal does it all.
    nonisolated(unsafe) private static var terminal: TerminalOperations? = nil
    /// Called when the port has interrupted, without a lock.
    nonisolated(unsafe) private static var eventHook: (@convention(c) () -> Void)? = nil

    /// The console is a terminal of the kernel's from now on.
    static func setTerminal(_ operations: TerminalOperations) { unsafe terminal = operations }

    static func setEventHook(_ hook: @convention(c) () -> Void) { unsafe eventHook = hook }

    /// Whether a stream is a terminal.
    static func isTerminal(_ word: UInt64) -> Bool {
        let terminals = KernelServices.terminals
        return word >= terminalWord ? terminals != 0 : terminals >> UInt32(word) & 1 != 0
    }

    nonisolated(unsafe) private static var operations: ObjectOperations? = nil
    private static let made = Atomic<UInt>(0)

    static var kind: ObjectKind {
        unsafe ObjectKind(&operations, made) {
            ObjectOperations(
                runsLocked: false, type: FileType.character,
                read: { word, transfer in
                    ConsoleStream.read(word, &Transfer[transfer])
                },
                write: { word, transfer in
                    ConsoleStream.write(word, &Transfer[transfer])
                },
                close: { _ in 0 },
                sharesSource: true,
                readiness: { word in ConsoleStream.readiness(word).rawValue },
                status: { word, status in
                    KernelServices.fillConsoleStatus(&FileStatus[status])
                    return 0
                })
        }
    }

    /// Standard input does not interrupt: nobody is told when it arrives, and
    /// it counts as there.
    nonisolated(unsafe) private static var isSilent = false

    private static func readiness(_ word: UInt64) -> Readiness {
        if word == 1 || word == 2 { return .writable }
        var ready: Readiness = word == 0 ? [] : .writable
        let isReadable =
            if let terminal = unsafe terminal, isTerminal(word) {
                terminal.isReadable()
            } else {
                unsafe isSilent || KernelServices.hasStandardInput
            }
        if isReadable { ready.insert(.readable) }
        return ready
    }

    /// Whether who waits for standard input has to look again and again.
    static var isPolled: Bool { unsafe isSilent }

    /// Lets who observes standard input know when it arrives. No lock may be held.
    static func watchInput() {
        unsafe isSilent = !Tasks.watchInput({ ConsoleStream.arrived() })
    }

    /// The port has interrupted; no lock is held.
    private static func arrived() {
        guard unsafe StreamState.root != nil else { return }
        if let hook = unsafe eventHook { hook() }
        if let terminal = unsafe terminal { return terminal.arrived() }
        StreamState.lock.lock()
        if unsafe !source.isNone { unsafe Descriptors.tell(source, .readable) }
        // Whoever was woken runs when the interrupt is over.
        StreamState.shared.hasWoken = false
        StreamState.lock.unlock()
    }

    private static func read(_ word: UInt64, _ transfer: inout Transfer) -> Int {
        while true {
            // Another task may make a terminal of it while this one waits.
            if let terminal = unsafe terminal, isTerminal(word) {
                return transfer.withAddress { terminal.read($0) }
            }
            do throws(Errno) {
                let count = try transfer.withNextPart { part throws(Errno) in
                    try KernelServices.readStandardInput(part, waits: false)
                }
                EndRequest.look()
                return count
            } catch {
                guard error == .resourceTemporarilyUnavailable, !transfer.isNonBlocking,
                    let operations = TaskOperations.current
                else { return error.result }
                guard operations.awaitInput() else { return Errno.interrupted.result }
            }
        }
    }

    private static func write(_ word: UInt64, _ transfer: inout Transfer) -> Int {
        if let terminal = unsafe terminal, isTerminal(word) {
            return transfer.withAddress { terminal.write(word, $0) }
        }
        let word = word == terminalWord ? outputStream : word
        guard word != 0 else { return transfer.remaining }
        while transfer.remaining > 0 {
            let before = transfer.remaining
            do throws(Errno) {
                _ = try transfer.withNextPart { part throws(Errno) in
                    word == 1
                        ? try KernelServices.writeStandardOutput(part)
                        : try KernelServices.writeStandardError(part)
                }
            } catch {
                // What is written is written; the next call meets the error.
                if transfer.done == 0 { return error.result }
                break
            }
            if transfer.remaining == before { break }
        }
        return transfer.done
    }

    /// The stream by which the terminal is written to; 0: there is none.
    static var outputStream: UInt64 {
        isTerminal(1) || KernelServices.terminals == 0 ? 1 : isTerminal(2) ? 2 : 0
    }

    // MARK: - The start

    /// Has what the streams need that are open at the table's start.
    static func prepare(_ state: inout StreamState) throws(Errno) {
        try state.prepareNumber(0)
        try StreamTable.descriptions.prepare(&state.descriptions)
        unsafe source = try state.makeSource()
    }

    /// Lets the numbers stand for the streams of which `open` has a bit.
    static func adopt(_ open: UInt32, _ kind: ObjectKind, in state: inout StreamState) {
        for number in 0..<3 where open & 1 << UInt32(number) != 0 {
            // There is memory for a page of each.
            guard
                let description = try? state.makeDescription(
                    kind, object: UInt64(number), flags: number == 0 ? .read : .write,
                    source: unsafe source)
            else { continue }
            _ = state.setNumber(number, description, closesOnExec: false)
        }
    }
}
