import KernelMachine
import KernelMemory

/// What is done with mappings of files, set when the first one is made: an image
/// that makes none has nothing of them.
///
/// They lie in a part of the application's memory of their own
/// (`Layout.fileMappings`). No lock may be held that comes behind theirs.
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

    /// What is known of pages.
    public enum State: UInt8, Sendable {
        case notMapped
        case empty
        case filled
    }

    /// Address, whether it is written, whether it is run: a `Touch`.
    public let touch: @convention(c) (UInt64, Bool, Bool) -> UInt8
    /// The first and the last address of whole pages; 0, or the negative of an error.
    public let unmap: @convention(c) (UInt64, UInt64) -> Int
    /// The same, and bits of `HERMIT_PROT_*`.
    public let protect: @convention(c) (UInt64, UInt64, UInt8) -> Int
    /// Pages of the mapping's own are the file's again.
    public let discard: @convention(c) (UInt64, UInt64) -> Int
    /// A page's address: a `State`.
    public let state: @convention(c) (UInt64) -> UInt8

    public init(
        touch: @convention(c) (UInt64, Bool, Bool) -> UInt8,
        unmap: @convention(c) (UInt64, UInt64) -> Int,
        protect: @convention(c) (UInt64, UInt64, UInt8) -> Int,
        discard: @convention(c) (UInt64, UInt64) -> Int,
        state: @convention(c) (UInt64) -> UInt8
    ) {
        self.touch = touch
        self.unmap = unmap
        self.protect = protect
        self.discard = discard
        self.state = state
    }

    nonisolated(unsafe) private static var operations: FileMappingOperations? = nil

    /// `nil` as long as no file was mapped.
    public static var current: FileMappingOperations? { unsafe operations }

    /// Files are mapped from now on, and exceptions ask for their pages.
    public static func start(_ operations: FileMappingOperations) {
        guard unsafe self.operations == nil else { return }
        unsafe self.operations = operations
        ProgramFaults.install()
    }

    /// Those that a range is for.
    public static func `for`(_ range: Range<UInt64>) -> FileMappingOperations? {
        guard let current, Layout.fileMappings.contains(range.lowerBound) else { return nil }
        return current
    }

    /// Sees to it that an address can be touched that a copy could not, because a
    /// lock was held; whether it is worth another try. No lock may be held.
    public static func prepare(_ address: UInt64, isWritten: Bool) -> Bool {
        guard Layout.fileMappings.contains(address), let current else { return false }
        return current.touch(address, isWritten, false) == Touch.done.rawValue
    }

    /// An exception is about a page of a file.
    ///
    /// - Returns: `nil`: it is about something else.
    @inline(__always)
    static func touch(_ address: UInt64, _ error: PageFaultError) -> Touch? {
        guard Layout.fileMappings.contains(address), error.isAboutRights, let current else { return nil }
        return Touch(
            rawValue: current.touch(address, error.access == .write, error.access == .fetch))
    }
}
