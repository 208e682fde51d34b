import Foundation
import KernelFileSystem
import KernelSupport

/// Memory that is counted, and can run out.
final class TestMemory: @unchecked Sendable {
    var blocks: [UnsafeMutableRawPointer: Int] = [:]
    /// Allocations until one fails; `nil`: none does.
    var failsAfter: Int? = nil
    var problem: String? = nil
}

struct TestSource: BlockSource {
    let memory = TestMemory()

    func allocate(_ size: Int) -> MemoryBlock? {
        if let left = memory.failsAfter {
            guard left > 0 else { return nil }
            memory.failsAfter = left - 1
        }
        let pointer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: size == 4096 ? 4096 : 16)
        // What was there before must not show.
        memset(pointer, 0xA5, size)
        memory.blocks[pointer] = size
        return MemoryBlock(pointer, count: size)
    }

    func free(_ block: MemoryBlock) {
        if memory.blocks.removeValue(forKey: block.address) != block.count {
            memory.problem = "freed what was not taken"
            return
        }
        memset(block.address, 0x5A, block.count)
        block.address.deallocate()
    }
}

/// The file systems without locks, with a clock that counts its readings.
final class TestFiles: FileSystems {
    let source = TestSource()
    private var store: FileStore<TestSource>
    var names: NameState
    var time: Int64 = 1_000_000_000
    var accessTimes = AccessTimes.relative
    /// What is to stay as long as the files.
    var kept: AnyObject? = nil
    /// What becomes of pages in memory.
    var onCut: (UInt64) -> Void = { _ in }
    var onProtect: (Range<UInt64>) -> Void = { _ in }
    /// Held locks: nobody may hold two.
    private var isHeld = false

    init(limit: Int = .max, archive: ConstantBytes = ConstantBytes()) {
        store = FileStore(source, limit: limit, archive: archive)
        names = NameState(
            try! RamTree(
                hashKey: 12345, NewFile(mode: FileMode(0o755), now: FileTime(nanosecondsSinceEpoch: 0)),
                store))
    }

    func withNames<Result: ~Copyable>(
        _ body: (inout NameState, borrowing FileStore<TestSource>) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        precondition(!isHeld)
        isHeld = true
        defer { isHeld = false }
        return try body(&names, store)
    }

    func withData<Result>(
        _ data: OpenData, _ body: (OpenData, borrowing FileStore<TestSource>) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        precondition(!isHeld)
        isHeld = true
        defer { isHeld = false }
        return try body(data, store)
    }

    func withStore<Result>(_ body: (borrowing FileStore<TestSource>) -> Result) -> Result {
        precondition(!isHeld)
        return body(store)
    }

    func cut(_ data: OpenData, from page: UInt64) { onCut(page) }
    func protect(_ data: OpenData, _ pages: Range<UInt64>) { onProtect(pages) }

    func now() -> FileTime {
        time += 1
        return FileTime(nanosecondsSinceEpoch: time)
    }

    var usedBytes: Int { store.usedBytes }

    func setLimit(_ limit: Int) { store.setLimit(limit) }

    /// Runs `body` with a path in a buffer, as a kernel has it.
    func withPath<Result>(
        _ path: [UInt8], _ body: (inout MutableRawSpan, Int) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        defer { buffer.deallocate() }
        memset(buffer.baseAddress!, 0xEE, 4096)
        for (index, byte) in path.prefix(4096).enumerated() { buffer[index] = byte }
        var span = buffer.mutableBytes
        return try body(&span, path.count)
    }

    var rootNode: Node { get throws(Errno) { try root } }

    func read(_ data: OpenData, at offset: Int64, count: Int) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        _ = try withData(data) { (data, store) throws(Errno) in
            data.read(at: offset, count: count, store) { piece in
                piece.withUnsafeBytes { bytes += $0 }
                return piece.byteCount
            }
        }
        return bytes
    }

    func write(_ data: OpenData, at offset: Int64?, _ bytes: [UInt8]) throws(Errno) -> Int {
        var position = 0
        return try withData(data) { (data, store) throws(Errno) in
            try data.write(at: offset, count: bytes.count, store, now: { self.now() }) { piece in
                for index in 0..<piece.byteCount {
                    _ = piece.store(bytes[position], at: UInt64(index))
                    position += 1
                }
                return piece.byteCount
            }.count
        }
    }

    /// Memory that is not given back when everything is removed.
    func removeAll() -> Int {
        names.ram.removeAll(store)
        return source.memory.blocks.count
    }
}
