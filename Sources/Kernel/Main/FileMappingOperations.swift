import KernelMachine
import KernelMemory
import Synchronization

/// What is done with mappings of files, and with any mapping once there is one of a
/// file: set when the first one is made, and an image that makes none has nothing of
/// them.
///
/// Files and memory are mapped side by side. Who changes what is mapped somewhere
/// holds the files' lock, and the memory's inside of it; a new mapping of memory where
/// nothing is needs the memory's only. No lock may be held that comes behind these.
public struct FileMappingOperations: Sendable {
    /// What has become of a page that was touched.
    public enum Touch: UInt8, Sendable {
        /// The access may be tried again.
        case done
        /// There is no such page, or it may not be used so.
        case refused
        /// The file has no such page, or there is no memory for it.
        case beyondFile
    }

    // Ranges are the first and the last address of whole pages, rights are bits of
    // `HERMIT_PROT_*`, and results 0 or the negative of an error.

    /// Address, whether it is written, whether it is run: a `Touch`.
    public let touch: @convention(c) (UInt64, Bool, Bool) -> UInt8
    /// Start, size, rights: a mapping of memory, whatever is there.
    public let replace: @convention(c) (UInt64, UInt64, UInt8) -> Int
    public let unmap: @convention(c) (UInt64, UInt64) -> Int
    public let protect: @convention(c) (UInt64, UInt64, UInt8) -> Int
    /// Range, whether files are refused: pages of a mapping's own are the file's again,
    /// those of memory read as zeros.
    public let discard: @convention(c) (UInt64, UInt64, Bool) -> Int

    /// Range, whether it is to last: what was written is the file's (`msync`).
    public let writeBack: @convention(c) (UInt64, UInt64, Bool) -> Int

    public init(
        touch: @convention(c) (UInt64, Bool, Bool) -> UInt8,
        replace: @convention(c) (UInt64, UInt64, UInt8) -> Int,
        unmap: @convention(c) (UInt64, UInt64) -> Int,
        protect: @convention(c) (UInt64, UInt64, UInt8) -> Int,
        discard: @convention(c) (UInt64, UInt64, Bool) -> Int,
        writeBack: @convention(c) (UInt64, UInt64, Bool) -> Int
    ) {
        self.touch = touch
        self.replace = replace
        self.unmap = unmap
        self.protect = protect
        self.discard = discard
        self.writeBack = writeBack
    }

    nonisolated(unsafe) private static var operations: FileMappingOperations? = nil

    private static let isStarted = Atomic<Bool>(false)

    /// `nil` as long as no file was mapped.
    public static var current: FileMappingOperations? {
        isStarted.load(ordering: .acquiring) ? unsafe operations : nil
    }

    /// Files are mapped from now on, and exceptions ask for their pages.
    public static func start(_ operations: FileMappingOperations) {
        ProgramFaults.install()
        // Who changes mappings without them does so with this lock.
        unsafe Kernel.root.pointee.memory.withLock { memory in
            memory.mappingOperations = .all
            unsafe self.operations = operations
            isStarted.store(true, ordering: .releasing)
        }
    }

    /// Sees to it that an address can be touched that a copy could not, because a
    /// lock was held; whether it is worth another try. No lock may be held.
    public static func prepare(_ address: UInt64, isWritten: Bool) -> Bool {
        guard Layout.mappings.contains(address), let current else { return false }
        return current.touch(address, isWritten, false) == Touch.done.rawValue
    }

    /// An exception is about a page of a file.
    ///
    /// - Returns: `nil`: it is about something else.
    @inline(__always)
    static func touch(_ address: UInt64, _ error: PageFaultError) -> Touch? {
        guard Layout.mappings.contains(address), error.isAboutRights, let current else { return nil }
        return Touch(
            rawValue: current.touch(address, error.access == .write, error.access == .fetch))
    }
}
