import CMachine
import KernelMachine

/// What may be done with a page.
public struct PageRights: OptionSet, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let write = Self(rawValue: 1 << 1)
    public static let global = Self(rawValue: 1 << 8)
    /// Set where code may *not* be fetched (Intel SDM 3A, 4.6).
    public static let noExecute = Self(rawValue: 1 << 63)

    public static let readOnlyData: Self = [.noExecute]
    public static let data: Self = [.write, .noExecute]
    public static let code: Self = []
}

/// The four-level page tables of the one address space (Intel SDM 3A, 4.5).
public struct PageTables {
    /// The physical address of the top table.
    public let root: PhysicalAddress
    /// Where physical memory is seen: an offset added to its addresses.
    private var window: UInt64

    private static let present: UInt64 = 1 << 0
    private static let leaf: UInt64 = 1 << 7
    private static let addressMask: UInt64 = 0x000F_FFFF_FFFF_F000

    /// Empty tables; `nil` when there is no frame for the top one.
    public init?<Source: FrameSource & ~Copyable>(window: UInt64, from source: inout Source) {
        guard let frame = source.takeFrame() else { return nil }
        root = frame
        self.window = window
        zero(frame)
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

    /// Maps one page; `false` when a table is needed and there is no frame.
    ///
    /// - Precondition: both addresses are multiples of `size`, and nothing
    ///   is mapped there.
    public func map<Source: FrameSource & ~Copyable>(
        _ address: UInt64, to frame: PhysicalAddress, size: PageSize, rights: PageRights,
        from source: inout Source
    ) -> Bool {
        let last =
            switch size {
            case .base: 0
            case .large: 1
            case .huge: 2
            }
        var table = root.value
        var level = 3
        while level > last {
            let slot = unsafe entries(table) + Self.index(address, level: level)
            if unsafe slot.pointee & Self.present == 0 {
                guard let new = source.takeFrame() else { return false }
                zero(new)
                unsafe slot.pointee = new.value | Self.present | PageRights.write.rawValue
            }
            table = unsafe slot.pointee & Self.addressMask
            level -= 1
        }
        let leafBit = last == 0 ? 0 : Self.leaf
        unsafe entries(table)[Self.index(address, level: last)] =
            frame.value | rights.rawValue | Self.present | leafBit
        return true
    }

    /// Maps `[address, address + count)` to `[frame, ...)` with the largest
    /// pages that fit.
    public func mapRange<Source: FrameSource & ~Copyable>(
        _ address: UInt64, to frame: PhysicalAddress, count: UInt64, rights: PageRights,
        hugePages: Bool, from source: inout Source
    ) -> Bool {
        var done: UInt64 = 0
        while done < count {
            let joint = (address &+ done) | (frame.value + done)
            let left = count - done
            let size: PageSize =
                if hugePages && joint & (PageSize.huge.rawValue - 1) == 0
                    && left >= PageSize.huge.rawValue
                {
                    .huge
                } else if joint & (PageSize.large.rawValue - 1) == 0
                    && left >= PageSize.large.rawValue
                {
                    .large
                } else {
                    .base
                }
            guard
                map(
                    address &+ done, to: frame + done, size: size, rights: rights, from: &source)
            else { return false }
            done += size.rawValue
        }
        return true
    }

    /// Takes a base page's mapping away; the frame it had, if it had one.
    public func unmap(_ address: UInt64) -> PhysicalAddress? {
        var table = root.value
        var level = 3
        while level > 0 {
            let entry = unsafe entries(table)[Self.index(address, level: level)]
            guard entry & Self.present != 0, entry & Self.leaf == 0 else { return nil }
            table = entry & Self.addressMask
            level -= 1
        }
        let slot = unsafe entries(table) + Self.index(address, level: 0)
        let entry = unsafe slot.pointee
        guard entry & Self.present != 0 else { return nil }
        unsafe slot.pointee = 0
        machine_invalidate_page(address)
        return PhysicalAddress(entry & Self.addressMask)
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
