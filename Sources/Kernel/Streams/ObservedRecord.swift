import KernelDescriptors
import KernelSupport

/// What is behind one descriptor, in a table of its kind's, and has one source: an
/// eventfd, a timer, a socket. The descriptor's word is its place.
protocol ObservedRecord: SlotRecord {
    var source: Place { get set }

    static var table: StreamTable { get }

    /// Runs `body` with the table.
    static func with<Value>(
        _ state: inout StreamState, _ body: (inout SlotTable<Self>) throws(Errno) -> Value
    ) throws(Errno) -> Value
}

extension StreamState {
    /// Gives a new object the lowest free number.
    ///
    /// - Throws: `EMFILE`, `ENFILE`, `ENOMEM`.
    mutating func open<Record: ObservedRecord>(
        _ kind: ObjectKind, _ record: Record, isNonBlocking: Bool, closesOnExec: Bool
    ) throws(Errno) -> Int32 {
        let place = try Record.with(&self) { table throws(Errno) in
            try Record.table.prepare(&table)
            return table.take(record)
        }
        do throws(Errno) {
            let number = try open(
                kind, object: UInt64(place.index),
                flags: isNonBlocking ? [.read, .write, .nonBlocking] : [.read, .write],
                closesOnExec: closesOnExec)
            let source = source(of: number)
            try Record.with(&self) { table throws(Errno) in table[place].source = source }
            return number
        } catch {
            try? Record.with(&self) { table throws(Errno) in table.give(place) }
            throw error
        }
    }
}
