import CMachine
import KernelMachine

/// What may be done with a page.
public struct PageRights: OptionSet, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let write = Self(rawValue: 1 << 1)
    /// A device's registers: neither cached nor combined.
    public static let uncached = Self(rawValue: 1 << 4 | 1 << 3)
    public static let global = Self(rawValue: 1 << 8)
    /// Set where code may *not* be fetched (Intel SDM 3A, 4.6).
    public static let noExecute = Self(rawValue: 1 << 63)

    /// What the processor's register of rights is asked about (Intel SDM 3A, 4.6.2): pages
    /// that carry a key. All do; without protection keys it makes no difference here, as
    /// everything runs in ring 0, with SMEP and SMAP off.
    public static let keyed = Self(rawValue: 1 << 2)

    /// The application's pages, and what is everybody's and nobody writes.
    public static var readOnlyData: Self {
        @inline(__always) get { Self(rawValue: 1 << 63 | 1 << 2) }
    }
    public static var data: Self {
        @inline(__always) get { Self(rawValue: 1 << 63 | 1 << 2 | 1 << 1) }
    }
    public static var code: Self {
        @inline(__always) get { Self(rawValue: 1 << 2) }
    }

    /// The same rights for the domain of a key.
    @inline(__always)
    public func keyed(_ key: ProtectionKey) -> Self {
        Self(rawValue: rawValue & ~ProtectionKey.pageMask | key.pageBits)
    }

    /// The domain that the page belongs to.
    public var key: ProtectionKey { ProtectionKey(pageBits: rawValue) }

    /// The kernel's own data.
    public static var kernelData: Self {
        @inline(__always) get { data.keyed(.trusted) }
    }

    /// Data at an address, which says whose it is.
    @inline(__always)
    public static func data(at address: UInt64) -> Self {
        data.keyed(Layout.domain(of: address))
    }

    /// Whether a page with these rights may be accessed so.
    public func allows(_ access: PageFaultError.Access) -> Bool {
        switch access {
        case .read: true
        case .write: contains(.write)
        case .fetch: !contains(.noExecute)
        }
    }
}

/// The four-level page tables of the one address space (Intel SDM 3A, 4.5).
public struct PageTables {
    /// The physical address of the top table.
    public let root: PhysicalAddress
    /// Where physical memory is seen: an offset added to its addresses.
    private var window: UInt64

    static let present: UInt64 = 1 << 0
    /// What every entry is made with: present, and accessed and dirty ahead of
    /// the access, so that the processor need not write there (Intel SDM 3A, 4.8).
    static let used: UInt64 = present | 1 << 5 | 1 << 6
    private static let leaf: UInt64 = 1 << 7
    static let addressMask: UInt64 = 0x000F_FFFF_FFFF_F000

    /// Empty tables; `nil` when there is no frame for the top one.
    public init?<Source: FrameSource & ~Copyable>(window: UInt64, from source: inout Source) {
        guard let frame = source.takeFrame() else { return nil }
        root = frame
        self.window = window
        zero(frame)
    }

    /// No tables: they map nothing.
    static var none: PageTables { PageTables(root: PhysicalAddress(0), window: Layout.directMap) }

    private init(root: PhysicalAddress, window: UInt64) {
        self.root = root
        self.window = window
    }

    /// Makes them the processor's, and sees them through the direct map from now on.
    public mutating func activate() {
        machine_write_cr3(root.value)
        window = Layout.directMap
    }

    private func zero(_ frame: PhysicalAddress) {
        unsafe machine_zero(UnsafeMutableRawPointer(bitPattern: UInt(frame.value + window))!, 4096)
    }

    private func entries(_ table: UInt64) -> UnsafeMutablePointer<UInt64> {
        unsafe UnsafeMutablePointer(bitPattern: UInt(table &+ window))!
    }

    private static func index(_ address: UInt64, level: Int) -> Int {
        Int(address >> UInt64(12 + 9 * level) & 511)
    }

    private static func size(level: Int) -> UInt64 { 4096 << UInt64(9 * level) }

