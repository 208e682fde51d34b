import CMachine
import KernelNetworkCards
import KernelTasks

/// What is sent and not yet on the wire when the program ends.
extension InterfaceState {
    /// Text that waits for more to be sent with it has left after this, in nanoseconds.
    private static var leastDraining: UInt64 { 1_000_000 }
    /// A device that has not sent everything after this is not waited for.
    private static var longestDraining: UInt64 { 100_000_000 }

    /// Waits until the cards have sent all: with the machine ends the emulator, whatever is in its
    /// devices' queues.
    static func drain() {
        let start = Tasks.now
        var isDone = false
        while !isDone, Tasks.now - start < longestDraining {
            machine_pause()
            isDone = Tasks.now - start > leastDraining
            for number in 0..<NetworkCards.most {
                guard let card = NetworkCards.card(number) else { break }
                if !card.hasSentAll { isDone = false }
            }
        }
    }
}
