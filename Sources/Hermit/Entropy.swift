import CHermit

/// The system's secure random bytes.
///
/// `SystemRandomNumberGenerator`, and so `Int.random(in:)`, `shuffled()` and
/// their kin, take theirs from here, too. Where the machine has no source that
/// can be trusted, that generator goes on with numbers that can be guessed,
/// and the kernel's log has a warning; these functions throw instead. Keys,
/// tokens and nonces come from here.
public enum Entropy {
    /// Fills a buffer.
    ///
    /// - Throws: `SystemError.noFunction` where the machine has no
    ///   source of randomness that can be trusted.
    ///
    /// The corresponding C function is `sys_read_entropy`.
    public static func read(into buffer: inout MutableRawSpan) throws(SystemError) {
        let result = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe sys_read_entropy(
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, 0)
        }
        _ = try SystemError.check(result)
    }

    /// So many bytes.
    ///
    /// - Throws: As ``read(into:)`` does.
    public static func bytes(count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            unsafe sys_read_entropy(bytes.baseAddress, bytes.count, 0)
        }
        _ = try SystemError.check(result)
        return bytes
    }
}
