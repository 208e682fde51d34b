import KernelSupport

extension ImageLayout {
    /// Puts the image into `memory`: copies its segments, zeroes everything
    /// else, and relocates it to run at `base`, each relocation after its check.
    ///
    /// - Parameters:
    ///   - file: The bytes that this layout was read from.
    ///   - memory: `size` bytes; nothing outside is written.
    ///   - base: The address of its first byte when the image runs.
    @inline(__always)
    public mutating func load(
        _ file: RawSpan, into memory: inout MutableRawSpan, base: UInt64
    ) throws(ImageError) {
        guard UInt64(memory.byteCount) >= size else { throw .noRoom }
        guard !isFixed || base == linkedAddress else { throw .fixedAddress }
        var end: UInt64 = 0
        for i in 0..<segmentCount {
            let segment = element(i)
            // Segments are in order.
            guard memory.zero(at: end, count: segment.offset &- end),
                memory.copy(
                    file, at: segment.fileOffset, count: segment.fileSize, to: segment.offset)
            else { throw .noRoom }
            end = segment.offset &+ segment.fileSize
        }
        guard memory.zero(at: end, count: size &- end) else { throw .noRoom }
        try relocations?.apply(file, &self, to: &memory, base: base)
    }
}
