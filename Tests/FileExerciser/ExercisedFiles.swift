/// What is exercised: files by POSIX's functions. Results are at least 0, or the
/// negative of Linux's number of the error.
public protocol ExercisedFiles {
    mutating func open(_ path: [UInt8], _ how: OpenManner) -> Int
    mutating func close(_ file: Int) -> Int
    /// Reads at a place, appends to `bytes`.
    mutating func read(_ file: Int, at offset: Int, count: Int, to bytes: inout [UInt8]) -> Int
    /// Writes at a place; an appending file writes at its end in any case.
    mutating func write(_ file: Int, at offset: Int, _ bytes: [UInt8]) -> Int
    /// Reads, from where a shared mapping of the file shows it, what of a range lies
    /// in the file; appends to `bytes`.
    mutating func readMapped(_ file: Int, at offset: Int, count: Int, to bytes: inout [UInt8]) -> Int
    /// Writes to such a mapping what of the bytes lies in the file; how many.
    mutating func writeMapped(_ file: Int, at offset: Int, _ bytes: [UInt8]) -> Int
    mutating func truncate(_ file: Int, to size: Int) -> Int
    mutating func truncate(_ path: [UInt8], to size: Int) -> Int
    mutating func rename(_ old: [UInt8], to new: [UInt8]) -> Int
    mutating func link(_ old: [UInt8], to new: [UInt8]) -> Int
    mutating func unlink(_ path: [UInt8]) -> Int
    mutating func makeDirectory(_ path: [UInt8]) -> Int
    mutating func removeDirectory(_ path: [UInt8]) -> Int
    mutating func makeLink(to target: [UInt8], at path: [UInt8]) -> Int
    /// A symbolic link's contents, appended to `bytes`.
    mutating func readLink(_ path: [UInt8], to bytes: inout [UInt8]) -> Int
    mutating func status(_ path: [UInt8], follows: Bool) -> Result<ExercisedStatus, ExercisedError>
    mutating func status(_ file: Int) -> Result<ExercisedStatus, ExercisedError>
    /// A directory's names but `.` and `..`, in any order.
    mutating func names(_ path: [UInt8]) -> Result<[[UInt8]], ExercisedError>
}

public struct ExercisedError: Error, Equatable {
    public var number: Int
    public init(_ number: Int) { self.number = number }
}

public struct ExercisedStatus: Equatable {
    public enum Kind { case file, directory, link }
    public var kind: Kind
    public var links: Int
    /// A directory's means nothing.
    public var size: Int

    public init(kind: Kind, links: Int, size: Int) {
        self.kind = kind
        self.links = links
        self.size = size
    }
}

public struct OpenManner: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let write = Self(rawValue: 1)
    public static let create = Self(rawValue: 2)
    public static let exclusive = Self(rawValue: 4)
    public static let truncate = Self(rawValue: 8)
    public static let append = Self(rawValue: 16)
    public static let directory = Self(rawValue: 32)
    public static let noFollow = Self(rawValue: 64)
}
