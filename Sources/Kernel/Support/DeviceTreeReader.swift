/// What is wrong with a device tree.
public enum DeviceTreeError: Error, Equatable, Sendable {
    case badHeader, badVersion, cutOff, badStructure

    /// The fault in a few words, for one line on a console.
    public var message: StaticString {
        switch self {
        case .badHeader: "not a device tree: its header is damaged"
        case .badVersion: "a device tree of an unknown version"
        case .cutOff: "the device tree is cut off"
        case .badStructure: "the device tree's structure is damaged"
        }
    }
}

/// A flattened device tree (Devicetree Specification 0.4, chapter 5) whose
/// header is checked: where its parts lie in the bytes it was read from.
///
/// The bytes are given again to every question, and need not be trusted: what
/// is damaged throws, and no question touches anything outside of them. Every
/// walk is linear in the tree's size.
public struct FlattenedDeviceTree: Sendable {
    /// Bytes of the whole tree, as its header says.
    public let size: Int
    private let structure: Range<Int>
    private let strings: Range<Int>

    private enum Token {
        static let beginNode: UInt32 = 1
        static let endNode: UInt32 = 2
        static let property: UInt32 = 3
        static let nothing: UInt32 = 4
        static let end: UInt32 = 9
    }

    private static let headerSize = 40
    /// Bytes of a property's name and the zero behind it. The specification
    /// (2.2.4.1) allows 31; a bound keeps a walk of a hostile tree linear.
    private static let longestName = 256
    private static let magic: UInt32 = 0xD00D_FEED

    /// The size in bytes that a tree's first eight bytes tell; `nil` when they start none.
    public static func size(ofHeader bytes: RawSpan) -> Int? {
        guard bytes.bigEndianValue(at: 0, as: UInt32.self) == magic,
            let size = bytes.bigEndianValue(at: 4, as: UInt32.self)
        else { return nil }
        return Int(size)
    }

    /// Reads and checks the header of the tree at the start of `bytes`.
    public init(_ bytes: RawSpan) throws(DeviceTreeError) {
        guard let total = Self.size(ofHeader: bytes), total >= Self.headerSize else {
            throw .badHeader
        }
        guard total <= bytes.byteCount, let words: InlineArray<5, UInt64> = bytes.words(at: 0)
        else { throw .cutOff }
        // A field's number is even where it is the first of its word.
        func field(_ index: Int) -> Int {
            let word = words[index >> 1]
            return Int(UInt32(truncatingIfNeeded: index & 1 == 0 ? word : word >> 32).byteSwapped)
        }
        // Version 17 added the structure's size; every newer one says what it stays readable as.
        guard field(5) >= 17, field(6) <= 17 else { throw .badVersion }
        let structureStart = field(2)
        let stringsStart = field(3)
        let structureSize = field(9)
        let stringsSize = field(8)
        // All have 32 bits.
        guard structureStart >= Self.headerSize, structureStart & 3 == 0,
            stringsStart >= Self.headerSize, structureStart &+ structureSize <= total,
            stringsStart &+ stringsSize <= total
        else { throw .badHeader }
        size = total
        structure = structureStart..<structureStart &+ structureSize
        strings = stringsStart..<stringsStart &+ stringsSize
    }

    // MARK: - Walking

    /// One step of a walk; ranges are places in the tree's bytes.
    public enum Item: Equatable, Sendable {
        /// A node starts; the root's name is empty.
        case begin(name: Range<Int>)
        case property(name: Range<Int>, value: Range<Int>)
        /// The innermost node ends.
        case end
    }

    /// How far a walk is.
    public struct Cursor: Sendable {
        fileprivate var offset: Int
        /// Nodes that are open: 1 in the root.
        public fileprivate(set) var depth = 0
        fileprivate var isDone = false
    }

    /// A walk from the root's beginning.
    public var start: Cursor { Cursor(offset: structure.lowerBound) }

    /// The text at `offset`, without the zero at its end, which lies before `end`.
    @inline(never)
    private func text(
        _ bytes: RawSpan, _ offset: Int, _ end: Int
    ) throws(DeviceTreeError) -> Range<Int> {
        let end = min(end, bytes.byteCount)
        var position = offset
        while position < end {
            guard let byte = bytes.value(at: UInt64(bitPattern: Int64(position)), as: UInt8.self)
            else { break }
            if byte == 0 { return offset..<position }
            position &+= 1
        }
        throw .cutOff
    }

