import KernelDisk
import KernelFileSystem
import KernelMain
import KernelSupport
import KernelVirtio

/// A disk as the file system on it is given it. Who waits for the disk has the volume's lock.
final class DiskHost: ExtendedHost {
    private let disk: Disk
    private let clock: @Sendable () -> FileTime
    private let blocks = KernelBlocks()
    /// The log was told that it fails.
    private var hasFailed = false

    init(_ disk: Disk, clock: @escaping @Sendable () -> FileTime) {
        self.disk = disk
        self.clock = clock
    }

    var byteCount: UInt64 { disk.limits.size }
    var deviceBlockSize: Int { disk.limits.blockSize }
    var largestBlockSize: Int { disk.limits.pieceSize }
    var isReadOnly: Bool { disk.limits.isReadOnly }
    var now: FileTime { clock().ticked }

    private static func range(_ offset: UInt64, _ count: Int) throws(Errno) -> Range<UInt64> {
        let (end, isLarge) = offset.addingReportingOverflow(UInt64(count))
        guard !isLarge else { throw .inputOutputError }
        return offset..<end
    }

    func read(at offset: UInt64, count: Int, _ body: (RawSpan, Int) -> Void) throws(Errno) {
        do throws(Errno) { try disk.readBlocks(try Self.range(offset, count), body) } catch { throw failed(error) }
    }

    func write(at offset: UInt64, count: Int, _ body: (inout MutableRawSpan, Int) -> Void) throws(Errno) {
        do throws(Errno) { try disk.writeBlocks(try Self.range(offset, count), body) } catch { throw failed(error) }
    }

    func flush() throws(Errno) {
        do throws(Errno) { try disk.flush() } catch { throw failed(error) }
    }

    /// Whoever wanted something gets an error, and the log one line for all.
    private func failed(_ error: Errno) -> Errno {
        if !hasFailed {
            hasFailed = true
            report("a disk does not read or write what its file system wants")
        }
        return .inputOutputError
    }

    func allocate(_ size: Int) -> MemoryBlock? { blocks.allocate(size) }
    func free(_ block: MemoryBlock) { blocks.free(block) }

    func report(_ words: StaticString) { KernelServices.log(.warning, words) }
}
