import KernelSupport

/// The device tree of a machine that the firmware describes otherwise: memory, ACPI's
/// root pointer, processors, command line. Where in it a boot finds what it asks for.
public struct MachineTree: Sendable {
    /// Where the value of the memory's `reg` is, two cells for each number.
    public let memory: Range<Int>
    /// Where the command line is.
    public let line: Range<Int>

    /// What is the same in every tree (Devicetree Specification 0.4, chapter 5.4): in
    /// front of the memory's address,
    private static let start: StaticString = """
        \0\0\0\u{1}\0\0\0\0\
        \0\0\0\u{3}\0\0\0\u{4}\0\0\0\u{0}\0\0\0\u{2}\
        \0\0\0\u{3}\0\0\0\u{4}\0\0\0\u{F}\0\0\0\u{2}\
        \0\0\0\u{3}\0\0\0\u{11}\0\0\0\u{1B}hermit,multiboot\0\0\0\0\
        \0\0\0\u{1}memory@
        """
    /// behind it,
    private static let memoryType: StaticString =
        "\0\0\0\u{3}\0\0\0\u{7}\0\0\0\u{26}memory\0\0"
    /// in front of ACPI's root pointer,
    private static let root: StaticString = "\0\0\0\u{2}\0\0\0\u{1}hermit,rsdp@"
    /// in front of the processors,
    private static let processorsStart: StaticString = """
        \0\0\0\u{2}\0\0\0\u{1}cpus\0\0\0\0\
        \0\0\0\u{3}\0\0\0\u{4}\0\0\0\u{0}\0\0\0\u{1}\
        \0\0\0\u{3}\0\0\0\u{4}\0\0\0\u{F}\0\0\0\u{0}
        """
    /// in front of a processor's number, in front of it once more,
    private static let processorStart: StaticString = "\0\0\0\u{1}cpu@"
    private static let processorType: StaticString = """
        \0\0\0\u{3}\0\0\0\u{4}\0\0\0\u{26}cpu\0\
        \0\0\0\u{3}\0\0\0\u{4}\0\0\0\u{32}
        """
    /// in front of the command line, and behind it.
    private static let chosenStart: StaticString = "\0\0\0\u{2}\0\0\0\u{1}chosen\0\0"
    private static let end: StaticString = "\0\0\0\u{2}\0\0\0\u{2}"

    /// Writes the tree; `nil` when the buffer is too small.
    ///
    /// - Parameters:
    ///   - buffer: At least 1 KiB.
    ///   - memory: Not empty; its first range names the node. It and `processors` are
    ///     `inout` because they would be copied else.
    ///   - writeLine: Writes the property `bootargs`; where its value is.
    @inline(__always)
    public init?(
        _ buffer: UnsafeMutableRawBufferPointer, _ memory: inout MemoryMap,
        _ processors: inout ProcessorTables,
        writeLine: (inout DeviceTreeWriter) -> Range<Int>
    ) {
        var tree = unsafe DeviceTreeWriter(buffer)
        tree.tokens(Self.start)
        tree.unit(memory.element(0).lowerBound)
        tree.tokens(Self.memoryType)
        self.memory = tree.property(.reg, &memory)
        if processors.rootPointer != 0 {
            tree.tokens(Self.root)
            tree.unit(processors.rootPointer)
        }
        tree.tokens(Self.processorsStart)
        var i = 0
        while i < processors.count {
            let identity = processors.element(i)
            tree.tokens(Self.processorStart)
            tree.unit(UInt64(identity))
            tree.tokens(Self.processorType)
            tree.cell(identity)
            tree.endNode()
            i &+= 1
        }
        tree.tokens(Self.chosenStart)
        line = writeLine(&tree)
        tree.tokens(Self.end)
        guard tree.finish() != nil else { return nil }
    }
}
