import CHermit

/// A number that stands for an open file or stream (`hermit/files.h`).
public struct FileDescriptor: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Where the program reads what it is given.
    public static var standardInput: Self { Self(rawValue: HERMIT_STDIN_FILENO) }
    /// Where the program writes its results.
    public static var standardOutput: Self { Self(rawValue: HERMIT_STDOUT_FILENO) }
    /// Where the program writes what went wrong.
    public static var standardError: Self { Self(rawValue: HERMIT_STDERR_FILENO) }

    /// Writes bytes, perhaps only some of them.
    ///
    /// - Returns: How many were written, from the first on.
    /// - Throws: `SystemError.badFileDescriptor` if this is not open for writing.
    ///
    /// The corresponding C function is `sys_write`.
    public func write(_ bytes: RawSpan) throws(SystemError) -> Int {
        let result = unsafe bytes.withUnsafeBytes { bytes in
            unsafe sys_write(rawValue, bytes.baseAddress, bytes.count)
        }
        return try SystemError.check(result)
    }

    /// Writes all of the bytes.
    ///
    /// - Throws: `SystemError.badFileDescriptor` if this is not open for
    ///   writing; what was written before an error stays written.
    public func writeAll(_ bytes: RawSpan) throws(SystemError) {
        var done = 0
        while done < bytes.byteCount {
            do throws(SystemError) {
                let count = try write(bytes.extracting(droppingFirst: done))
                guard count > 0 else { throw .inputOutputError }
                done += count
            } catch .interrupted {
                continue
            }
        }
    }

    /// Writes all of a string's UTF-8 bytes.
    ///
    /// - Throws: As ``writeAll(_:)-(RawSpan)`` does.
    public func writeAll(_ text: String) throws(SystemError) {
        var text = text
        let outcome = text.withUTF8 { utf8 -> Result<Void, SystemError> in
            do throws(SystemError) {
                return .success(try writeAll(unsafe UnsafeRawBufferPointer(utf8).bytes))
            } catch {
                return .failure(error)
            }
        }
        try outcome.get()
    }

    /// Reads what is there, at most as many bytes as `buffer` has room for;
    /// waits until there is something.
    ///
    /// - Returns: How many bytes were read, to the buffer's start; 0 at the end.
    /// - Throws: `SystemError.badFileDescriptor` if this is not open for reading.
    ///
    /// The corresponding C function is `sys_read`.
    public func read(into buffer: inout MutableRawSpan) throws(SystemError) -> Int {
        let result = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe sys_read(rawValue, bytes.baseAddress, bytes.count)
        }
        return try SystemError.check(result)
    }
}