    /// The level of the table whose entries map pages of `size`; the top table is level 3.
    private static func level(of size: PageSize) -> Int {
        switch size {
        case .base: 0
        case .large: 1
        case .huge: 2
        }
    }

    /// The table of `level` that maps `address`, made where it is missing;
    /// `nil` when there is no frame for it.
    @inline(never)
    private func table<Source: FrameSource & ~Copyable>(
        for address: UInt64, level last: Int, from source: inout Source
    ) -> UnsafeMutablePointer<UInt64>? {
        var table = root.value
        var level = 3
        while level > last {
            let slot = unsafe entries(table) + Self.index(address, level: level)
            if unsafe slot.pointee & Self.present == 0 {
                guard let new = source.takeFrame() else { return nil }
                zero(new)
                unsafe slot.pointee =
                    new.value | Self.used | PageRights.write.rawValue | PageRights.keyed.rawValue
            }
            table = unsafe slot.pointee & Self.addressMask
            level -= 1
        }
        return unsafe entries(table)
    }

    private static func leaf(
        _ frame: PhysicalAddress, _ size: PageSize, _ rights: PageRights
    ) -> UInt64 {
        frame.value | rights.rawValue | used | (size == .base ? 0 : leaf)
    }

    /// Maps one page; `false` when a table is needed and there is no frame.
    ///
    /// - Precondition: both addresses are multiples of `size`, and nothing
    ///   is mapped there.
    public func map<Source: FrameSource & ~Copyable>(
        _ address: UInt64, to frame: PhysicalAddress, size: PageSize, rights: PageRights,
        from source: inout Source
    ) -> Bool {
        let level = Self.level(of: size)
        guard let table = unsafe table(for: address, level: level, from: &source) else {
            return false
        }
        unsafe table[Self.index(address, level: level)] = Self.leaf(frame, size, rights)
        return true
    }

    /// Maps `[address, address + count)` to `[frame, ...)` with the largest
    /// pages that fit, at most of the size `largest`.
    ///
    /// - Precondition: all three are multiples of 4096.
    @inline(never)
    public func mapRange<Source: FrameSource & ~Copyable>(
        _ address: UInt64, to frame: PhysicalAddress, count: UInt64, rights: PageRights,
        largest: PageSize, from source: inout Source
    ) -> Bool {
        var done: UInt64 = 0
        while done < count {
            let (start, place, left) = (address &+ done, frame.value &+ done, count &- done)
            var level = Self.level(of: largest)
            var size = largest.rawValue
            while level > 0 && ((start | place) & (size &- 1) != 0 || left < size) {
                level &-= 1
                size >>= 9
            }
            guard let table = unsafe table(for: start, level: level, from: &source) else {
                return false
            }
            // Where a table ends a larger page may begin.
            let first = Self.index(start, level: level)
            let entries = min(
                512 &- first,
                Int(truncatingIfNeeded: left >> UInt64(truncatingIfNeeded: 12 &+ 9 &* level)))
            unsafe machine_fill_table(
                table + first, entries, place | rights.rawValue | Self.used
                    | (level == 0 ? 0 : Self.leaf), size)
            done &+= UInt64(truncatingIfNeeded: entries) &* size
        }
        return true
    }

    /// The entries of base pages from `address` on, as many as one table
    /// has; `nil` where there is no such table.
    func baseEntries(from address: UInt64) -> UnsafeMutableBufferPointer<UInt64>? {
        var absent = 0
        return unsafe baseEntries(from: address, absent: &absent)
    }

    /// The same; where there is no such table, `absent` is the level of the
    /// one above whose entry says so.
    func baseEntries(
        from address: UInt64, absent: inout Int
    ) -> UnsafeMutableBufferPointer<UInt64>? {
        var table = root.value
        var level = 3
        while level > 0 {
            let entry = unsafe entries(table)[Self.index(address, level: level)]
            guard entry & Self.present != 0, entry & Self.leaf == 0 else {
                absent = level
                return nil
            }
            table = entry & Self.addressMask
            level -= 1
        }
        let first = Self.index(address, level: 0)
        return unsafe UnsafeMutableBufferPointer(start: entries(table) + first, count: 512 - first)
    }

