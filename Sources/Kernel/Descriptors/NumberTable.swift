import KernelSupport

/// Which number stands for which open description (POSIX.1-2017, 3.258): the
/// descriptors of the program. A new one gets the lowest free number.
public struct NumberTable: ~Copyable {
    /// What a number stands for.
    public struct Entry: Sendable, BitwiseCopyable {
        public fileprivate(set) var description = Place.none
        /// The description's source, which polling looks at without the description.
        public fileprivate(set) var source = Place.none
        /// FD_CLOEXEC. There is no exec; the flag is kept for who asks.
        public var closesOnExec = false

        fileprivate init() {}
    }

    private var entries: SlotStorage<Entry>
    /// A bit for each number that is taken, 64 to a word; behind these a bit
    /// for each of the words that is full. In memory of their own: what is
    /// stored in place is copied when it is looked at, and stacks are small.
    private var words: SlotStorage<UInt64>
    private static let groups = highestLimit / 64 / 64
    private static let firstGroup = highestLimit / 64
    /// Words of bits.
    public static let wordCount = firstGroup + groups
    /// RLIMIT_NOFILE: numbers from here on are not given out.
    public private(set) var limit = usualLimit
    public private(set) var hardLimit = highestLimit
    /// Numbers that are taken.
    public private(set) var used = 0

    public static let usualLimit = 1024
    /// Numbers at most, whatever the limit: what the bits are for.
    public static let highestLimit = 65536

    /// - Parameters:
    ///   - entries: Storage with room for what `grow` will say.
    ///   - words: Storage with room for `wordCount`.
    public init(_ entries: SlotStorage<Entry>, words: SlotStorage<UInt64>) {
        self.entries = entries
        self.words = words
        self.words.grow(to: Self.wordCount, filler: 0)
    }

    /// Numbers that there is memory for.
    public var capacity: Int { entries.count }

    /// There is memory for so many numbers from now on.
    public mutating func grow(to capacity: Int) {
        entries.grow(to: capacity, filler: Entry())
    }

    // MARK: - Looking

    /// What a number stands for; `none` where it is free or out of range.
    @inline(__always)
    public func description(_ number: Int32) -> Place {
        guard UInt(bitPattern: Int(number)) < UInt(bitPattern: entries.count) else { return .none }
        return entries[Int(number)].description
    }

    /// The same without a branch.
    ///
    /// - Precondition: There is memory for a number.
    @inline(__always)
    public func descriptionQuickly(_ number: Int32) -> Place {
        let isThere = UInt(bitPattern: Int(number)) < UInt(bitPattern: entries.count)
        let description = entries.referenceOrFirst(Int(number)).element.description
        return isThere ? description : .none
    }

    /// The source of what a number stands for; `none`, too, where it is free or out of range.
    @inline(__always)
    public func source(_ number: Int32) -> Place {
        guard UInt(bitPattern: Int(number)) < UInt(bitPattern: entries.count) else { return .none }
        return entries[Int(number)].source
    }

    /// Whether a number closes on exec.
    ///
    /// - Precondition: It is taken.
    public func closesOnExec(_ number: Int32) -> Bool { entries[Int(number)].closesOnExec }

    public mutating func setClosesOnExec(_ number: Int32, _ closes: Bool) {
        entries[Int(number)].closesOnExec = closes
    }

    /// The lowest free number from `first` on; `nil` where none is below the limit.
    ///
    /// Complexity: O(1): at most 16 words of full words, and one of numbers.
    @inline(__always)
    public func lowestFree(from first: Int = 0) -> Int? {
        guard first >= 0, first < Self.highestLimit else { return nil }
        var word = first >> 6
        // The rest of the first word.
        let rest = ~words[word] & (~0 << UInt64(first & 63))
        if rest != 0 { return below(word << 6 + rest.trailingZeroBitCount) }
        word += 1
        var group = word >> 6
        var mask = ~0 << UInt64(word & 63) as UInt64
        while group < Self.groups {
            let free = ~words[Self.firstGroup + group] & mask
            if free != 0 {
                let found = group << 6 + free.trailingZeroBitCount
                return below(found << 6 + (~words[found]).trailingZeroBitCount)
            }
            group += 1
            mask = ~0
        }
        return nil
    }

    @inline(__always)
    private func below(_ number: Int) -> Int? { number < limit ? number : nil }

    // MARK: - Changes

    /// A number stands for a description from now on.
    ///
    /// - Parameter source: The description's.
    /// - Precondition: There is memory for it.
    /// - Returns: What it stood for until now.
    @inline(__always)
    public mutating func set(
        _ number: Int, _ description: Place, source: Place = .none, closesOnExec: Bool
    ) -> Place {
        let entry = entries.reference(to: number)
        let old = entry.element.description
        entry.element.description = description
        entry.element.source = source
        entry.element.closesOnExec = closesOnExec
        if old.isNone { mark(number) }
        return old
    }

    /// The same of a number that is free.
    @inline(__always)
    public mutating func setFree(_ number: Int, _ description: Place, closesOnExec: Bool) {
        let entry = entries.reference(to: number)
        entry.element.description = description
        entry.element.source = .none
        entry.element.closesOnExec = closesOnExec
        mark(number)
    }

    /// A number is free from now on; what it stood for.
    @inline(__always)
    public mutating func clear(_ number: Int32) -> Place {
        let old = description(number)
        guard !old.isNone else { return .none }
        clearTaken(number)
        return old
    }

    /// The same of a number that is taken.
    @inline(__always)
    public mutating func clearTaken(_ number: Int32) {
        entries[Int(number)] = Entry()
        used &-= 1
        let word = Int(number) >> 6
        words[word] &= ~(1 &<< UInt64(number & 63))
        words[Self.firstGroup + (word >> 6)] &= ~(1 &<< UInt64(word & 63))
    }

    @inline(__always)
    private mutating func mark(_ number: Int) {
        used &+= 1
        let word = number >> 6
        let bits = words.reference(to: word)
        bits.element |= 1 &<< UInt64(number & 63)
        let isFull: UInt64 = bits.element == ~0 ? 1 : 0
        words[Self.firstGroup + (word >> 6)] |= isFull &<< UInt64(word & 63)
    }

    /// Sets both limits (POSIX, setrlimit). Numbers that are taken stay.
    ///
    /// - Throws: `EINVAL` where the limit is above the hard one; `EPERM` where
    ///   the hard one would rise.
    public mutating func setLimit(_ limit: Int, hard: Int) throws(Errno) {
        guard limit >= 0, hard >= 0, limit <= hard else { throw .invalidArgument }
        guard hard <= hardLimit else { throw .notPermitted }
        self.limit = limit
        hardLimit = hard
    }
}
