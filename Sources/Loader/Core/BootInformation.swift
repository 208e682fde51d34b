import KernelSupport

/// What the virtual machine monitor tells the loader.
public struct BootInformation: Sendable {
    public enum Fault: Error { case badInformation, noModule, noMemoryMap }

    /// The first module: where the application's image lies.
    public private(set) var module: Range<UInt64> = 0..<0
    /// The address of the command line, 0: none.
    public private(set) var commandLine: UInt64 = 0
    /// The ACPI root pointer's address, 0: unknown.
    public private(set) var rootPointer: UInt64 = 0
    public private(set) var memory = MemoryMap()

    /// Reads PVH's start information (Xen, public/arch-x86/hvm/start_info.h, version 1).
    ///
    /// - Parameter physical: Memory from address 0; what lies behind its end is not there.
    public init(pvh address: UInt64, in physical: RawSpan) throws(Fault) {
        guard physical.value(at: address, as: UInt32.self) == 0x336E_C578,
            let version = physical.value(at: address + 4, as: UInt32.self), version >= 1,
            let moduleCount = physical.value(at: address + 12, as: UInt32.self),
            let modules = physical.value(at: address + 16, as: UInt64.self),
            let line = physical.value(at: address + 24, as: UInt64.self),
            let root = physical.value(at: address + 32, as: UInt64.self),
            let map = physical.value(at: address + 40, as: UInt64.self),
            let mapCount = physical.value(at: address + 48, as: UInt32.self)
        else { throw .badInformation }
        commandLine = line
        rootPointer = root
        if moduleCount > 0, let start = physical.value(at: modules, as: UInt64.self),
            let size = physical.value(at: modules &+ 8, as: UInt64.self),
            physical.contains(offset: start, count: size)
        {
            module = start..<start + size
        }
        for i in 0..<min(UInt64(mapCount), 256) {
            guard let start = physical.value(at: map &+ 24 * i, as: UInt64.self),
                let size = physical.value(at: map &+ 24 * i &+ 8, as: UInt64.self),
                let type = physical.value(at: map &+ 24 * i &+ 16, as: UInt32.self)
            else { break }
            if type == 1 { memory.add(start: start, size: size) }
        }
        guard memory.count > 0 else { throw .noMemoryMap }
    }

    /// Reads Multiboot's information (specification 0.6.96, 3.3).
    public init(multiboot address: UInt64, in physical: RawSpan) throws(Fault) {
        guard let flags = physical.value(at: address, as: UInt32.self) else {
            throw .badInformation
        }
        func word(_ offset: UInt64) -> UInt64 {
            UInt64(physical.value(at: address &+ offset, as: UInt32.self) ?? 0)
        }
        if flags & 1 << 2 != 0 { commandLine = word(16) }
        if flags & 1 << 3 != 0, word(20) > 0 {
            let table = word(24)
            if let start = physical.value(at: table, as: UInt32.self),
                let end = physical.value(at: table + 4, as: UInt32.self), start <= end
            {
                module = UInt64(start)..<UInt64(end)
            }
        }
        guard flags & 1 << 6 != 0 else { throw .noMemoryMap }
        var at = word(48)
        let end = at + word(44)
        var entries = 0
        while at < end, entries < 256 {
            guard let size = physical.value(at: at, as: UInt32.self),
                let start = physical.value(at: at + 4, as: UInt64.self),
                let length = physical.value(at: at + 12, as: UInt64.self),
                let type = physical.value(at: at + 20, as: UInt32.self)
            else { break }
            if type == 1 { memory.add(start: start, size: length) }
            at += UInt64(size) + 4
            entries += 1
        }
        guard memory.count > 0 else { throw .noMemoryMap }
    }
}
