import CHermitStart
import Synchronization

/// Something that belongs to one thread.
class AnyLocalBox {}

/// What the calling thread keeps of its thread-local values.
enum LocalStorage {
    private static let keys = Atomic<UInt64>(0)
    /// How often a thread's end goes on with what the values' ends have made.
    private static let rounds = 4

    /// A key that nobody has had before.
    static func newKey() -> UInt64 { keys.wrappingAdd(1, ordering: .relaxed).newValue }

    /// The thread's box of a key; `make` makes it where there is none.
    static func box(for key: UInt64, _ make: () -> AnyLocalBox) -> AnyLocalBox {
        let table = table()
        if let index = table.index(of: key) { return table.entries[index].box }
        // It may ask for other boxes, or even for this one.
        let box = make()
        if let index = table.index(of: key) { return table.entries[index].box }
        table.insert(box, for: key)
        return box
    }

    private static func table() -> LocalTable {
        if let place = unsafe hermit_start_local_storage() {
            return unsafe Unmanaged<LocalTable>.fromOpaque(place).takeUnretainedValue()
        }
        let table = LocalTable()
        unsafe hermit_start_set_local_storage(Unmanaged.passRetained(table).toOpaque())
        return table
    }

    /// Destroys what the calling thread has; at its end.
    static func empty() {
        for _ in 0..<rounds {
            guard let place = unsafe hermit_start_local_storage() else { return }
            hermit_start_set_local_storage(nil)
            unsafe Unmanaged<LocalTable>.fromOpaque(place).release()
        }
    }
}

/// A thread's boxes, by ascending keys.
private final class LocalTable {
    struct Entry {
        let key: UInt64
        let box: AnyLocalBox
    }

    private(set) var entries: [Entry] = []

    func index(of key: UInt64) -> Int? {
        let place = place(of: key)
        return place < entries.count && entries[place].key == key ? place : nil
    }

    /// The first entry whose key is not smaller.
    private func place(of key: UInt64) -> Int {
        var range = 0..<entries.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = entries[middle].key < key
                ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }

    func insert(_ box: AnyLocalBox, for key: UInt64) {
        entries.insert(Entry(key: key, box: box), at: place(of: key))
    }
}
