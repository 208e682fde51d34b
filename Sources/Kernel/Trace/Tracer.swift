import CMachine
import KernelMachine
import KernelMain
import KernelSupport
import KernelTime

/// What the traced gates call: before a function of the ABI, and behind it.
///
/// A call is one line, written when it returns. Where another task is written
/// of meanwhile, the line is divided: the first part ends with "<unfinished
/// ...>", and the second begins with "<... NAME resumed>". So at most one call
/// has begun and is not written of, which is all that must be kept.
enum Tracer {
    private struct Begun {
        var task: Int32 = 0
        var line = LineBuffer()
    }

    /// The call that has begun; of task 0, which is none, otherwise.
    nonisolated(unsafe) private static var begun = SpinLock(Begun(), .tracer)

    /// Makes what is kept; before there is a second task.
    static func start() { unsafe begun.withLock { $0.task = 0 } }

    // MARK: - The two ends of a call

    static func enter(_ function: TraceFunction, _ call: inout hermit_trace_call) {
        let arguments = TracedCall(call).arguments
        let task = KernelServices.taskIdentifier
        var line = TraceLine()
        line.begin(task: task, " ", function)
        line.line.append("(")
        line.append(
            0..<shownAtOnce(function), of: function, arguments, result: nil)
        if !function.returns {
            line.line.append(") = ?")
            write(line)
            return
        }
        var text = line.line
        unsafe begun.withLock { begun in
            writeUnfinished(&begun)
            begun.task = task
            begun.line = text
            text.withBytes { KernelServices.trace($0, isWhole: false) }
        }
        call.start = now()
    }

    static func leave(_ function: TraceFunction, _ call: hermit_trace_call) {
        let end = now()
        let arguments = TracedCall(call).arguments
        let task = KernelServices.taskIdentifier
        var line = TraceLine()
        if let beginning = takeBeginning(of: task) {
            line.line = beginning
        } else {
            line.begin(task: task, " <... ", function)
            line.line.append(" resumed>")
        }
        line.append(
            shownAtOnce(function)..<function.parameterCount, of: function, arguments,
            result: call.result)
        line.append(result: call.result, of: function)
        if call.start != 0, end >= call.start { line.append(duration: end - call.start) }
        write(line)
    }

    /// What is kept of a task's call, if nobody has been written of since it began.
    private static func takeBeginning(of task: Int32) -> LineBuffer? {
        unsafe begun.withLock { begun in
            guard begun.task == task else { return nil }
            begun.task = 0
            return begun.line
        }
    }

    /// The parameters before the first one that is only known at the end.
    private static func shownAtOnce(_ function: TraceFunction) -> Int {
        for i in 0..<function.parameterCount where function.parameter(i).isWritten { return i }
        return function.parameterCount
    }

    /// Writes a whole line, and before it what another task has begun.
    private static func write(_ line: TraceLine) {
        var text = line.line
        unsafe begun.withLock { begun in
            writeUnfinished(&begun)
            text.withBytes { KernelServices.trace($0, isWhole: true) }
        }
    }

    private static func writeUnfinished(_ begun: inout Begun) {
        guard begun.task != 0 else { return }
        begun.line.append(" <unfinished ...>")
        begun.line.withBytes { KernelServices.trace($0, isWhole: true) }
        begun.task = 0
    }

    /// Nanoseconds; 0 where the machine has no clock.
    private static func now() -> UInt64 {
        if let now = MonotonicClock.now { return now }
        return MonotonicClock.start(origin: KernelServices.bootTicks) ? MonotonicClock.now ?? 0 : 0
    }
}
