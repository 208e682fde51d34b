import KernelMachine

/// The frames there are and what is mapped with them.
public struct AddressSpace: ~Copyable {
    public let tables: PageTables
    public var frames: FrameAllocator

    public init(tables: PageTables, frames: consuming FrameAllocator) {
        self.tables = tables
        self.frames = frames
    }

    /// Maps one zeroed frame at `page`; `false` when memory is exhausted.
    public mutating func fill(_ page: UInt64, reserved: Bool, rights: PageRights = .data) -> Bool {
        guard let frame = reserved ? frames.takeReserved() : frames.allocate(order: 0) else {
            return false
        }
        Self.zero(frame)
        guard tables.map(page, to: frame, size: .base, rights: rights, from: &frames) else {
            frames.deallocate(frame, order: 0)
            return false
        }
        return true
    }

    /// Takes the frame at `page` back; whether one was there.
    @discardableResult
    public mutating func drop(_ page: UInt64) -> Bool {
        guard let frame = tables.unmap(page) else { return false }
        frames.deallocate(frame, order: 0)
        return true
    }

    /// Takes the frames of all pages of a range back.
    ///
    /// - Returns: How many there were.
    ///
    /// Complexity: parts without a page table are passed over at once.
    @discardableResult
    public mutating func drop(_ pages: Range<UInt64>) -> Int {
        var count = 0
        var page = pages.lowerBound
        while page < pages.upperBound {
            guard tables.hasTable(for: page) else {
                page = (page & ~(PageSize.large.rawValue - 1)) + PageSize.large.rawValue
                continue
            }
            if drop(page) { count += 1 }
            page += PageSize.base.rawValue
        }
        return count
    }

    /// Maps the page of a device's registers at this address, unless it is;
    /// `false` when memory is exhausted. 0 is none.
    public mutating func mapDevice(_ address: UInt64) -> Bool {
        if address == 0 || tables.lookUp(address) != nil { return true }
        return tables.map(
            address, to: PhysicalAddress(address - Layout.devices), size: .base,
            rights: [.data, .uncached], from: &frames)
    }

    private static func zero(_ frame: PhysicalAddress) {
        unsafe UnsafeMutableRawPointer(bitPattern: UInt(frame.value + Layout.directMap))!
            .initializeMemory(as: UInt64.self, repeating: 0, count: 512)
    }
}
