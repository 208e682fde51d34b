import KernelSupport
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
        var layout = self
        try unsafe layout.load(file.span.bytes, into: &place, base: base)
    }
}

/// Makes a device tree in a buffer of `size` bytes; `nil` when it does not fit.
func makeTree(size: Int, _ body: (inout DeviceTreeWriter) -> Void) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0xEE, count: size)
    let written = unsafe buffer.withUnsafeMutableBytes { bytes in
        var writer = unsafe DeviceTreeWriter(bytes)
        body(&writer)
        return writer.finish()
    }
    return written.map { Array(buffer[0..<$0]) }
}

extension DeviceTreeWriter {
    mutating func property(_ name: Name, _ text: String) {
        let bytes = Array(text.utf8)
        unsafe property(name, bytes: bytes.span.bytes)
    }
}

/// What a kernel asks a device tree.
struct TreeAnswers: Equatable {
    var memory: [Range<UInt64>] = []
    var line: String? = nil
    var rootPointer: UInt64? = nil
    var processors: [UInt64] = []

    init(_ bytes: [UInt8]) throws(DeviceTreeError) {
        let span = unsafe bytes.span.bytes
        let tree = try FlattenedDeviceTree(span)
        var ranges: [Range<UInt64>] = []
        let place = try tree.bootArguments(in: span) { ranges.append($0..<$0 + $1) }
        memory = ranges
        line = place.map { String(decoding: bytes[$0], as: UTF8.self) }
        rootPointer = try tree.rootPointer(in: span)
        var identities: [UInt64] = []
        try tree.forEachProcessor(in: span) { identities.append($0) }
        processors = identities
    }
}

func readPVH(_ address: UInt64, in physical: [UInt8]) throws(BootInformation.Fault) -> BootInformation
{
    var information = BootInformation()
    try unsafe information.read(pvh: address, in: physical.span.bytes)
    return information
}

func readMultiboot(
    _ address: UInt64, in physical: [UInt8]
) throws(BootInformation.Fault) -> BootInformation {
    var information = BootInformation()
    try unsafe information.read(multiboot: address, in: physical.span.bytes)
    return information
}

func readProcessors(root: UInt64 = 0, in physical: [UInt8]) -> ProcessorTables {
    var tables = ProcessorTables()
    unsafe tables.read(root: root, in: physical.span.bytes)
    return tables
}

extension MemoryMap {
    var list: [Range<UInt64>] { (0..<count).map { self[$0] } }
}

extension ProcessorTables {
    var list: [UInt32] { (0..<count).map { self[$0] } }
}
