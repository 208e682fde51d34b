import KernelSupport

/// Timers of all sockets: a hierarchy of wheels (G. Varghese and T. Lauck, "Hashed
/// and hierarchical timing wheels", 1987), through the timers' own records, so that
/// nothing is allocated.
///
/// Time is counted in ticks. Eight levels of 64 lists each hold all 2^48 of them: a
/// timer is on the level of the highest six bits in which its tick differs from the
/// time up to which the wheel has gone (`elapsed`), in the list that those bits of its
/// tick name. So all lists that are not empty lie ahead, a lower level's are earlier
/// than a higher one's, and the earliest is found by one bit map a level. When the
/// wheel arrives at a list of a higher level, its timers move to lower ones.
///
/// A timer that is armed for a later time stays where it is, and moves when its
/// list's time has come: what is put off again and again, as a retransmission is,
/// costs one write.
///
/// Complexity: `arm`, `cancel` and `nextWake` are O(1); a timer moves seven times at
/// most until it expires, as long as it is not put off.
public struct TimerWheel: ~Copyable {
    /// A tick is 2^16 ns, 66 us: finer than what any protocol here asks for. A timer
    /// expires at the first tick that is not before its time.
    static let tickBits: UInt64 = 16
    private static let levels = 8
    /// Lists of all levels.
    public static var listCount: Int { 512 }
    private static let lastTick: UInt64 = 1 << 48 - 1

    private var records: SlotStorage<TimerRecord>
    /// The first of each list. In memory of the owner's, as the wheel itself, which is
    /// passed around, is to be small.
    private var heads: SlotStorage<UInt32>
    /// For each level, which lists are not empty; but for the one that is moving.
    private var occupied = InlineArray<8, UInt64>(repeating: 0)
    /// The list whose time has come and whose timers have to move to lower levels.
    /// None can be put into it any more.
    private var moving: Int?
    /// The tick up to which the wheel has gone.
    private var elapsed: UInt64
    /// Timers that are armed.
    public private(set) var armedCount = 0

    /// What a step of the wheel has come to.
    public enum Step: Equatable, Sendable {
        /// This timer's time has come, and it is not armed any more.
        case expired(TimerIndex)
        /// The limit of work was reached: there is more to do, for which the caller's
        /// lock may be given back before.
        case unfinished
        /// Nothing is left that is due.
        case done
    }

    /// - Parameters:
    ///   - records: One for each timer, none of which is armed.
    ///   - lists: Memory for `listCount` numbers.
    ///   - now: Where time starts.
    public init(_ records: SlotStorage<TimerRecord>, lists: SlotStorage<UInt32>, now: Instant) {
        self.records = records
        heads = lists
        heads.grow(to: Self.listCount, filler: TimerRecord.none)
        elapsed = now.nanoseconds >> Self.tickBits
    }

    /// Timers that there may be.
    public var capacity: Int { records.count }

    /// There is memory for so many timers from now on.
    public mutating func grow(to capacity: Int) {
        records.grow(to: capacity, filler: TimerRecord())
    }

    /// Has the timer expire at `deadline`, or at once if that has passed; no longer at
    /// the time for which it was armed before.
    ///
    /// - Precondition: The timer is below `capacity`.
    public mutating func arm(_ timer: TimerIndex, at deadline: Instant) {
        let (sum, overflow) = deadline.nanoseconds.addingReportingOverflow(1 << Self.tickBits - 1)
        let tick = overflow ? Self.lastTick : sum >> Self.tickBits
        let record = records[Int(timer.number)]
        if record.list != TimerRecord.noList {
            if tick >= record.tick {
                records[Int(timer.number)].tick = tick
                return
            }
            unlink(timer.number)
        } else {
            armedCount &+= 1
        }
        place(timer.number, at: tick)
    }

    /// The timer does not expire; it need not be armed.
    ///
    /// - Precondition: The timer is below `capacity`.
    public mutating func cancel(_ timer: TimerIndex) {
        guard isArmed(timer) else { return }
        unlink(timer.number)
        armedCount &-= 1
    }

