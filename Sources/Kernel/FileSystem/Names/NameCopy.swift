import KernelSupport

/// A name by itself, for functions of two paths, which share one buffer.
struct NameCopy {
    private var bytes = InlineArray<256, UInt8>(repeating: 0)
    private let count: Int

    init(_ name: borrowing FileName) {
        count = name.bytes.byteCount
        for offset in 0..<count { bytes[offset] = name.bytes[offset] }
    }

    /// Runs `body` with the name.
    func withName<Result>(
        _ body: (borrowing FileName) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        try bytes.withBytes(0..<count) { (bytes) throws(Errno) in
            try body(FileName(checked: bytes))
        }
    }
}
