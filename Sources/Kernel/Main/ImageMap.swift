import CMachine
import KernelMachine
import KernelMappings
import KernelMemory

/// Maps the running image where it lies, each segment with its own rights:
/// code is never writable, data never executable, relocated constants
/// (PT_GNU_RELRO) read-only.
///
/// The loader has checked the headers; they are at the start of the image's
/// first segment.
struct ImageMap {
    private let base: UInt64
    /// What is added to an address that the image was linked with.
    private var displacement: UInt64 = 0

    private enum SegmentType {
        static let load: UInt32 = 1
        static let relocatedReadOnly: UInt32 = 0x6474_E552
    }
    private static let executable: UInt32 = 1
    private static let writable: UInt32 = 2

    init(base: UInt64) {
        self.base = base
        for i in 0..<segmentCount {
            let first = segment(i)
            guard first.type == SegmentType.load else { continue }
            displacement = base &- first.start
            return
        }
    }

    private func load<Value: BitwiseCopyable>(_ offset: UInt64, as type: Value.Type) -> Value {
        unsafe UnsafeRawPointer(bitPattern: UInt(base &+ offset)).unsafelyUnwrapped.load(as: type)
    }

    private struct Segment {
        let type: UInt32
        let flags: UInt32
        let start: UInt64
        let end: UInt64
    }

    private var segmentCount: Int { Int(load(56, as: UInt16.self)) }

    private func segment(_ index: Int) -> Segment {
        // The loader has checked that all of it lies in the image.
        let header = load(32, as: UInt64.self) &+ UInt64(truncatingIfNeeded: index) &* 56
        let start = displacement &+ load(header &+ 16, as: UInt64.self)
        return Segment(
            type: load(header, as: UInt32.self), flags: load(header &+ 4, as: UInt32.self),
            start: start, end: start &+ load(header &+ 40, as: UInt64.self))
    }

    /// The pages of relocated constants: from a segment's start, which the
    /// linker aligns, to its end; empty where there are none.
    private var relocatedReadOnly: Range<UInt64> {
        for i in 0..<segmentCount {
            let segment = segment(i)
            if segment.type == SegmentType.relocatedReadOnly {
                return segment.start & ~4095..<(segment.end + 4095) & ~4095
            }
        }
        return 0..<0
    }

    /// Where code is, from the first such segment to the end of the last.
    var code: Range<UInt64> {
        var range: Range<UInt64> = 0..<0
        for i in 0..<segmentCount {
            let segment = segment(i)
            guard segment.type == SegmentType.load, segment.flags & Self.executable != 0 else {
                continue
            }
            range = range.isEmpty
                ? segment.start..<segment.end
                : min(range.lowerBound, segment.start)..<max(range.upperBound, segment.end)
        }
        return range
    }

    /// Calls `body` with the pages of each segment, and what may be done there.
    func forEachSegment(_ body: (Range<UInt64>, Protection) -> Void) {
        for i in 0..<segmentCount {
            let segment = segment(i)
            guard segment.type == SegmentType.load else { continue }
            var rights: Protection = .read
            if segment.flags & Self.writable != 0 { rights.insert(.write) }
            if segment.flags & Self.executable != 0 { rights.insert(.execute) }
            body(segment.start & ~4095..<(segment.end &+ 4095) & ~4095, rights)
        }
    }

    /// Words about the part of the image that `address` is in.
    func contents(at address: UInt64) -> StaticString {
        for i in 0..<segmentCount {
            let segment = segment(i)
            guard segment.type == SegmentType.load, segment.start & ~4095 <= address,
                address < (segment.end + 4095) & ~4095
            else { continue }
            if segment.flags & Self.executable != 0 { return "the program's code" }
            if segment.flags & Self.writable == 0 { return "the program's constants" }
            if machine_is_kernels_data(address) != 0 { return "the kernel's data" }
            return relocatedReadOnly.contains(address)
                ? "the program's relocated constants" : "the program's data"
        }
        return "a gap in the program's image"
    }

    /// Maps every page of the image; `false` when there is no frame for a table.
    @inline(__always)
    func map<Source: FrameSource & ~Copyable>(
        in tables: PageTables, from source: inout Source
    ) -> Bool {
        let constants = relocatedReadOnly
        var isMapped = true
        for i in 0..<segmentCount {
            let segment = segment(i)
            guard segment.type == SegmentType.load else { continue }
            let (start, end) = (segment.start & ~4095, (segment.end &+ 4095) & ~4095)
            // The part of relocated constants, which only a writable segment has.
            var (fixed, rest) = (end, end)
            var rights = PageRights.readOnlyData
            if segment.flags & Self.executable != 0 {
                rights = .code
            } else if segment.flags & Self.writable != 0 {
                rights = .data
                fixed = max(min(constants.lowerBound, end), start)
                rest = max(min(constants.upperBound, end), fixed)
            }
            let isFirst = Self.mapData(start, fixed, rights, in: tables, from: &source)
            let isSecond = Self.map(fixed, rest, .readOnlyData, in: tables, from: &source)
            let isThird = Self.mapData(rest, end, rights, in: tables, from: &source)
            isMapped = isFirst && isSecond && isThird && isMapped
        }
        return isMapped
    }

    /// The same of pages among which the kernel's data may be: what it publishes, and behind
    /// that what is its own, at whole pages (docs/isolation.md).
    @inline(never)
    private static func mapData<Source: FrameSource & ~Copyable>(
        _ start: UInt64, _ end: UInt64, _ rights: PageRights, in tables: PageTables,
        from source: inout Source
    ) -> Bool {
        let published = max(start, min(machine_published_start(), end))
        let own = max(published, min(machine_data_start(), end))
        let behind = max(own, min(machine_data_end(), end))
        let isFirst = map(start, published, rights, in: tables, from: &source)
        let isSecond = map(published, own, rights.keyed(.published), in: tables, from: &source)
        let isThird = map(own, behind, rights.keyed(.trusted), in: tables, from: &source)
        let isFourth = map(behind, end, rights, in: tables, from: &source)
        return isFirst && isSecond && isThird && isFourth
    }

    /// Maps the pages of `[start, end)` where they are. The image has no second
    /// mapping, and is in pieces of its own in the direct map: large pages would
    /// gain nothing.
    private static func map<Source: FrameSource & ~Copyable>(
        _ start: UInt64, _ end: UInt64, _ rights: PageRights, in tables: PageTables,
        from source: inout Source
    ) -> Bool {
        tables.mapRange(
            start, to: PhysicalAddress(start), count: end &- start, rights: rights,
            largest: .base, from: &source)
    }
}
