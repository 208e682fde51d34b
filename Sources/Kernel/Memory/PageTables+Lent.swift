import KernelMachine

// Pages that show a frame which belongs to somebody else: to a file.

extension PageRights {
    /// The frame is somebody else's (Intel SDM 3A, 4.5: the processor ignores
    /// this bit). It stays theirs when the page goes.
    static let lent = Self(rawValue: 1 << 9)
}

extension PageTables {
    /// The frame that a page shows; `nil`: none.
    func frame(at address: UInt64) -> PhysicalAddress? {
        guard let entries = unsafe baseEntries(from: address), unsafe entries[0] & Self.present != 0
        else { return nil }
        return PhysicalAddress(unsafe entries[0] & Self.addressMask)
    }

    /// Takes `count` pages from `page` on away; those frames are given to `body`
    /// that nobody has lent, when all cores have forgotten all of the pages.
    func takeBack(_ page: UInt64, count: Int, _ body: (PhysicalAddress) -> Void) {
        guard withdraw(page, count: count) else { return }
        TranslationBuffer.forget(page, count: count)
        unsafe forEachTable(page, count) { _, entries in
            for i in entries.indices {
                let entry = unsafe entries[i]
                guard entry != 0 else { continue }
                unsafe entries[i] = 0
                if entry & PageRights.lent.rawValue == 0 {
                    body(PhysicalAddress(entry & Self.addressMask))
                }
            }
        }
    }

    /// Gives pages other rights, none for `nil`; those that show somebody else's
    /// frame are taken away and come back when they are touched.
    ///
    /// - Returns: How many have a frame of their own.
    func changeOwn(_ page: UInt64, count: Int, to rights: PageRights?) -> Int {
        let bits = rights.map { $0.rawValue | Self.used } ?? 0
        var own = 0
        unsafe forEachTable(page, count) { _, entries in
            for i in entries.indices {
                let entry = unsafe entries[i]
                guard entry != 0 else { continue }
                if entry & PageRights.lent.rawValue != 0 {
                    unsafe entries[i] = 0
                } else {
                    unsafe entries[i] = entry & Self.addressMask | bits
                    own += 1
                }
            }
        }
        TranslationBuffer.forget(page, count: count)
        return own
    }
}