    /// The next step; `nil` when the root has ended.
    @inline(never)
    public func next(
        _ cursor: inout Cursor, in bytes: RawSpan
    ) throws(DeviceTreeError) -> Item? {
        while !cursor.isDone {
            // No place in a tree has more than 33 bits.
            let behind = cursor.offset &+ 4
            guard behind <= structure.upperBound,
                let token = bytes.bigEndianValue(
                    at: UInt64(bitPattern: Int64(cursor.offset)), as: UInt32.self)
            else { throw .cutOff }
            cursor.offset = behind
            switch token {
            case Token.nothing:
                continue
            case Token.beginNode:
                let name = try text(bytes, behind, structure.upperBound)
                cursor.offset = (name.upperBound &+ 4) & ~3
                cursor.depth &+= 1
                return .begin(name: name)
            case Token.property:
                let value = behind &+ 8
                // The value's length, and the name's place.
                guard value <= structure.upperBound,
                    let numbers = bytes.bigEndianValue(
                        at: UInt64(bitPattern: Int64(behind)), as: UInt64.self)
                else { throw .cutOff }
                let end = value &+ Int(truncatingIfNeeded: numbers >> 32)
                let start = strings.lowerBound &+ Int(truncatingIfNeeded: numbers & 0xFFFF_FFFF)
                guard cursor.depth > 0, end <= structure.upperBound, start < strings.upperBound
                else { throw .badStructure }
                cursor.offset = (end &+ 3) & ~3
                let name = try text(
                    bytes, start, min(strings.upperBound, start &+ Self.longestName))
                return .property(name: name, value: value..<end)
            case Token.endNode:
                guard cursor.depth > 0 else { throw .badStructure }
                cursor.depth &-= 1
                cursor.isDone = cursor.depth == 0
                return .end
            default:
                throw .badStructure
            }
        }
        return nil
    }

    // MARK: - What a boot asks

    @inline(never)
    private static func isText(
        _ bytes: RawSpan, _ range: Range<Int>, _ text: StaticString
    ) -> Bool {
        range.upperBound &- range.lowerBound == text.utf8CodeUnitCount
            && bytes.holds(text, at: UInt64(bitPattern: Int64(range.lowerBound)))
    }

