/// The program's standard output. Nothing is held back: what is written has
/// left the program when a function returns.
public enum StandardOutput {
    /// Writes a string's UTF-8 bytes, all of them.
    public static func write(_ text: String) throws(SystemError) {
        try FileDescriptor.standardOutput.writeAll(text)
    }

    /// Writes bytes, all of them.
    public static func write(_ bytes: RawSpan) throws(SystemError) {
        try FileDescriptor.standardOutput.writeAll(bytes)
    }

    /// Writes bytes, all of them.
    public static func write(_ bytes: Span<UInt8>) throws(SystemError) {
        try unsafe FileDescriptor.standardOutput.writeAll(bytes.bytes)
    }
}

/// The program's standard error. Nothing is held back.
public enum StandardError {
    /// Writes a string's UTF-8 bytes, all of them.
    public static func write(_ text: String) throws(SystemError) {
        try FileDescriptor.standardError.writeAll(text)
    }

    /// Writes bytes, all of them.
    public static func write(_ bytes: RawSpan) throws(SystemError) {
        try FileDescriptor.standardError.writeAll(bytes)
    }

    /// Writes bytes, all of them.
    public static func write(_ bytes: Span<UInt8>) throws(SystemError) {
        try unsafe FileDescriptor.standardError.writeAll(bytes.bytes)
    }
}

/// The program's standard input.
public enum StandardInput {
    /// Reads what is there, at least one byte, unless the input has ended.
    ///
    /// - Returns: How many bytes were read, to the buffer's start; 0 at the end.
    public static func read(into buffer: inout MutableRawSpan) throws(SystemError) -> Int {
        try FileDescriptor.standardInput.read(into: &buffer)
    }
}
