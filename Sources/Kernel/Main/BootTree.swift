import KernelSupport

/// The device tree that the loader wrote, and the command line in it.
///
/// The tree lies in the loader's memory, which is given to the frames once the
/// kernel has page tables of its own: nothing is asked of it after that.
@safe struct BootTree {
    private let memory: UnsafeRawBufferPointer
    private let tree: FlattenedDeviceTree
    private let line: Range<Int>
    private(set) var commandLine: KernelCommandLine

    /// - Parameters:
    ///   - address: Where the tree is seen.
    ///   - end: Where the memory that holds it ends.
    ///   - body: Called with every range of the machine's memory.
    /// - Throws: What is damaged.
    init(
        at address: UInt64, end: UInt64, memory body: (_ start: UInt64, _ size: UInt64) -> Void
    ) throws(DeviceTreeError) {
        guard address != 0, address < end, let start = unsafe UnsafeRawPointer(bitPattern: UInt(address))
        else { throw .badHeader }
        // Locals first: a half-made value that a closure sees is put on the
        // heap, and there is none yet.
        let memory = unsafe UnsafeRawBufferPointer(start: start, count: Int(end - address))
        let bytes = unsafe memory.bytes
        let tree = try FlattenedDeviceTree(bytes)
        var line = 0..<0
        if let place = try tree.bootArguments(in: bytes, memory: body) { line = place }
        unsafe self.memory = unsafe memory
        self.tree = tree
        self.line = line
        commandLine = KernelCommandLine(bytes.extracting(line))
    }

    /// Bytes of the tree.
    var size: Int { tree.size }

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
