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

    private static let wasSought = Atomic<Bool>(false)
    nonisolated(unsafe) private static var cards: InlineArray<4, NetworkCard?> = InlineArray(repeating: nil)
    /// What is called when frames have come by a pair of queues: with the card's number and the
    /// pair's, interrupts off and no lock, on the interrupts' stack.
    nonisolated(unsafe) private static var arrived: (@convention(c) (Int, Int) -> Void)? = nil

    /// Looks for cards, unless that was done. No lock may be held, and one task does it.
    ///
    /// - Parameter arrived: Is called when a card interrupts, which each pair of its queues does once
    ///   after each `CardPair.rest`.
    public static func start(_ arrived: @convention(c) (Int, Int) -> Void) {
        guard !wasSought.load(ordering: .acquiring) else { return }
        machine_want_network_card()
        // Without a scheduler nobody can wait for one.
        guard (try? Tasks.prepareToWait()) != nil else { return }
        unsafe self.arrived = arrived
        find()
        wasSought.store(true, ordering: .releasing)
    }

    /// A card; `nil`: there are not so many.
    public static func card(_ number: Int) -> NetworkCard? {
        guard number >= 0, number < most, wasSought.load(ordering: .acquiring) else { return nil }
        return unsafe cards[number]
    }

    private static func find() {
        var count = 0
        for place in 0..<most {
            do throws(SearchProblem) {
                guard let bus = try DeviceSearch.find(.network, at: place) else { return }
                do throws(CardState.Problem) {
                    guard let block = unsafe kernelHeapAllocate(MemoryLayout<CardState>.size, 64) else {
                        throw .noMemory
                    }
                    let pairs = try CardState.prepare(bus)
                    let state = unsafe block.assumingMemoryBound(to: CardState.self)
                    // Whoever is interrupted finds the card.
                    let flags = machine_disable_interrupts()
                    defer { machine_restore_interrupts(flags) }
                    try unsafe CardState.open(count, bus, pairs: pairs, at: state) { NetworkCards.interrupted($0) }
                    unsafe cards[count] = NetworkCard(state)
                    count += 1
                } catch {
                    KernelServices.log(.warning, error.message)
                }
            } catch {
                return KernelServices.log(.warning, error.message)
            }
        }
    }

    private static func interrupted(_ number: UInt64) {
        guard let card = unsafe cards[Int(number)] else { return }
        card.interrupted { unsafe arrived?(card.number, $0.number) }
    }
}
