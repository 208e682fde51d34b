/// A task's place in the table of tasks; the first task has 0.
public struct TaskIndex: Equatable, Sendable, BitwiseCopyable {
    public let rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }
    public init(_ place: Int) { rawValue = Int32(truncatingIfNeeded: place) }

    /// No task: the end of a list.
    public static let none = Self(rawValue: -1)

    public var isNone: Bool { rawValue < 0 }
    /// The place as a number.
    public var place: Int { Int(rawValue) }
}

/// A task's number; the first task has 1.
///
/// The low 16 bits are its place in the table plus one, the others count how
/// often that place was used before. So a number comes again only after its
/// place has had 32,768 tasks, and it never stands for another task while its
/// own is in the table.
public struct TaskIdentifier: Equatable, Sendable, BitwiseCopyable {
    public let rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }

    public static let first = Self(rawValue: 1)

    /// Places in the table at most.
    public static let maximumTasks = 0xFFFF
    private static let generationShift: Int32 = 16
    private static let lastGeneration: Int32 = 0x7FFF

    init(_ index: TaskIndex, generation: Int32) {
        rawValue = generation << Self.generationShift | (index.rawValue + 1)
    }

    /// The place that the number would have; `none` where it is no number.
    public var index: TaskIndex {
        guard rawValue > 0, rawValue & 0xFFFF != 0 else { return .none }
        return TaskIndex(rawValue: rawValue & 0xFFFF - 1)
    }

    /// The number of the next task at the same place.
    var successor: Self {
        let generation = rawValue >> Self.generationShift
        return Self(index, generation: generation == Self.lastGeneration ? 0 : generation + 1)
    }
}
