import KernelDescriptors
import KernelMain
import KernelSupport

// Bytes from one descriptor to another, which the program does not see (Linux,
// sendfile(2), copy_file_range(2)).

/// Where a copy reads or writes.
public enum CopyPlace: Sendable {
    /// Where the descriptor is, which goes on.
    case position
    case offset(Int64)
}

extension Descriptors {
    /// Bytes that are in the kernel at a time, and at most that are copied by a call (Linux).
    private static let copyPiece = 32768
    private static let longestCopy = 0x7FFF_F000

    /// Copies from a file to anything that is written to.
    ///
    /// - Returns: How many bytes were copied: fewer than all at the file's end,
    ///   or where no more can be written now.
    /// - Throws: `EBADF`, `EINVAL`, `ESPIPE`; what reading and writing throw.
    public static func send(
        _ source: Int32, from place: CopyPlace, to target: Int32, count: Int
    ) throws(Errno) -> Int {
        try start()
        return try with(source, of: nil, wrongKind: .badFileDescriptor) {
            kind, object, flags throws(Errno) in
            guard flags.contains(.read) else { throw .badFileDescriptor }
            if case .offset(let offset) = place {
                guard kind.operations.readAt != nil else { throw .illegalSeek }
                guard offset >= 0 else { throw .invalidArgument }
            }
            let targetFlags = try Descriptors.flags(target)
            guard targetFlags.contains(.write) else { throw .badFileDescriptor }
            guard !targetFlags.contains(.append), try type(kind, object) == FileType.regular else {
                throw .invalidArgument
            }
            return try copy(kind, object, place, count: count) { (transfer) throws(Errno) in
                try checked(move(target, &transfer, .write))
            }
        }
    }

    /// Copies from a file to a file.
    ///
    /// - Returns: As `send`.
    /// - Throws: `EBADF`; `EISDIR`: one is a directory; `EINVAL`: one is no file,
    ///   or what is read would be written over; what reading and writing throw.
    public static func copy(
        _ source: Int32, from place: CopyPlace, to target: Int32, at targetPlace: CopyPlace,
        count: Int
    ) throws(Errno) -> Int {
        try start()
        return try with(source, of: nil, wrongKind: .badFileDescriptor) {
            kind, object, flags throws(Errno) in
            try with(target, of: nil, wrongKind: .badFileDescriptor) {
                targetKind, targetObject, targetFlags throws(Errno) in
                let (file, other) = (try status(kind, object), try status(targetKind, targetObject))
                for known in [file.mode, other.mode] {
                    if known & FileType.mask == FileType.directory { throw .isDirectory }
                    guard known & FileType.mask == FileType.regular else { throw .invalidArgument }
                }
                guard flags.contains(.read), targetFlags.contains(.write), !targetFlags.contains(.append)
                else { throw .badFileDescriptor }
                guard let write = targetKind.operations.writeAt else { throw .invalidArgument }
                let start = try offset(kind, object, place)
                var end = try offset(targetKind, targetObject, targetPlace)
                if file.number == other.number, file.device == other.device,
                    start - end < Int64(count), end - start < Int64(count)
                {
                    throw .invalidArgument
                }
                return try copy(kind, object, place, count: count) { (transfer) throws(Errno) in
                    let written = try checked(transfer.withAddress { write(targetObject, $0, Int(end)) })
                    end += Int64(written)
                    if case .position = targetPlace {
                        _ = targetKind.operations.seek?(targetObject, Int(end), 0)
                    }
                    return written
                }
            }
        }
    }

    /// Reads pieces of a file and gives them to `write`.
    private static func copy(
        _ kind: ObjectKind, _ object: UInt64, _ place: CopyPlace, count: Int,
        _ write: (inout Transfer) throws(Errno) -> Int
    ) throws(Errno) -> Int {
        guard let read = kind.operations.readAt else { throw .invalidArgument }
        let start = try offset(kind, object, place)
        let wanted = min(count, longestCopy)
        let block = try ByteBlock(count: min(max(wanted, 1), copyPiece))
        defer { block.give() }
        var done = 0
        do throws(Errno) {
            while done < wanted {
                var reading = block.transfer(min(wanted - done, block.count))
                let found = try checked(reading.withAddress { read(object, $0, Int(start) + done) })
                guard found > 0 else { break }
                var writing = block.transfer(found)
                let written = try write(&writing)
                done += written
                if written < found { break }
            }
        } catch {
            // What is copied is copied; the next call meets the error.
            if done == 0 { throw error }
        }
        if case .position = place { _ = kind.operations.seek?(object, Int(start) + done, 0) }
        return done
    }

    /// Where a copy begins.
    private static func offset(
        _ kind: ObjectKind, _ object: UInt64, _ place: CopyPlace
    ) throws(Errno) -> Int64 {
        switch place {
        case .offset(let offset):
            guard offset >= 0 else { throw .invalidArgument }
            return offset
        case .position:
            guard let seek = kind.operations.seek else { throw .invalidArgument }
            return Int64(try checked(seek(object, 0, 1)))
        }
    }

    private static func type(_ kind: ObjectKind, _ object: UInt64) throws(Errno) -> UInt32 {
        try status(kind, object).mode & FileType.mask
    }

    private static func status(_ kind: ObjectKind, _ object: UInt64) throws(Errno) -> FileStatus {
        var status = FileStatus()
        status.mode = kind.operations.type
        guard let function = kind.operations.status else { return status }
        _ = try checked(status.withAddress { function(object, $0) })
        return status
    }

    /// A kind's result.
    private static func checked(_ result: Int) throws(Errno) -> Int {
        if result < 0 { throw Errno(rawValue: Int32(truncatingIfNeeded: 0 &- result)) }
        return result
    }
}