    /// - Precondition: The timer is below `capacity`.
    public func isArmed(_ timer: TimerIndex) -> Bool {
        records[Int(timer.number)].list != TimerRecord.noList
    }

    /// When `step` should be called next: not after the earliest timer's time, and
    /// before it by a part of the time that is left at most; `nil`: no timer is armed.
    public var nextWake: Instant? {
        if let moving, heads[moving] != TimerRecord.none {
            return Instant(nanoseconds: elapsed << Self.tickBits)
        }
        guard let (_, start) = earliest else { return nil }
        return Instant(nanoseconds: start << Self.tickBits)
    }

    /// Goes on to `now`, until a timer's time has come.
    ///
    /// - Parameter limit: How many timers may be moved or looked at.
    public mutating func step(at now: Instant, limit: Int = 64) -> Step {
        let target = now.nanoseconds >> Self.tickBits
        var work = limit
        while true {
            if let list = moving {
                let first = heads[list]
                guard first != TimerRecord.none else {
                    moving = nil
                    continue
                }
                guard work > 0 else { return .unfinished }
                work &-= 1
                unlink(first)
                place(first, at: records[Int(first)].tick)
                continue
            }
            guard let (list, start) = earliest, start <= target else {
                elapsed = max(elapsed, target)
                return .done
            }
            elapsed = max(elapsed, start)
            if list >= 64 {
                moving = list
                occupied[list / 64] &= ~(1 << UInt64(list % 64))
                continue
            }
            guard work > 0 else { return .unfinished }
            work &-= 1
            let due = heads[list]
            let tick = records[Int(due)].tick
            unlink(due)
            if tick > elapsed {
                // It was put off.
                place(due, at: tick)
            } else {
                armedCount &-= 1
                return .expired(TimerIndex(due))
            }
        }
    }

    /// The earliest list that is not empty, and its first tick.
    private var earliest: (list: Int, start: UInt64)? {
        for level in 0..<Self.levels where occupied[level] != 0 {
            let slot = UInt64(occupied[level].trailingZeroBitCount)
            let shift = UInt64(6 &* level)
            let above = (elapsed >> (shift &+ 6)) << (shift &+ 6)
            return (level &* 64 &+ Int(slot), above | slot << shift)
        }
        return nil
    }

    // MARK: - Lists

    /// Puts a timer that is in no list into the one of its tick.
    private mutating func place(_ timer: UInt32, at tick: UInt64) {
        let tick = max(tick, elapsed)
        let difference = tick ^ elapsed
        let level = difference == 0 ? 0 : (63 &- difference.leadingZeroBitCount) / 6
        let slot = Int(tick >> UInt64(6 &* level) & 63)
        occupied[level] |= 1 << UInt64(slot)
        records[Int(timer)].tick = tick
        append(timer, to: level &* 64 &+ slot)
    }

    private mutating func append(_ timer: UInt32, to list: Int) {
        let first = heads[list]
        records[Int(timer)].list = list
        if first == TimerRecord.none {
            heads[list] = timer
            records[Int(timer)].next = timer
            records[Int(timer)].previous = timer
        } else {
            let last = records[Int(first)].previous
            records[Int(timer)].next = first
            records[Int(timer)].previous = last
            records[Int(last)].next = timer
            records[Int(first)].previous = timer
        }
    }

    /// Takes a timer out of the list that it is in.
    private mutating func unlink(_ timer: UInt32) {
        let record = records[Int(timer)]
        records[Int(timer)].list = TimerRecord.noList
        if record.next == timer {
            heads[record.list] = TimerRecord.none
            occupied[record.list / 64] &= ~(1 << UInt64(record.list % 64))
            return
        }
        records[Int(record.previous)].next = record.next
        records[Int(record.next)].previous = record.previous
        if heads[record.list] == timer { heads[record.list] = record.next }
    }
}
