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

    private static func zero(_ frame: PhysicalAddress) {
        unsafe UnsafeMutableRawPointer(bitPattern: UInt(frame.value + Layout.directMap))!
            .initializeMemory(as: UInt64.self, repeating: 0, count: 512)
    }
}
