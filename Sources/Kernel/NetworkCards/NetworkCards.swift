import CMachine
import KernelDevices
import KernelMachine
import KernelMain
import KernelSupport
import KernelTasks
import KernelVirtio
import Synchronization

/// The machine's network cards: its virtio network devices, in the order in which they are
/// found.
public enum NetworkCards {
    /// More of them are not looked for.
    public static let most = 4

    private static let lock = CoreLock(.cardReceiving)
    private static let wasSought = Atomic<Bool>(false)
    nonisolated(unsafe) private static var cards: InlineArray<4, NetworkCard?> = InlineArray(repeating: nil)
    /// What is called when frames have come, or what was sent is done with: with the
    /// card's number, interrupts off and no lock, on the interrupts' stack.
    nonisolated(unsafe) private static var arrived: (@convention(c) (UInt64) -> Void)? = nil

    /// Looks for cards, unless that was done. No lock may be held.
    ///
    /// - Parameter arrived: Is called when a card interrupts, which it does once after each
    ///   `NetworkCard.rest`.
    public static func start(_ arrived: @convention(c) (UInt64) -> Void) {
        guard !wasSought.load(ordering: .acquiring) else { return }
        machine_want_network_card()
        // Without a scheduler nobody can wait for one.
        guard (try? Tasks.prepareToWait()) != nil else { return }
        var problems: InlineArray<4, StaticString?> = InlineArray(repeating: nil)
        let flags = machine_disable_interrupts()
        lock.lock()
        if !wasSought.load(ordering: .relaxed) {
            unsafe self.arrived = arrived
            find(&problems)
            wasSought.store(true, ordering: .releasing)
        }
        lock.unlock()
        machine_restore_interrupts(flags)
        for index in 0..<most {
            if let problem = problems[index] { KernelServices.log(.warning, problem) }
        }
    }

    /// A card; `nil`: there are not so many.
    public static func card(_ number: Int) -> NetworkCard? {
        guard number >= 0, number < most, wasSought.load(ordering: .acquiring) else { return nil }
        return unsafe cards[number]
    }

    private static func find(_ problems: inout InlineArray<4, StaticString?>) {
        var count = 0
        for place in 0..<most {
            do throws(SearchProblem) {
                guard let bus = try DeviceSearch.find(.network, at: place) else { return }
                do throws(CardState.Problem) {
                    guard let block = unsafe kernelHeapAllocate(MemoryLayout<CardState>.size, 64) else {
                        throw .noMemory
                    }
                    let state = unsafe block.assumingMemoryBound(to: CardState.self)
                    unsafe state.initialize(to: try CardState.open(count, bus) { NetworkCards.interrupted($0) })
                    unsafe cards[count] = NetworkCard(state)
                    count += 1
                } catch {
                    problems[place] = error.message
                }
            } catch {
                problems[place] = error.message
                return
            }
        }
    }

    private static func interrupted(_ number: UInt64) {
        guard let card = card(Int(number)) else { return }
        card.silence()
        unsafe arrived?(number)
    }
}
