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

    // MARK: - Making and closing

    /// Makes a pipe: what is written to one end is read from the other.
    ///
    /// - Returns: The end to read from, and the one to write to.
    /// - Throws: `SystemError.tooManyOpenFiles` where two descriptors are not free.
    ///
    /// The corresponding C function is `sys_pipe`.
    public static func pipe() throws(SystemError) -> (readEnd: Self, writeEnd: Self) {
        var ends: (Int32, Int32) = (-1, -1)
        let result = unsafe withUnsafeMutableBytes(of: &ends) { ends in
            unsafe sys_pipe(ends.baseAddress!.assumingMemoryBound(to: Int32.self))
        }
        _ = try SystemError.check(result)
        return (Self(rawValue: ends.0), Self(rawValue: ends.1))
    }

    /// Frees the descriptor; what it stood for is closed with the last one.
    ///
    /// - Throws: `SystemError.badFileDescriptor` if this is not open.
    ///
    /// The corresponding C function is `sys_close`.
    public func close() throws(SystemError) {
        _ = try SystemError.check(sys_close(rawValue))
    }

    /// Makes another descriptor, the lowest free one, for what this stands for.
    ///
    /// - Throws: `SystemError.badFileDescriptor` if this is not open;
    ///   `SystemError.tooManyOpenFiles` where none is free.
    ///
    /// The corresponding C function is `sys_dup`.
    public func duplicate() throws(SystemError) -> Self {
        Self(rawValue: try SystemError.check(sys_dup(rawValue)))
    }

    /// Lets `target` stand for what this stands for, in place of what it stood
    /// for, in one step.
    ///
    /// - Throws: `SystemError.badFileDescriptor` if this is not open, or
    ///   `target` is out of range.
    ///
    /// The corresponding C function is `sys_dup2`.
    @discardableResult
    public func duplicate(as target: Self) throws(SystemError) -> Self {
        Self(rawValue: try SystemError.check(sys_dup2(rawValue, target.rawValue)))
    }

    /// Closes the descriptor when `body` is done, whether it throws or not.
    public func closeAfter<Value>(
        _ body: () throws(SystemError) -> Value
    ) throws(SystemError) -> Value {
        let value: Value
        do throws(SystemError) {
            value = try body()
        } catch {
            try? close()
            throw error
        }
        try close()
        return value
    }

    // MARK: - The limit

    /// All descriptors are below this number: so many there may be at once.
    ///
    /// The corresponding C function is `sys_getrlimit`.
    public static var limit: Int { Int(clamping: limits.rlim_cur) }

    /// What `setLimit` can set at most.
    public static var greatestLimit: Int { Int(clamping: limits.rlim_max) }

    /// Sets the limit. Descriptors above a lower one stay.
    ///
    /// - Throws: `SystemError.invalidArgument` if it is negative or above `greatestLimit`.
    ///
    /// The corresponding C function is `sys_setrlimit`.
    public static func setLimit(_ limit: Int) throws(SystemError) {
        var limits = limits
        guard let number = UInt64(exactly: limit) else { throw .invalidArgument }
        limits.rlim_cur = number
        _ = try SystemError.check(unsafe sys_setrlimit(HERMIT_RLIMIT_NOFILE, &limits))
    }

    private static var limits: hermit_rlimit {
        var limits = hermit_rlimit()
        _ = unsafe sys_getrlimit(HERMIT_RLIMIT_NOFILE, &limits)
        return limits
    }

    // MARK: - Writing and reading

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
