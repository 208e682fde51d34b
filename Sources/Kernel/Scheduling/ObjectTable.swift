import KernelSupport

/// Things that tasks wait for each other with, by handles: a place in a table
/// and how often that place was used, so that a handle that is none, or no
/// more, is told from one that is.
public struct WaitObject: Sendable, BitwiseCopyable {
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        case free
        case semaphore
        case mutex
        case spinLock
        case maskingSpinLock
        case queue
    }

    public internal(set) var kind = Kind.free
    fileprivate var generation: UInt32 = 1
    fileprivate var nextFree: Int32 = -1
    /// A semaphore's value; a queue's notifications that nobody has taken yet.
    public var value: Int32 = 0
    /// How often the holder has a mutex; tasks that are in a queue and not yet waiting.
    public var depth: Int32 = 0
    /// Who has it.
    public var holder: TaskIdentifier? = nil
    /// Interrupts were on when it was taken.
    public var hadInterrupts = false

    init() {}
}

public struct ObjectTable: ~Copyable {
    private var objects: SlotStorage<WaitObject>
    private var firstFree: Int32 = -1

    /// Objects at most.
    public static let maximumObjects = 1 << 20

    /// - Parameter objects: Storage with room for what `addPlaces` will say.
    public init(_ objects: SlotStorage<WaitObject>) { self.objects = objects }

    public var count: Int { objects.count }
    public var hasPlace: Bool { firstFree >= 0 }

    /// Makes room for so many objects together; their memory is there.
    public mutating func addPlaces(to newCount: Int) {
        let old = objects.count
        objects.grow(to: newCount, filler: WaitObject())
        for place in old..<max(old, newCount) { free(place) }
    }

    private mutating func free(_ place: Int) {
        objects[place].kind = .free
        objects[place].nextFree = firstFree
        firstFree = Int32(place)
    }

    /// Makes an object; its handle, which is not 0.
    ///
    /// - Precondition: `hasPlace`.
    public mutating func make(_ kind: WaitObject.Kind, value: Int32) -> UInt64 {
        let place = Int(firstFree)
        firstFree = objects[place].nextFree
        let generation = objects[place].generation
        objects[place] = WaitObject()
        objects[place].generation = generation
        objects[place].kind = kind
        objects[place].value = value
        return UInt64(generation) << 32 | UInt64(place + 1)
    }

    /// The place of the object of that kind; `nil` where the handle is none.
    public mutating func find(_ handle: UInt64, _ kind: WaitObject.Kind) -> Int? {
        let place = Int(handle & 0xFFFF_FFFF) - 1
        guard place >= 0, place < objects.count, objects[place].kind == kind,
            UInt64(objects[place].generation) == handle >> 32
        else { return nil }
        return place
    }

    /// Ends an object; its handle stands for nothing from now on.
    public mutating func remove(_ place: Int) {
        objects[place].generation = objects[place].generation &+ 1
        if objects[place].generation == 0 { objects[place].generation = 1 }
        free(place)
    }

    /// The object at a place that `find` gave.
    public subscript(place: Int) -> WaitObject {
        @inline(__always) get { objects[place] }
        @inline(__always) nonmutating set { objects[place] = newValue }
    }
}
