/// The way through a batch's tests, one start of its image after the other.
///
/// As long as tests end, one start runs them all. A test that brings the
/// program down, or does not end, is where the next start goes on behind.
/// Each that failed is then started once more, alone: what counts is how it
/// behaves by itself.
public struct BatchRun: Sendable {
    /// How a test ended: its status, and what was written when it died.
    public struct Outcome: Equatable, Sendable {
        public var status: Int
        public var words: String

        public init(status: Int, words: String = "") {
            self.status = status
            self.words = words
        }
    }

    /// Those that were not reached yet, in order.
    private var waiting: ArraySlice<Int>
    private var suspects: [Int] = []
    public private(set) var outcomes: [Int: Outcome] = [:]

    /// - Parameter tests: The numbers of the tests in the image.
    public init(_ tests: some Sequence<Int>) { waiting = tests.sorted()[...] }

    /// What to start: the first and the last test; `nil` when all is known.
    public var step: ClosedRange<Int>? {
        if let first = waiting.first, let last = waiting.last { return first...last }
        return suspects.first.map { $0...$0 }
    }

    /// Takes what a start of `step` wrote.
    ///
    /// - Parameters:
    ///   - marks: Of its standard error.
    ///   - status: The program's.
    /// - Returns: Whether it got anywhere; when not, the next would not either.
    public mutating func take(_ marks: TestMarks, status: Int) -> Bool {
        guard let step else { return false }
        var results = marks.statuses.mapValues { Outcome(status: $0) }
        if let open = marks.open {
            // A status of 0 is none that a test without an end has.
            results[open] = Outcome(status: status == 0 ? -1 : status, words: marks.remainder)
        }
        results = results.filter { step.contains($0.key) }
        guard let reached = results.keys.max() else { return false }
        outcomes.merge(results) { $1 }
        if !waiting.isEmpty {
            let failed = results.filter { $0.value.status != 0 }.keys.sorted()
            // One that was started by itself is known already.
            if waiting.count > 1 { suspects += failed }
            waiting = waiting.drop { $0 <= reached }
        } else {
            suspects.removeFirst()
        }
        return true
    }
}
