/// Which timer: a number below the wheel's capacity, which its owner gives out.
public struct TimerIndex: Hashable, Sendable, BitwiseCopyable {
    public let number: UInt32

    @inlinable
    public init(_ number: UInt32) { self.number = number }
}

/// What the wheel knows of a timer: 16 bytes.
public struct TimerRecord: Sendable, BitwiseCopyable {
    static let none: UInt32 = .max
    /// The list of a timer that is in none.
    static let noList = 0xffff

    /// The tick at which it expires, and in the lower 16 bits the list that it is in.
    private var word: UInt64 = UInt64(noList)
    /// Its neighbours in the list, which goes round.
    var next = TimerRecord.none
    var previous = TimerRecord.none

    /// A timer that is not armed.
    public init() {}

    @inline(__always)
    var tick: UInt64 {
        get { word >> 16 }
        set { word = newValue << 16 | word & 0xffff }
    }

    @inline(__always)
    var list: Int {
        get { Int(truncatingIfNeeded: word & 0xffff) }
        set { word = word & ~0xffff | UInt64(truncatingIfNeeded: newValue) }
    }
}
