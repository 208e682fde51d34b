/// A lock of one word: free, held, or held and perhaps waited for.
///
/// Only who finds it held when taking it, or waited for when giving it back,
/// calls the kernel.
struct FutexLock: ~Copyable, Sendable {
    private static let free: UInt32 = 0
    private static let held: UInt32 = 1
    private static let contended: UInt32 = 2

    private let word = FutexWord(0)

    /// Takes the lock if it is free; whether it was.
    @inline(__always)
    func takeIfFree() -> Bool { word.replace(Self.free, with: Self.held) }

    @inline(__always)
    func take() {
        if !takeIfFree() { wait() }
    }

    /// From now on the word says that somebody waits: also when this thread
    /// has got the lock, as it does not know whether it was the only one.
    @inline(never)
    private func wait() {
        while word.exchange(Self.contended) != Self.free {
            _ = word.wait(while: Self.contended)
        }
    }

    @inline(__always)
    func give() {
        if word.exchange(Self.free) == Self.contended { word.wake(1) }
    }
}