    /// Whether nothing is mapped at any of `count` base pages from `address` on.
    ///
    /// - Precondition: one table maps them all.
    func isVacant(_ address: UInt64, count: Int) -> Bool {
        guard let entries = unsafe baseEntries(from: address) else { return true }
        for i in 0..<count where unsafe entries[i] != 0 { return false }
        return true
    }

    /// Takes the mappings of `count` base pages from `address` on away, and
    /// gives their frames to `body`, neighbours as one run.
    ///
    /// No frame is given before all cores have forgotten all the mappings:
    /// until then an entry keeps it, without the bit that it is present.
    func unmap(_ address: UInt64, count: Int, _ body: (PhysicalAddress, _ count: Int) -> Void) {
        guard withdraw(address, count: count) else { return }
        TranslationBuffer.forget(address, count: count)
        collect(address, count: count, body)
    }

    /// The first step of `unmap`: the entries keep their frames, and nothing
    /// is mapped; whether there are frames.
    func withdraw(_ address: UInt64, count: Int) -> Bool {
        var isFilled = false
        unsafe forEachTable(address, count) { _, entries in
            for i in entries.indices where unsafe entries[i] != 0 {
                unsafe entries[i] &= ~Self.present
                isFilled = true
            }
        }
        return isFilled
    }

    /// The last step of `unmap`, when the cores have forgotten the mappings.
    func collect(_ address: UInt64, count: Int, _ body: (PhysicalAddress, _ count: Int) -> Void) {
        unsafe forEachTable(address, count) { _, entries in
            var i = 0
            while i < entries.count {
                let first = unsafe entries[i] & Self.addressMask
                guard first != 0 else {
                    i += 1
                    continue
                }
                var run = 0
                while i < entries.count,
                    unsafe entries[i] & Self.addressMask == first + UInt64(run) << 12
                {
                    unsafe entries[i] = 0
                    i += 1
                    run += 1
                }
                body(PhysicalAddress(first), run)
            }
        }
    }

    /// Gives the filled ones among `count` base pages from `address` on other
    /// rights; `nil`: none, and their frames stay theirs. Where one has lost a
    /// right, all cores have forgotten it when this returns.
    ///
    /// - Returns: How many are filled.
    func change(_ address: UInt64, count: Int, to rights: PageRights?) -> Int {
        let bits = rights.map { $0.rawValue | Self.used } ?? 0
        var filled = 0
        var hasLost = false
        unsafe forEachTable(address, count) { _, entries in
            for i in entries.indices {
                let old = unsafe entries[i]
                guard old != 0 else { continue }
                filled += 1
                unsafe entries[i] = old & Self.addressMask | bits
                hasLost = hasLost || old & Self.present != 0 && Self.lost(from: old, to: bits)
            }
        }
        if hasLost { TranslationBuffer.forget(address, count: count) }
        return filled
    }

    /// Whether an entry that was present has fewer rights with other bits.
    private static func lost(from old: UInt64, to bits: UInt64) -> Bool {
        old & ~bits & (present | PageRights.write.rawValue) != 0
            || bits & ~old & PageRights.noExecute.rawValue != 0
    }

    /// How many of `count` base pages from `address` on have a frame, with or
    /// without rights.
    func filledPages(_ address: UInt64, count: Int) -> Int {
        var filled = 0
        unsafe forEachTable(address, count) { _, entries in
            for i in entries.indices where unsafe entries[i] != 0 { filled += 1 }
        }
        return filled
    }

    /// Makes the tables that map `count` base pages from `address` on;
    /// `false` when there is no frame for one.
    func prepare<Source: FrameSource & ~Copyable>(
        _ address: UInt64, count: Int, from source: inout Source
    ) -> Bool {
        var page = address
        let end = address + UInt64(count) << 12
        while page < end {
            guard unsafe table(for: page, level: 0, from: &source) != nil else { return false }
            page = (page | 0x1F_FFFF) + 1
        }
        return true
    }

