import CMachine
import KernelSupport

/// The device tree that the loader wrote, and the command line in it.
///
/// The tree lies in the loader's memory, which is given to the frames once the
/// kernel has page tables of its own: nothing is asked of it after that.
@safe struct BootTree {
    private let memory: UnsafeRawBufferPointer
    private let line: Range<Int>
    private(set) var commandLine: KernelCommandLine
    /// Bytes of the tree.
    let size: Int

    /// - Parameters:
    ///   - info: Where the tree is seen, where the memory that holds it ends, and,
    ///     where the loader has told it, where in it is what a boot asks for.
    ///   - body: Called with every range of the machine's memory.
    /// - Throws: What is damaged.
    @inline(__always)
    init(
        _ info: hermit_raw_boot_info, memory body: (_ start: UInt64, _ size: UInt64) -> Void
    ) throws(DeviceTreeError) {
        let (address, end) = (info.device_tree, info.platform_data.1)
        guard address != 0, address < end, let start = unsafe UnsafeRawPointer(bitPattern: UInt(address))
        else { throw .badHeader }
        // Locals first: a half-made value that a closure sees is put on the
        // heap, and there is none yet.
        let memory = unsafe UnsafeRawBufferPointer(start: start, count: Int(end - address))
        let bytes = unsafe memory.bytes
        guard let size = FlattenedDeviceTree.size(ofHeader: bytes) else { throw .badHeader }
        var line = 0..<0
        if let known = Self.knownLine(info, bytes) {
            FlattenedDeviceTree.forEachRange(
                in: bytes, from: info.platform_data.5, to: info.platform_data.6, body)
            line = known
        } else if let place = try FlattenedDeviceTree(bytes).bootArguments(in: bytes, memory: body) {
            line = place
        }
        unsafe self.memory = unsafe memory
        self.line = line
        self.size = size
        commandLine = KernelCommandLine(bytes.extracting(line))
    }

    /// The command line's place, where the loader has told it.
    @inline(__always)
    private static func knownLine(_ info: hermit_raw_boot_info, _ bytes: RawSpan) -> Range<Int>? {
        let (start, end) = (info.platform_data.7, info.platform_data.8)
        guard start != 0, bytes.contains(offset: start, count: end &- start) else { return nil }
        return Int(truncatingIfNeeded: start)..<Int(truncatingIfNeeded: end)
    }

    /// Writes the application's arguments and environment.
    ///
    /// - Parameters:
    ///   - memory: `commandLine.blockSize` bytes.
    ///   - address: Where the application sees them; a multiple of 8.
    @inline(__always)
    mutating func writeArguments(_ memory: UnsafeMutableRawPointer, at address: UInt64) -> BootArguments? {
        let buffer = unsafe UnsafeMutableRawBufferPointer(
            start: memory, count: commandLine.blockSize)
        var bytes = unsafe buffer.mutableBytes
        guard commandLine.write(unsafe self.memory.bytes.extracting(line), to: &bytes, at: address),
            let vector = unsafe UnsafeMutableRawPointer(bitPattern: UInt(address))
        else { return nil }
        return unsafe BootArguments(
            count: commandLine.argumentCount, vector: vector,
            environment: vector + commandLine.environmentOffset)
    }
}

/// What `runtime_entry` gets: two vectors in the application's memory, each
/// ended by a null pointer.
@safe struct BootArguments {
    let count: Int
    let vector: UnsafeMutableRawPointer
    let environment: UnsafeMutableRawPointer
}
