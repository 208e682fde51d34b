import KernelFileSystem
import KernelSupport
import Testing

/// Files of a mounted file system that are seen in memory, compared with an array of bytes.
struct MappableTests {
    /// A file system, and a program's view of its file.
    private final class Machine {
        let below: PlainSystem
        let files = TestFiles()
        let lock = PlainLock()
        let system: MappableSystem<TestFiles, PlainLock>
        let unused: Int
        var maps: [(pages: Range<UInt64>, data: OpenData)] = []
        /// Pages that can be written to without a fault.
        var open: Set<UInt64> = []

        init(seed: UInt64) {
            below = PlainSystem(seed: seed)
            system = MappableSystem(below, files, lock)
            // The table of files in memory stays.
            _ = try! system.map(below.file, pages: 0..<1, writes: false)
            try! system.unmap(below.file)
            unused = files.usedBytes
            files.onProtect = { [unowned self] pages in open.subtract(pages) }
            files.onCut = { [unowned self] page in open = open.filter { $0 < page } }
        }

        var file: Inode { below.file }

        func map(_ pages: Range<UInt64>) throws(Errno) {
            maps.append((pages, try system.map(file, pages: pages, writes: true)))
        }

        func unmap(_ index: Int) throws(Errno) {
            let pages = maps.remove(at: index).pages
            // Pages of a mapping go with it.
            open.subtract(pages)
            try system.unmap(file)
        }

        func read(_ offset: Int, _ count: Int) throws(Errno) -> [UInt8] {
            var bytes: [UInt8] = []
            _ = try system.read(file, at: Int64(offset), count: count) { piece in
                piece.withUnsafeBytes { bytes += $0 }
                return piece.byteCount
            }
            return bytes
        }

        func write(_ offset: Int?, _ bytes: [UInt8]) throws(Errno) -> (count: Int, end: Int64) {
            var position = 0
            return try system.write(file, at: offset.map { Int64($0) }, count: bytes.count) { piece in
                for index in 0..<piece.byteCount {
                    _ = piece.store(bytes[position], at: UInt64(index))
                    position += 1
                }
                return piece.byteCount
            }
        }

        /// Stores to memory, as a mapping lets a program do; `false`: there is no such page.
        func store(_ byte: UInt8, at offset: Int, _ data: OpenData) throws(Errno) -> Bool {
            let page = UInt64(offset / 4096)
            return try files.withData(data) { (data, store) throws(Errno) in
                guard let block = try data.page(page, isWritten: true, store) else { return false }
                if open.insert(page).inserted { try data.setWritten(page, store) }
                block.withMutableBytes(offset % 4096..<offset % 4096 + 1) { _ = $0.store(byte, at: 0) }
                return true
            }
        }

        func load(_ page: UInt64, _ data: OpenData) throws(Errno) -> [UInt8]? {
            try files.withData(data) { (data, store) throws(Errno) in
                try data.page(page, isWritten: true, store)?.withBytes(0..<4096) { $0.withUnsafeBytes { Array($0) } }
            }
        }
    }

