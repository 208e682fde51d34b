import Glibc

/// The three descriptors that every program starts with.
enum StandardStreams {
    /// Fills those that the caller has closed: otherwise the next file that is
    /// opened would take the number, and the guest's bytes would go into it.
    ///
    /// - Throws: Standard output is closed: there is no place for what is asked for.
    static func open() throws {
        if isClosed(0) { _ = unsafe Glibc.open("/dev/null", O_RDONLY) }
        let hasOutput = !isClosed(1)
        if !hasOutput { _ = unsafe Glibc.open("/dev/null", O_WRONLY) }
        if isClosed(2) { _ = unsafe Glibc.open("/dev/null", O_WRONLY) }
        guard hasOutput else { throw ToolError("standard output is closed") }
    }

    private static func isClosed(_ descriptor: Int32) -> Bool {
        fcntl(descriptor, F_GETFD) < 0 && errno == EBADF
    }
}
