import KernelSupport

/// What the virtual machine monitor tells the loader.
///
/// Nothing of it is trusted: a table that does not lie in memory is as good
/// as none.
public struct BootInformation: Sendable {
    public enum Fault: Error, Equatable, Sendable {
        case badInformation, noMemoryMap

        /// The fault in a few words, for one line on a console.
        public var message: StaticString {
            switch self {
            case .badInformation: "the monitor's boot information is damaged"
            case .noMemoryMap: "the monitor tells no memory map"
            }
        }
    }

    /// The first module: where the application's image lies; empty: there is none.
    public private(set) var module: Range<UInt64> = 0..<0
    /// The address of the command line, 0: none.
    public private(set) var commandLine: UInt64 = 0
    /// The ACPI root pointer's address as the monitor tells it, 0: unknown.
    public private(set) var rootPointer: UInt64 = 0
    /// The monitor would tell a root pointer if there was one.
    public private(set) var tellsRoot = false
    public var memory = MemoryMap()

    /// Entries of a memory map that are read; QEMU's have about ten.
    private static let maximumEntries: UInt64 = 256
    /// The type of usable RAM in both protocols' maps, as in ACPI 6.5, 15.3.
    private static let ram: UInt32 = 1

    /// Bytes of a command line that are read.
    private static let maximumLine = 0x1_0000
    private static let equalsSign: UInt8 = 0x3D

    /// Nothing has been told yet.
    @inline(__always)
    public init() {}

    // MARK: - PVH

    /// Reads PVH's start information (Xen, public/arch-x86/hvm/start_info.h, version 1).
    ///
    /// - Parameter physical: Memory from address 0; what lies behind its end is not there.
    @inline(never)
    public mutating func read(pvh address: UInt64, in physical: RawSpan) throws(Fault) {
        guard let words: InlineArray<7, UInt64> = physical.words(at: address),
            UInt32(truncatingIfNeeded: words[0]) == 0x336E_C578, words[0] >> 32 >= 1
        else { throw .badInformation }
        let (moduleCount, modules) = (UInt32(words[1] >> 32), words[2])
        let (entries, entryCount) = (words[5], UInt32(truncatingIfNeeded: words[6]))
        commandLine = words[3]
        rootPointer = words[4]
        tellsRoot = true
        if moduleCount > 0, let module: InlineArray<4, UInt64> = physical.words(at: modules) {
            setModule(module[0], module[1], physical)
        }

        readMap(entries, entryCount, physical, isRAM: true)
        readMap(entries, entryCount, physical, isRAM: false)
        guard memory.count > 0 else { throw .noMemoryMap }
    }

    /// Adds all RAM of PVH's memory map, or takes out all that is not.
    @inline(never)
    private mutating func readMap(
        _ address: UInt64, _ count: UInt32, _ physical: RawSpan, isRAM: Bool
    ) {
        for i in 0..<min(UInt64(count), Self.maximumEntries) {
            let (at, overflow) = address.addingReportingOverflow(24 * i)
            // Address, size, and the type in the lower half of the third word.
            guard !overflow, let entry: InlineArray<3, UInt64> = physical.words(at: at)
            else { return }
            guard (UInt32(truncatingIfNeeded: entry[2]) == Self.ram) == isRAM else { continue }
            if isRAM {
                memory.add(start: entry[0], size: entry[1])
            } else {
                memory.exclude(start: entry[0], size: entry[1])
            }
        }
    }

    // MARK: - Multiboot

    private enum Flag {
        static let memorySize: UInt32 = 1 << 0
        static let commandLine: UInt32 = 1 << 2
        static let modules: UInt32 = 1 << 3
        static let memoryMap: UInt32 = 1 << 6
    }

    /// Reads Multiboot's information (specification 0.6.96, 3.3).
    ///
    /// - Parameter physical: As for PVH.
    @inline(never)
    public mutating func read(multiboot address: UInt64, in physical: RawSpan) throws(Fault) {
        guard physical.contains(offset: address, count: 52),
            let flags = physical.value(at: address, as: UInt32.self),
            let lower = physical.value(at: address + 4, as: UInt32.self),
            let upper = physical.value(at: address + 8, as: UInt32.self),
            let line = physical.value(at: address + 16, as: UInt32.self),
            let moduleCount = physical.value(at: address + 20, as: UInt32.self),
            let modules = physical.value(at: address + 24, as: UInt32.self),
            let mapSize = physical.value(at: address + 44, as: UInt32.self),
            let map = physical.value(at: address + 48, as: UInt32.self)
        else { throw .badInformation }
        if flags & Flag.commandLine != 0 { setLine(UInt64(line), physical) }
        if flags & Flag.modules != 0, moduleCount > 0,
            let start = physical.value(at: UInt64(modules), as: UInt32.self),
            let end = physical.value(at: UInt64(modules) + 4, as: UInt32.self), start <= end
        {
            setModule(UInt64(start), UInt64(end - start), physical)
        }
        if flags & Flag.memoryMap != 0 {
            let entries = UInt64(map)..<UInt64(map) + UInt64(mapSize)
            Self.forEachEntry(entries, physical) { start, size, isRAM in
                if isRAM { memory.add(start: start, size: size) }
            }
            Self.forEachEntry(entries, physical) { start, size, isRAM in
                if !isRAM { memory.exclude(start: start, size: size) }
            }
        } else if flags & Flag.memorySize != 0 {
            // In KiB, from address 0 and from 1 MiB.
            memory.add(start: 0, size: UInt64(lower) << 10)
            memory.add(start: 0x10_0000, size: UInt64(upper) << 10)
        }
        guard memory.count > 0 else { throw .noMemoryMap }
    }

    /// Calls `body` with every entry of Multiboot's memory map.
    private static func forEachEntry(
        _ entries: Range<UInt64>, _ physical: RawSpan,
        _ body: (_ start: UInt64, _ size: UInt64, _ isRAM: Bool) -> Void
    ) {
        var at = entries.lowerBound
        var count: UInt64 = 0
        while at < entries.upperBound, count < maximumEntries {
            // The size does not count itself.
            guard let entrySize = physical.value(at: at, as: UInt32.self), entrySize >= 20,
                let start = physical.value(at: at + 4, as: UInt64.self),
                let size = physical.value(at: at + 12, as: UInt64.self),
                let type = physical.value(at: at + 20, as: UInt32.self)
            else { return }
            body(start, size, type == ram)
            at += UInt64(entrySize) + 4
            count += 1
        }
    }

    /// A Multiboot line starts with the name of the file that was loaded, which is
    /// no word for the kernel; not every loader puts it there.
    private mutating func setLine(_ address: UInt64, _ physical: RawSpan) {
        commandLine = address
        guard address != 0, physical.contains(offset: address, count: 1) else { return }
        // Never `extracting` here: the span of all memory starts at address 0, which
        // is no pointer to take a part from.
        var end = Int(address)
        guard
            let name = CommandLineWord(physical, from: &end, limit: end + Self.maximumLine),
            !name.equals("--", in: physical),
            name.firstIndex(of: Self.equalsSign, behind: 0, in: physical) == nil
        else { return }
        commandLine = UInt64(end)
    }

    private mutating func setModule(_ start: UInt64, _ size: UInt64, _ physical: RawSpan) {
        if size > 0, physical.contains(offset: start, count: size) { module = start..<start + size }
    }
}
