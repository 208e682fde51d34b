import CMachine
import KernelMachine
import KernelMain
import KernelMemory
import KernelScheduling
import KernelSupport

/// Memory of tasks that have ended: some of it is kept for the next tasks at
/// the same places of the table, the rest goes back, much at once, because
/// every core has to forget it first.
///
/// The memory lock guards it.
struct KeptMemory: ~Copyable {
    /// Places whose stacks are kept.
    private var kept = 0
    /// Stacks' memory that nobody uses any more, and that cores may still know.
    private var retired = InlineArray<64, Range<UInt64>>(repeating: 0..<0)
    private var retiredCount = 0

    private static let mostRetired = 64
    /// Places that keep their stacks at most: a few hundred kibibytes.
    private static let mostKept = 32
    /// What a kept application stack has at most, from its top on.
    private static let keptStack: UInt64 = 0x4000

    /// An ended task's memory is left: what its place keeps of it.
    mutating func leave(
        _ context: TaskContext, in memory: inout Memory
    ) -> TaskContext {
        var context = context
        trim(&context, in: &memory)
        if context.isStackPromised || kept >= Self.mostKept {
            retire(context.kernelStack.range, in: &memory)
            retire(context.filledStack, in: &memory)
            ThreadStorage.give(context.threadPointer, in: &memory)
            return TaskContext()
        }
        kept += 1
        context.isKept = true
        return context
    }

    /// Ends what is kept of a place; its next task starts with nothing.
    mutating func release(_ context: TaskContext, in memory: inout Memory) {
        kept -= 1
        retire(context.kernelStack.range, in: &memory)
        retire(context.filledStack, in: &memory)
        ThreadStorage.give(context.threadPointer, in: &memory)
    }

    /// What is kept of a place is its new task's.
    mutating func take(_ context: TaskContext, in memory: inout Memory) {
        kept -= 1
        // The new task may touch what the last one's stack had below.
        if context.isStackTrimmed { flush(in: &memory) }
    }

    /// Takes the lower part of a stack away that was used deeply, and ends
    /// what was promised to the stack.
    private mutating func trim(_ context: inout TaskContext, in memory: inout Memory) {
        if context.isStackPromised { return memory.release(context) }
        let lowest = context.applicationStack.top - Self.keptStack
        guard context.lowestFilled < lowest else { return }
        retire(context.lowestFilled..<lowest, in: &memory)
        context.lowestFilled = lowest
        context.isStackTrimmed = true
    }

    // MARK: - Going back

    private mutating func retire(_ pages: Range<UInt64>, in memory: inout Memory) {
        guard !pages.isEmpty else { return }
        if retiredCount == Self.mostRetired { flush(in: &memory) }
        memory.space.withdraw(pages.lowerBound, count: pages.count / 4096)
        retired[retiredCount] = pages
        retiredCount += 1
    }

    /// Gives the frames of all that is retired back; whether there was anything.
    @discardableResult
    mutating func flush(in memory: inout Memory) -> Bool {
        guard retiredCount > 0 else { return false }
        TranslationBuffer.forgetEverything()
        for i in 0..<retiredCount {
            memory.space.collect(retired[i].lowerBound, count: retired[i].count / 4096)
        }
        retiredCount = 0
        return true
    }
}