    /// The number behind a node name's `@`, in hexadecimal digits.
    private static func unit(_ bytes: RawSpan, _ name: Range<Int>, behind text: StaticString)
        -> UInt64?
    {
        let start = name.lowerBound + text.utf8CodeUnitCount
        guard start < name.upperBound, name.upperBound - start <= 16,
            bytes.holds(text, at: UInt64(name.lowerBound))
        else { return nil }
        var number: UInt64 = 0
        for i in start..<name.upperBound {
            guard let byte = bytes.value(at: UInt64(i), as: UInt8.self) else { return nil }
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x61...0x66: digit = byte - 0x61 + 10
            case 0x41...0x46: digit = byte - 0x41 + 10
            default: return nil
            }
            number = number << 4 | UInt64(digit)
        }
        return number
    }

    /// A number of `count` cells; `nil` when it has more than 64 bits or is cut off.
    @inline(never)
    private static func cells(_ bytes: RawSpan, _ offset: Int, _ count: Int) -> UInt64? {
        // The usual one at once.
        if count == 2 {
            return bytes.bigEndianValue(at: UInt64(bitPattern: Int64(offset)), as: UInt64.self)
        }
        var number: UInt64 = 0
        var offset = offset
        // A value has 33 bits of place, and four cells at most.
        let end = offset &+ 4 &* count
        while offset < end {
            guard number >> 32 == 0,
                let cell = bytes.bigEndianValue(
                    at: UInt64(bitPattern: Int64(offset)), as: UInt32.self)
            else { return nil }
            number = number << 32 | UInt64(cell)
            offset &+= 4
        }
        return number
    }

    /// A value of `#address-cells` or `#size-cells`, or what is usual where there is
    /// none; numbers have four cells at most.
    @inline(never)
    private static func cellCount(
        _ bytes: RawSpan, _ value: Range<Int>, usual: Int
    ) throws(DeviceTreeError) -> Int {
        if value.isEmpty { return usual }
        guard value.upperBound &- value.lowerBound == 4,
            let count = bytes.bigEndianValue(
                at: UInt64(bitPattern: Int64(value.lowerBound)), as: UInt32.self),
            count <= 4
        else { throw .badStructure }
        return Int(truncatingIfNeeded: count)
    }

    /// What of a tree a boot looks for: names of properties and of a node, and a
    /// value, with a space behind each.
    private static let wanted: StaticString =
        "device_type reg bootargs #address-cells #size-cells chosen memory\0 "

    /// Places in `wanted`.
    private enum Wanted {
        static let deviceType = 0
        static let reg = 1
        static let bootArguments = 2
        static let addressCells = 3
        static let sizeCells = 4
        static let chosen = 5
        static let memory = 6
        static let none = 7
        /// Where the places of a node's properties start.
        static let node = 8
    }

    /// Calls `body` with the first byte and the size of every range of the
    /// memory nodes. Ranges that are empty or go over the end of the address
    /// space are passed over.
    ///
    /// - Returns: Where the command line lies in `bytes`: `/chosen/bootargs` up to
    ///   its first zero byte; `nil` when there is none.
    public func bootArguments(
        in bytes: RawSpan, memory body: (_ start: UInt64, _ size: UInt64) -> Void
    ) throws(DeviceTreeError) -> Range<Int>? {
        var cursor = start
        // The values of properties, by their names' places in `wanted`: the root's, and
        // behind them those of the node below it.
        var values: InlineArray<32, Range<Int>> = .init(repeating: 0..<0)
        var isChosen = false
        var line: Range<Int>? = nil
        while let item = try next(&cursor, in: bytes) {
            switch item {
            case .begin(let name):
                guard cursor.depth == 2 else { continue }
                isChosen = bytes.place(of: name, in: Self.wanted) == Wanted.chosen
                values[Wanted.node &+ Wanted.deviceType] = 0..<0
                values[Wanted.node &+ Wanted.reg] = 0..<0
                values[Wanted.node &+ Wanted.bootArguments] = 0..<0
            case .property(let name, let value):
                let place = bytes.place(of: name, in: Self.wanted) ?? Wanted.none
                // Of nodes further below nothing is wanted.
                let part = min(cursor.depth &- 1, 2) &* Wanted.node
                values[(part &+ place) & 31] = value
            case .end:
                guard cursor.depth == 1 else { continue }
                let type = values[Wanted.node &+ Wanted.deviceType]
                if bytes.place(of: type, in: Self.wanted) == Wanted.memory {
                    try Self.readRanges(
                        bytes, values[Wanted.node &+ Wanted.reg],
                        try Self.cellCount(bytes, values[Wanted.addressCells], usual: 2),
                        try Self.cellCount(bytes, values[Wanted.sizeCells], usual: 1), body)
                }
                let text = values[Wanted.node &+ Wanted.bootArguments]
                if isChosen && !text.isEmpty {
                    line = try self.text(bytes, text.lowerBound, text.upperBound)
                }
            }
        }
        return line
    }

    /// The same for a `reg` of two cells for each number whose place is known.
    @inline(__always)
    public static func forEachRange(
        in bytes: RawSpan, from start: UInt64, to end: UInt64,
        _ body: (_ start: UInt64, _ size: UInt64) -> Void
    ) {
        var offset = start
        while offset < end, let words: InlineArray<2, UInt64> = bytes.words(at: offset) {
            let (first, size) = (words[0].byteSwapped, words[1].byteSwapped)
            if size > 0, !first.addingReportingOverflow(size).overflow { body(first, size) }
            offset &+= 16
        }
    }

    /// Calls `body` with the ranges of a memory node's property `reg`.
    @inline(__always)
    private static func readRanges(
        _ bytes: RawSpan, _ value: Range<Int>, _ addressCells: Int, _ sizeCells: Int,
        _ body: (_ start: UInt64, _ size: UInt64) -> Void
    ) throws(DeviceTreeError) {
        // Numbers have at most four cells each, and a value 32 bits of length.
        let entry = 4 &* (addressCells &+ sizeCells)
        var offset = value.lowerBound
        while offset < value.upperBound {
            guard sizeCells > 0, value.upperBound &- offset >= entry else { throw .badStructure }
            if let first = cells(bytes, offset, addressCells),
                let size = cells(bytes, offset &+ 4 &* addressCells, sizeCells),
                size > 0, !first.addingReportingOverflow(size).overflow
            {
                body(first, size)
            }
            offset &+= entry
        }
    }

    /// The address of ACPI's root pointer: the unit of the node `/hermit,rsdp@X`.
    public func rootPointer(in bytes: RawSpan) throws(DeviceTreeError) -> UInt64? {
        var cursor = start
        while let item = try next(&cursor, in: bytes) {
            if case .begin(let name) = item, cursor.depth == 2,
                let address = Self.unit(bytes, name, behind: "hermit,rsdp@")
            {
                return address
            }
        }
        return nil
    }

    /// Calls `body` with the identity of every processor (`/cpus/cpu@N/reg`; on
    /// x86-64 the number of its local APIC), in order.
    public func forEachProcessor(
        in bytes: RawSpan, _ body: (UInt64) -> Void
    ) throws(DeviceTreeError) {
        var cursor = start
        var isInProcessors = false
        var isProcessor = false
        var addressCells = 1
        while let item = try next(&cursor, in: bytes) {
            switch item {
            case .begin(let name):
                if cursor.depth == 2 { isInProcessors = Self.isText(bytes, name, "cpus") }
                if cursor.depth == 3 {
                    isProcessor =
                        isInProcessors && bytes.holds("cpu@", at: UInt64(name.lowerBound))
                }
            case .property(let name, let value):
                if cursor.depth == 2, isInProcessors, Self.isText(bytes, name, "#address-cells") {
                    addressCells = try Self.cellCount(bytes, value, usual: addressCells)
                } else if cursor.depth == 3, isProcessor, Self.isText(bytes, name, "reg") {
                    guard value.count >= 4 * addressCells,
                        let identity = Self.cells(bytes, value.lowerBound, addressCells)
                    else { throw .badStructure }
                    body(identity)
                    isProcessor = false
                }
            case .end:
                if cursor.depth == 2 { isProcessor = false }
            }
        }
    }
}
