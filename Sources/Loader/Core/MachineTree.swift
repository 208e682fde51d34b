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
        "\0\0\0\u{3}\0\0\0\u{7}\0\0\0\u{26}memory\0\0\0\0\0\u{3}"
    /// Where the name `reg` is among all names.
    private static let regName: UInt32 = 50
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
    private static let endNode: UInt32 = 2

    /// Bytes of the texts above, which are once in a tree, and of what each is followed by.
    private static var fixedSize: Int {
        start.utf8CodeUnitCount + memoryType.utf8CodeUnitCount + root.utf8CodeUnitCount
            + processorsStart.utf8CodeUnitCount + chosenStart.utf8CodeUnitCount
            + 2 * TreePieces.largestUnit + 8
    }
    /// Bytes of a processor's node, at most.
    private static var processorSize: Int {
        processorStart.utf8CodeUnitCount + processorType.utf8CodeUnitCount
            + TreePieces.largestUnit + 8
    }

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
        guard
            var pieces = tree.reserve(
                Self.fixedSize &+ 16 &* memory.count &+ Self.processorSize &* processors.count)
        else { return nil }
        pieces.copy(Self.start)
        pieces.unit(memory.element(0).lowerBound, behind: Self.start.utf8CodeUnitCount)
        pieces.copy(Self.memoryType)
        pieces.put(UInt32(truncatingIfNeeded: 16 &* memory.count))
        pieces.put(Self.regName)
        let first = tree.place(of: pieces)
        var i = 0
        while i < memory.count {
            let range = memory.element(i)
            pieces.put(range.lowerBound)
            pieces.put(range.upperBound &- range.lowerBound)
            i &+= 1
        }
        self.memory = first..<first &+ 16 &* i
        if processors.rootPointer != 0 {
            pieces.copy(Self.root)
            pieces.unit(processors.rootPointer, behind: Self.root.utf8CodeUnitCount)
        }
        pieces.copy(Self.processorsStart)
        i = 0
        while i < processors.count {
            let identity = processors.element(i)
            pieces.copy(Self.processorStart)
            pieces.unit(UInt64(identity), behind: Self.processorStart.utf8CodeUnitCount)
            pieces.copy(Self.processorType)
            pieces.put(identity)
            pieces.put(Self.endNode)
            i &+= 1
        }
        pieces.copy(Self.chosenStart)
        tree.resume(behind: pieces)
        line = writeLine(&tree)
        tree.tokens(Self.end)
        guard tree.finish() != nil else { return nil }
    }
}
