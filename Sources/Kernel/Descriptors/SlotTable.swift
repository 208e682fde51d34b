import KernelSupport

/// What lies in a `SlotTable`.
public protocol SlotRecord: BitwiseCopyable {
    /// The place behind this one in the list of free places, while it is free.
    var nextFree: Place { get set }
    init()
}

/// A place in a table of records, or none.
public struct Place: Equatable, Sendable, BitwiseCopyable {
    private let number: Int32

    public init(_ index: Int) { number = Int32(truncatingIfNeeded: index) }

    public static let none = Self(-1)

    @inline(__always) public var isNone: Bool { number < 0 }
    /// The number; a place that is none has none.
    @inline(__always) public var index: Int { Int(number) }
}

/// Records that come and go, in memory that stays where it is and grows.
public struct SlotTable<Record: SlotRecord>: ~Copyable {
    private var records: SlotStorage<Record>
    private var firstFree = Place.none
    /// Records that are taken.
    public private(set) var used = 0

    /// - Parameter records: Storage with room for what `grow` will say.
    public init(_ records: SlotStorage<Record>) { self.records = records }

    /// Records that there is memory for.
    public var capacity: Int { records.count }
    public var hasPlace: Bool { !firstFree.isNone }

    /// Makes room for so many records together; their memory is there.
    public mutating func grow(to capacity: Int) {
        let old = records.count
        records.grow(to: capacity, filler: Record())
        // The lowest is taken first.
        for index in (old..<max(old, capacity)).reversed() { list(Place(index)) }
    }

    @inline(__always)
    private mutating func list(_ place: Place) {
        records[place.index].nextFree = firstFree
        firstFree = place
    }

    /// Takes a place.
    ///
    /// - Precondition: `hasPlace`.
    @inline(__always)
    public mutating func take(_ record: Record) -> Place {
        let place = firstFree
        let reference = records.reference(to: place.index)
        firstFree = reference.element.nextFree
        reference.element = record
        used &+= 1
        return place
    }

    /// Gives a place back.
    public mutating func give(_ place: Place) {
        let reference = records.reference(to: place.index)
        reference.element = Record()
        reference.element.nextFree = firstFree
        firstFree = place
        used &-= 1
    }

    /// A record; `nil` for a place that is none, or not one of the table's.
    @inline(__always)
    public func record(_ place: Place) -> Record? { records.element(place.index) }

    /// Where a record is; `nil` for a place that is none, or not one of the table's.
    @inline(__always)
    public func find(_ place: Place) -> SlotReference<Record>? { records.find(place.index) }

    /// Where a record is, or the first one for a place that is none of the table's:
    /// without a branch.
    ///
    /// - Precondition: There is a first one.
    @inline(__always)
    public func referenceOrFirst(_ place: Place) -> SlotReference<Record> {
        records.referenceOrFirst(place.index)
    }

    /// Where a record is, for several accesses.
    ///
    /// - Precondition: It is one of the table's.
    @inline(__always)
    public func reference(to place: Place) -> SlotReference<Record> {
        records.reference(to: place.index)
    }

    /// The record itself, not a copy.
    public subscript(place: Place) -> Record {
        @inline(__always) get { records[place.index] }
        @inline(__always) nonmutating _modify { yield &records[place.index] }
    }
}
