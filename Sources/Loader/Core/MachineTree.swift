import KernelSupport

/// The device tree of a machine that the firmware describes otherwise: memory, ACPI's
/// root pointer, processors, command line. Where in it a boot finds what it asks for.
public struct MachineTree: Sendable {
    /// Where the value of the memory's `reg` is, two cells for each number.
    public let memory: Range<Int>
    /// Where the command line is.
    public let line: Range<Int>

    /// What is the same in every tree (Devicetree Specification 0.4, chapters 5.2 to 5.4):
    /// the header with four numbers left out, and all in front of the memory's address,
    private static let start: StaticString = """
        \0\0\0\0\
        \0\0\0\0\0\0\0\u{38}\0\0\0\0\
        \0\0\0\u{28}\0\0\0\u{11}\0\0\0\u{10}\
        \0\0\0\0\0\0\0\u{3F}\0\0\0\0\
        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
        \0\0\0\u{1}\0\0\0\0\
        \0\0\0\u{3}\0\0\0\u{4}\0\0\0\u{0}\0\0\0\u{2}\
        \0\0\0\u{3}\0\0\0\u{4}\0\0\0\u{F}\0\0\0\u{2}\
        \0\0\0\u{3}\0\0\0\u{11}\0\0\0\u{1B}hermit,multiboot\0\0\0\0\
        \0\0\0\u{1}memory@
        """
    /// behind it,
    private static let memoryType: StaticString =
        "\0\0\0\u{3}\0\0\0\u{7}\0\0\0\u{26}memory\0\0\0\0\0\u{3}"
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
    private static let end: StaticString = "\0\0\0\u{2}\0\0\0\u{2}\0\0\0\u{9}"
    private static let endNode: UInt32 = 2
    private static let property: UInt32 = 3

    /// Bytes of the texts above, which are once in a tree, and of what each is followed by.
    private static var fixedSize: Int {
        start.utf8CodeUnitCount + memoryType.utf8CodeUnitCount + root.utf8CodeUnitCount
            + processorsStart.utf8CodeUnitCount + chosenStart.utf8CodeUnitCount
            + 2 * TreePieces.largestUnit + 8
    }
    /// Bytes that come with the command line, at most.
    private static var behindLine: Int {
        16 + end.utf8CodeUnitCount + DeviceTreeWriter.Name.all.utf8CodeUnitCount
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
    ///   - line: The command line, without a zero at its end.
    @inline(__always)
    public init?(
        _ buffer: UnsafeMutableRawBufferPointer, _ memory: inout MemoryMap,
        _ processors: inout ProcessorTables, line: RawSpan
    ) {
        let needed =
            Self.frontSize(memory.count, processors.count) &+ line.byteCount &+ Self.behindLine
        guard needed <= buffer.count, let start = buffer.baseAddress else { return nil }
        var pieces = unsafe TreePieces(start)
        self.memory = unsafe Self.writeFront(&pieces, start, &memory, &processors)
        pieces.put(Self.property)
        pieces.put(UInt32(truncatingIfNeeded: line.byteCount &+ 1))
        pieces.put(DeviceTreeWriter.Name.bootArguments.offset)
        let place = unsafe pieces.distance(from: start)
        pieces.copy(line)
        // A zero, and as many more as the next token's alignment takes.
        pieces.put(0 as UInt32)
        pieces.skip((line.byteCount &+ 4) & ~3 &- line.byteCount &- 4)
        pieces.copy(Self.end)
        _ = unsafe DeviceTreeWriter.finish(buffer, &pieces)
        self.line = place..<place &+ line.byteCount
    }

    /// The same with a command line that is written piece by piece.
    ///
    /// - Parameter writeLine: Writes the property `bootargs`; where its value is.
    @inline(__always)
    public init?(
        _ buffer: UnsafeMutableRawBufferPointer, _ memory: inout MemoryMap,
        _ processors: inout ProcessorTables,
        writeLine: (inout DeviceTreeWriter) -> Range<Int>
    ) {
        let front = Self.frontSize(memory.count, processors.count)
        guard front <= buffer.count, let start = buffer.baseAddress else { return nil }
        var pieces = unsafe TreePieces(start)
        self.memory = unsafe Self.writeFront(&pieces, start, &memory, &processors)
        var tree = unsafe DeviceTreeWriter(buffer, behind: pieces)
        line = writeLine(&tree)
        tree.endNode()
        tree.endNode()
        guard tree.finish() != nil else { return nil }
    }

    /// Bytes that come before the command line's property, at most.
    @inline(__always)
    private static func frontSize(_ ranges: Int, _ processors: Int) -> Int {
        fixedSize &+ 16 &* ranges &+ processorSize &* processors
    }

    /// Writes all in front of the command line's property.
    ///
    /// - Returns: Where the memory's ranges are.
    @inline(__always)
    private static func writeFront(
        _ pieces: inout TreePieces, _ tree: UnsafeMutableRawPointer, _ memory: inout MemoryMap,
        _ processors: inout ProcessorTables
    ) -> Range<Int> {
        pieces.copy(start)
        pieces.unit(memory.element(0).lowerBound, behind: start.utf8CodeUnitCount)
        pieces.copy(memoryType)
        pieces.put(UInt32(truncatingIfNeeded: 16 &* memory.count))
        pieces.put(DeviceTreeWriter.Name.reg.offset)
        let first = unsafe pieces.distance(from: tree)
        var i = 0
        while i < memory.count {
            let range = memory.element(i)
            pieces.put(range.lowerBound)
            pieces.put(range.upperBound &- range.lowerBound)
            i &+= 1
        }
        let ranges = first..<first &+ 16 &* i
        if processors.rootPointer != 0 {
            pieces.copy(root)
            pieces.unit(processors.rootPointer, behind: root.utf8CodeUnitCount)
        }
        pieces.copy(processorsStart)
        i = 0
        while i < processors.count {
            let identity = processors.element(i)
            pieces.copy(processorStart)
            pieces.unit(UInt64(identity), behind: processorStart.utf8CodeUnitCount)
            pieces.copy(processorType)
            pieces.put(identity)
            pieces.put(endNode)
            i &+= 1
        }
        pieces.copy(chosenStart)
        return ranges
    }
}