    /// Gives the tables to `body` that map addresses of `room` alone and have
    /// to do with `range`; none of these addresses may be mapped.
    ///
    /// No table is given before all cores have forgotten all of them: until
    /// then its first entry, which says that nothing is there, links it to the next.
    func releaseTables(
        of range: Range<UInt64>, in room: Range<UInt64>, _ body: (PhysicalAddress) -> Void
    ) {
        var released: UInt64 = 0
        for level in 1...3 {
            let size = Self.size(level: level)
            var area = range.lowerBound & ~(size - 1)
            while area < range.upperBound {
                guard let slot = unsafe slot(for: area, level: level, skippingTo: &area) else { continue }
                if area >= room.lowerBound && area + size <= room.upperBound {
                    let table = unsafe slot.pointee & Self.addressMask
                    unsafe slot.pointee = 0
                    unsafe entries(table)[0] = released
                    released = table
                }
                area += size
            }
        }
        guard released != 0 else { return }
        // What is known of tables goes with any address (Intel SDM 3A, 4.10.4.1).
        TranslationBuffer.forget(range.lowerBound, count: 1)
        while released != 0 {
            let table = PhysicalAddress(released)
            released = unsafe entries(released)[0]
            body(table)
        }
    }

    /// The entry of `level` that refers to a table for `area`; where there is
    /// no such table, `nil`, and `area` is the first address that may have one.
    private func slot(
        for address: UInt64, level wanted: Int, skippingTo area: inout UInt64
    ) -> UnsafeMutablePointer<UInt64>? {
        var table = root.value
        var level = 3
        while true {
            let slot = unsafe entries(table) + Self.index(address, level: level)
            guard unsafe slot.pointee & Self.present != 0 else {
                area = (address | (Self.size(level: level) - 1)) + 1
                return nil
            }
            if level == wanted { return unsafe slot }
            table = unsafe slot.pointee & Self.addressMask
            level -= 1
        }
    }

    /// Moves the mappings of `count` base pages from one address to another,
    /// for which there are tables (`prepare`) and where nothing is mapped.
    func move(_ address: UInt64, to target: UInt64, count: Int) {
        unsafe forEachTable(address, count) { page, entries in
            for i in entries.indices where unsafe entries[i] & Self.present != 0 {
                let place = target + (page - address) + UInt64(i) << 12
                unsafe baseEntries(from: place)![0] = entries[i]
                unsafe entries[i] = 0
            }
        }
        TranslationBuffer.forget(address, count: count)
    }

    /// Runs `body` with the entries of `count` base pages, table by table,
    /// and the first one's page; where there is no table there is nothing.
    func forEachTable(
        _ address: UInt64, _ count: Int,
        _ body: (UInt64, UnsafeMutableBufferPointer<UInt64>) -> Void
    ) {
        var page = address
        let end = address + UInt64(count) << 12
        while page < end {
            var absent = 0
            guard let entries = unsafe baseEntries(from: page, absent: &absent) else {
                page = (page | (Self.size(level: absent) - 1)) + 1
                continue
            }
            let here = min(entries.count, Int((end - page) >> 12))
            unsafe body(page, UnsafeMutableBufferPointer(rebasing: entries[..<here]))
            page += UInt64(here) << 12
        }
    }

    /// The rights at `address` and the size of its page, or `nil` where
    /// nothing is mapped.
    public func lookUp(_ address: UInt64) -> (rights: PageRights, size: UInt64)? {
        var table = root.value
        var level = 3
        while true {
            let entry = unsafe entries(table)[Self.index(address, level: level)]
            guard entry & Self.present != 0 else { return nil }
            if level == 0 || entry & Self.leaf != 0 {
                return (PageRights(rawValue: entry), Self.size(level: level))
            }
            table = entry & Self.addressMask
            level -= 1
        }
    }
}
