import KernelSupport

/// How often each file is open that is.
struct OpenFiles {
    private struct Open: BitwiseCopyable {
        var number: UInt32 = 0
        var count: UInt32 = 0
        var next: Int32 = -1
    }

    private var table = RecordTable<Open>()
    private var heads = RecordTable<Int32>()
    private var free: Int32 = -1
    private var used = 0

    private func head(_ number: UInt32) -> Int { Int(number & 255) }

    private func find(_ number: UInt32) -> Int32? {
        guard heads.capacity >= 256 else { return nil }
        var index = heads[head(number)].record
        while index >= 0 {
            if table[Int(index)].record.number == number { return index }
            index = table[Int(index)].record.next
        }
        return nil
    }

    func isOpen(_ number: UInt32) -> Bool { find(number) != nil }

    /// - Throws: `ENOMEM`.
    mutating func open(_ number: UInt32, _ memory: ExtendedMemory) throws(Errno) {
        if let index = find(number) {
            table[Int(index)].record.count += 1
            return
        }
        try makeRoom(memory)
        let index: Int32
        if free >= 0 {
            index = free
            free = table[Int(index)].record.next
        } else {
            index = Int32(used)
            used += 1
        }
        let head = heads[head(number)]
        table[Int(index)].record = Open(number: number, count: 1, next: head.record)
        head.record = index
    }

    /// Makes room for one more.
    ///
    /// - Throws: `ENOMEM`.
    mutating func makeRoom(_ memory: ExtendedMemory) throws(Errno) {
        if heads.capacity < 256 {
            guard heads.grow(first: 1024, memory, filler: { -1 }) else { throw .noMemory }
        }
        guard free < 0, used == Int(table.capacity) else { return }
        guard table.grow(first: 256, memory, filler: { Open() }) else { throw .noMemory }
    }

    /// - Returns: Whether it was the last.
    mutating func close(_ number: UInt32) -> Bool {
        guard let index = find(number) else { return false }
        let place = table[Int(index)]
        place.record.count -= 1
        guard place.record.count == 0 else { return false }
        let head = heads[head(number)]
        if head.record == index {
            head.record = place.record.next
        } else {
            var current = head.record
            while current >= 0 {
                if table[Int(current)].record.next == index {
                    table[Int(current)].record.next = place.record.next
                    break
                }
                current = table[Int(current)].record.next
            }
        }
        place.record.number = 0
        place.record.next = free
        free = index
        return true
    }

    mutating func removeAll(_ memory: ExtendedMemory) {
        table.removeAll(memory)
        heads.removeAll(memory)
        self = Self()
    }
}