    @Test(arguments: Array(1...16) as [UInt64])
    func memoryAndFileAreTheSame(seed: UInt64) throws {
        let machine = Machine(seed: seed)
        var generator = SeededGenerator(seed: seed &* 77)
        let mostSize = 40_000
        var model = (0..<Int.random(in: 0...mostSize, using: &generator)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        machine.below.bytes = model
        for step in 0..<400 {
            let note = Comment("seed \(seed), step \(step)")
            let offset = Int.random(in: 0...mostSize, using: &generator)
            let count = Int.random(in: 1...9000, using: &generator)
            switch Int.random(in: 0..<12, using: &generator) {
            case 0 where machine.maps.count < 4:
                let first = UInt64.random(in: 0..<10, using: &generator)
                try machine.map(first..<first + UInt64.random(in: 1...6, using: &generator))
            case 1 where !machine.maps.isEmpty:
                try machine.unmap(Int.random(in: machine.maps.indices, using: &generator))
            case 2, 3:
                let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
                let start = Bool.random(using: &generator) ? offset : nil
                let (written, end) = try machine.write(start, bytes)
                #expect(written == count && end == Int64((start ?? model.count) + count), note)
                let at = start ?? model.count
                if model.count < at + count { model += [UInt8](repeating: 0, count: at + count - model.count) }
                model.replaceSubrange(at..<at + count, with: bytes)
                if model.count > 2 * mostSize {
                    try machine.system.truncate(machine.file, to: 0, now: machine.files.now())
                    model = []
                }
            case 4:
                try machine.system.truncate(machine.file, to: Int64(offset), now: machine.files.now())
                model = model.count > offset
                    ? Array(model[..<offset]) : model + [UInt8](repeating: 0, count: offset - model.count)
            case 5:
                try machine.system.reserve(machine.file, Int64(offset), count: Int64(count))
                if offset + count > model.count {
                    model += [UInt8](repeating: 0, count: offset + count - model.count)
                }
            case 6...8 where !machine.maps.isEmpty:
                let (pages, data) = machine.maps.randomElement(using: &generator)!
                for _ in 0..<20 {
                    let place = Int.random(
                        in: Int(pages.lowerBound) * 4096..<Int(pages.upperBound) * 4096, using: &generator)
                    let byte = UInt8.random(in: 0...255, using: &generator)
                    let isThere = try machine.store(byte, at: place, data)
                    #expect(isThere == (place / 4096 < (model.count + 4095) / 4096), note)
                    if place < model.count { model[place] = byte }
                }
            case 9:
                let first = UInt64.random(in: 0..<10, using: &generator)
                try machine.system.writeBack(machine.file, pages: first..<first + 3)
                // Pages that are covered, and those that never were, are what is below.
                let range = min(Int(first) * 4096, model.count)..<min(Int(first + 3) * 4096, model.count)
                #expect(machine.below.bytes[range] == model[range], note)
            case 10:
                if Bool.random(using: &generator) {
                    try machine.system.synchronise(machine.file)
                } else {
                    try machine.system.synchroniseAll()
                }
                #expect(machine.below.bytes == model, note)
            default:
                let read = try machine.read(offset, count)
                #expect(read == Array(model[min(offset, model.count)..<min(offset + count, model.count)]), note)
            }
            #expect(machine.below.bytes.count == model.count, note)
            for (pages, data) in machine.maps {
                for page in pages {
                    guard let bytes = try machine.load(page, data) else {
                        #expect(Int(page) * 4096 >= model.count, note)
                        continue
                    }
                    let range = Int(page) * 4096..<min(Int(page + 1) * 4096, model.count)
                    #expect(Array(bytes[..<range.count]) == Array(model[range]), note)
                }
            }
        }
        while !machine.maps.isEmpty { try machine.unmap(0) }
        #expect(machine.below.bytes == model)
        #expect(machine.below.openCount == 0 && machine.files.usedBytes == machine.unused)
    }

    /// Whatever fails, nothing is lost of what the file system has, memory and reading agree,
    /// and everything is given back.
    @Test(arguments: Array(1...24) as [UInt64])
    func failuresLeaveBothTheSame(seed: UInt64) throws {
        let machine = Machine(seed: seed)
        var generator = SeededGenerator(seed: seed &* 91)
        machine.below.bytes = (0..<30_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        // Without memory what a failure has left can't be read anew.
        let isCompared = seed % 2 == 1
        for step in 0..<200 {
            machine.below.failsAfter = Int.random(in: 0...6, using: &generator)
            if !isCompared && Int.random(in: 0..<4, using: &generator) == 0 {
                machine.files.source.memory.failsAfter = Int.random(in: 0...6, using: &generator)
            }
            let offset = Int.random(in: 0...30_000, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0 where machine.maps.count < 4:
                let first = UInt64(offset / 4096)
                try? machine.map(first..<first + 3)
            case 1 where !machine.maps.isEmpty: try? machine.unmap(0)
            case 2:
                _ = try? machine.write(
                    offset, (0..<5000).map { _ in UInt8.random(in: 0...255, using: &generator) })
            case 3: try? machine.system.truncate(machine.file, to: Int64(offset), now: machine.files.now())
            case 4: try? machine.system.synchronise(machine.file)
            default: _ = try? machine.read(offset, 5000)
            }
            machine.below.failsAfter = nil
            machine.files.source.memory.failsAfter = nil
            guard isCompared else { continue }
            // Nobody stores to memory, and so it shows what the file has.
            for (pages, data) in machine.maps {
                for page in pages where Int(page) * 4096 < machine.below.bytes.count {
                    let range = Int(page) * 4096..<min(Int(page + 1) * 4096, machine.below.bytes.count)
                    let bytes = try machine.load(page, data).map { Array($0[..<range.count]) }
                    #expect(bytes == Array(machine.below.bytes[range]), "seed \(seed), step \(step), page \(page)")
                }
            }
        }
        while !machine.maps.isEmpty { try machine.unmap(0) }
        #expect(machine.below.openCount == 0 && machine.files.usedBytes == machine.unused)
        #expect(machine.files.source.memory.problem == nil)
    }

    @Test func whatIsMadeWhenReadIsNotMapped() {
        let machine = Machine(seed: 6)
        let directory = machine.below.root
        #expect(throws: Errno.operationNotSupportedByDevice) {
            try machine.system.map(directory, pages: 0..<1, writes: false)
        }
    }
}
