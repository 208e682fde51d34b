import LoaderCore

/// Reads the image in `bytes`.
func readImage(_ bytes: [UInt8]) throws(ImageError) -> ImageLayout {
    try unsafe ImageLayout(bytes.span.bytes)
}

extension ImageLayout {
    /// Loads the image into a part of `memory`.
    func load(
        _ file: [UInt8], into memory: inout [UInt8], _ part: Range<Int>? = nil, base: UInt64
    ) throws(ImageError) {
        var elements = memory.mutableSpan
        var all = unsafe elements.mutableBytes
        var place = all._mutatingExtracting(part ?? all.byteOffsets)
        try unsafe load(file.span.bytes, into: &place, base: base)
    }
}
