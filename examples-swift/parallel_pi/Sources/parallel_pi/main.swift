// Pi, by the integral of 4 / (1 + x * x) from 0 to 1, on all processors.
//
// The steps are divided into parts, and the threads take parts until none is
// left. Which thread has taken which is not the same in any two runs; the sum
// of the parts in their order is, to the last bit, on any number of processors.
//
// hermit run --cpus 4 examples-swift/parallel_pi -- STEPS THREADS
import Hermit
import Synchronization

/// What the threads share.
final class Work: Sendable {
    static let parts = 64

    private let steps: Int
    private let next = Atomic(0)
    private let sums = Mutex([Double](repeating: 0, count: parts))

    init(steps: Int) { self.steps = steps }

    /// Takes parts until none is left.
    func takePart() {
        while true {
            let part = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard part < Self.parts else { return }
            let sum = sum(of: part)
            sums.withLock { $0[part] = sum }
        }
    }

    /// The middles of a part's steps, as heights.
    private func sum(of part: Int) -> Double {
        let width = 1 / Double(steps)
        var sum = 0.0
        for step in steps * part / Self.parts..<steps * (part + 1) / Self.parts {
            let x = (Double(step) + 0.5) * width
            sum += 4 / (1 + x * x)
        }
        return sum
    }

    var result: Double {
        sums.withLock { sums in sums.reduce(0, +) } / Double(steps)
    }
}

/// The number that an argument is; what it is without one.
func argument(_ index: Int, default value: Int) -> Int {
    let arguments = CommandLine.arguments
    guard index < arguments.count else { return value }
    guard let number = Int(arguments[index]), 1...1_000_000_000 ~= number else {
        print("usage: parallel_pi [STEPS [THREADS]]")
        exit(2)
    }
    return number
}

func run() throws(SystemError) {
    let work = Work(steps: argument(1, default: 2_000_000))
    let threads = argument(2, default: Thread.availableParallelism)
    let done = Semaphores()
    let elapsed = try MonotonicClock().measure { () throws(SystemError) in
        for _ in 0..<threads {
            _ = try Thread.spawn {
                work.takePart()
                done.ended.signal()
            }
        }
        for _ in 0..<threads { done.ended.wait() }
    }
    print("pi:", work.result)
    print("near enough:", abs(work.result - .pi) < 1e-12)
    // Not the same in any two runs, so not for standard output.
    try StandardError.write(
        "\(threads) threads on \(Thread.processorCount) processors: \(elapsed / .microseconds(1)) us\n")
}

final class Semaphores: Sendable {
    let ended = Semaphore()
}

do throws(SystemError) {
    try run()
} catch {
    print("failed:", error)
    exit(1)
}
