import CMachine
import KernelMachine

// Files' pages in the application's part of memory. A page of a file is a block
// of the kernel's heap that is a page; what is private has frames of its own,
// which were promised.

extension AddressSpace {
    /// What a page of a mapping is to show.
    public enum Contents: Sendable {
        /// The file's page itself.
        case file
        /// A copy of it, in a promised frame.
        case copy
    }

    /// Shows a file's page at a page of the application's.
    ///
    /// - Parameters:
    ///   - source: Where the kernel has the file's page.
    ///   - rights: What may be done there; the page may have had less until now.
    /// - Returns: `false`: memory is exhausted.
    public mutating func show(
        _ contents: Contents, of source: UInt64, at page: UInt64, rights: PageRights
    ) -> Bool {
        guard let frame = tables.frame(at: source) else { return false }
        if let old = tables.lookUp(page) {
            // It is the program's own already, or another core was faster.
            if !old.rights.contains(.lent) || contents == .file && old.rights.contains(rights) {
                return true
            }
            takeBack(page, count: 1)
        }
        switch contents {
        case .file:
            return tables.map(
                page, to: frame, size: .base, rights: rights.union(.lent), from: &frames)
        case .copy:
            guard let own = frames.takeReserved() else { return false }
            unsafe UnsafeMutableRawPointer(bitPattern: UInt(own.value + Layout.directMap))!
                .copyMemory(from: UnsafeRawPointer(bitPattern: UInt(source))!, byteCount: 4096)
            guard tables.map(page, to: own, size: .base, rights: rights, from: &frames) else {
                frames.giveReserved(own, order: 0)
                return false
            }
            return true
        }
    }

    /// Takes pages away; their own frames are free.
    ///
    /// - Returns: How many had one.
    @discardableResult
    public mutating func takeBack(_ page: UInt64, count: Int) -> Int {
        var own = 0
        tables.takeBack(page, count: count) { frame in
            frames.deallocate(frame, order: 0)
            own += 1
        }
        return own
    }

    /// As `PageTables.changeOwn`.
    public mutating func changeOwn(_ page: UInt64, count: Int, to rights: PageRights?) -> Int {
        tables.changeOwn(page, count: count, to: rights)
    }

    /// Pages' own frames, which are free again, are promised to them again.
    public mutating func promiseAgain(_ count: Int) { frames.adjustReserved(by: count) }
}
