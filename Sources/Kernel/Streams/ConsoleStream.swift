import KernelDescriptors
import KernelMachine
import KernelMain
import KernelSupport
import KernelTasks
import Synchronization

/// The three standard streams as what is behind descriptors. The word is the
/// stream's number.
enum ConsoleStream {
    /// What standard input observes; there is one, for all descriptions of it.
    nonisolated(unsafe) static var source = Place.none

    nonisolated(unsafe) private static var operations: ObjectOperations? = nil
    private static let made = Atomic<UInt>(0)

    static var kind: ObjectKind {
        unsafe ObjectKind(&operations, made) {
            ObjectOperations(
                runsLocked: false, type: FileType.character,
                read: { word, transfer in
                    unsafe ConsoleStream.read(&Transfer.at(transfer).pointee)
                },
                write: { word, transfer in
                    unsafe ConsoleStream.write(word, &Transfer.at(transfer).pointee)
                },
                close: { _ in 0 },
                readiness: { word in
                    word == 0
                        ? ConsoleStream.inputReadiness.rawValue
                        : Readiness.writable.rawValue
                },
                status: { word, status in
                    unsafe KernelServices.fillConsoleStatus(
                        &UnsafeMutablePointer<FileStatus>(bitPattern: status).unsafelyUnwrapped.pointee)
                    return 0
                })
        }
    }

    /// Standard input does not interrupt: nobody is told when it arrives, and
    /// it counts as there.
    nonisolated(unsafe) private static var isSilent = false

    private static var inputReadiness: Readiness {
        unsafe isSilent || KernelServices.hasStandardInput ? .readable : []
    }

    /// Lets who observes standard input know when it arrives. No lock may be held.
    static func watchInput() {
        unsafe isSilent = !Tasks.watchInput({ ConsoleStream.arrived() })
    }

    /// The port has interrupted; no lock is held.
    private static func arrived() {
        guard unsafe StreamState.shared != nil else { return }
        StreamState.lock.lock()
        if unsafe !source.isNone { unsafe Descriptors.tell(source, .readable) }
        // Whoever was woken runs when the interrupt is over.
        unsafe StreamState.shared.pointee.hasWoken = false
        StreamState.lock.unlock()
    }

    private static func read(_ transfer: inout Transfer) -> Int {
        let isNonBlocking = transfer.isNonBlocking
        do throws(Errno) {
            return try transfer.withNextPart { part throws(Errno) in
                try KernelServices.readStandardInput(part, waits: !isNonBlocking)
            }
        } catch { return error.result }
    }

    private static func write(_ word: UInt64, _ transfer: inout Transfer) -> Int {
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

    // MARK: - The start

    /// Has what the streams need that are open at the table's start.
    static func prepare(_ state: inout StreamState) throws(Errno) {
        try state.prepareNumber(0)
        try StreamTable.descriptions.prepare(&state.descriptions)
        try StreamTable.sources.prepare(&state.observation.sources)
    }

    /// Lets the numbers stand for the streams of which `open` has a bit.
    static func adopt(_ open: UInt32, _ kind: ObjectKind, in state: inout StreamState) {
        for number in 0..<3 where open & 1 << UInt32(number) != 0 {
            // There is memory for a page of each.
            guard let source = try? state.makeSource(),
                let description = try? state.makeDescription(
                    kind, object: UInt64(number), flags: number == 0 ? .read : .write,
                    source: source)
            else { continue }
            _ = state.numbers.set(number, description, closesOnExec: false)
            if number == 0 { unsafe self.source = source }
        }
    }
}
