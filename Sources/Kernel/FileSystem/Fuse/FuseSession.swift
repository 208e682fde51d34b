import KernelSupport

/// What was agreed on with a server (`FUSE_INIT`).
public struct FuseSession: Equatable, Sendable {
    /// Bytes that one `WRITE` may have.
    public let mostWritten: Int

    private static let major: UInt32 = 7
    /// What is spoken, and the oldest that answers look the same in.
    private static let minor: UInt32 = 31
    private static let leastMinor: UInt32 = 23

    /// Reads of a file may overlap; numbers are good for `..`; entries of a directory may
    /// be asked for while others are; writes may be larger than a page.
    private static let flags: UInt32 = 1 << 0 | 1 << 4 | 1 << 5 | 1 << 18
    private static let answerSize = 64
    /// Without more flags, no request has more data than this.
    private static let mostData: UInt32 = 32 * 4096

    /// Greets a server.
    ///
    /// - Parameter buffer: One that the caller has taken.
    /// - Throws: `EPROTO`: it speaks another version; `EIO`.
    public static func start(
        on channel: some FuseChannel, with buffer: borrowing FuseBuffer
    ) throws(Errno) -> FuseSession {
        let unique = try channel.begin(buffer, .start, 0, answer: answerSize) { arguments, bytes in
            arguments.add(major, to: &bytes)
            arguments.add(minor, to: &bytes)
            // Reads ahead are the client's own business.
            arguments.add(mostData, to: &bytes)
            arguments.add(flags, to: &bytes)
        }
        return try channel.end(buffer, unique: unique, answer: answerSize, mayBeShorter: true) {
            (bytes, _) throws(Errno) in
            guard let told = bytes.value(at: 0, as: UInt32.self), let minor = bytes.value(at: 4, as: UInt32.self)
            else { throw .inputOutputError }
            guard told == major, minor >= leastMinor else { throw .protocolError }
            guard let most = bytes.value(at: 20, as: UInt32.self), most >= 4096 else { throw .inputOutputError }
            return FuseSession(mostWritten: Int(min(most, mostData)) & ~4095)
        }
    }
}
