import CMachine
import KernelDevices
import KernelMachine
import KernelMain
import KernelSupport
import KernelTasks
import KernelVirtio
import Synchronization

/// The machine's disks: its virtio block devices, in the order in which they are found. One that does
/// not work keeps its number, so that no other is taken for it.
public enum Disks {
    /// More of them are not looked for.
    public static let most = 8

    private static let lock = CoreLock(.disks)
    private static let wasSought = Atomic<Bool>(false)
    nonisolated(unsafe) private static var disks: InlineArray<8, Disk?> = InlineArray(repeating: nil)

    /// A disk; `nil`: there are not so many. No lock may be held.
    public static func disk(_ number: Int) -> Disk? {
        guard number >= 0, number < most else { return nil }
        if !wasSought.load(ordering: .acquiring) { seek() }
        return unsafe disks[number]
    }

    /// What was written before lasts, as far as that can be: of the disks that were used.
    public static func flushAll() {
        guard wasSought.load(ordering: .acquiring) else { return }
        for number in 0..<most { try? unsafe disks[number]?.flush() }
    }

    private static func seek() {
        // Without a scheduler nobody can wait for one.
        guard (try? Tasks.prepareToWait()) != nil else { return }
        var problems: InlineArray<8, StaticString?> = InlineArray(repeating: nil)
        let flags = machine_disable_interrupts()
        lock.lock()
        if !wasSought.load(ordering: .relaxed) {
            find(&problems)
            wasSought.store(true, ordering: .releasing)
        }
        lock.unlock()
        machine_restore_interrupts(flags)
        for index in 0..<most {
            if let problem = problems[index] { KernelServices.log(.warning, problem) }
        }
    }

    private static func find(_ problems: inout InlineArray<8, StaticString?>) {
        for place in 0..<most {
            do throws(SearchProblem) {
                guard let bus = try DeviceSearch.find(.block, at: place) else { return }
                do throws(DiskState.Problem) {
                    guard let block = unsafe kernelHeapAllocate(MemoryLayout<DiskState>.size, 64) else {
                        throw .noMemory
                    }
                    let state = unsafe block.assumingMemoryBound(to: DiskState.self)
                    unsafe state.initialize(to: try DiskState.open(place, bus) { Disks.interrupted($0) })
                    unsafe disks[place] = Disk(state)
                } catch {
                    problems[place] = error.message
                }
            } catch {
                problems[place] = error.message
            }
        }
    }

    /// A disk has interrupted; no lock is held.
    private static func interrupted(_ number: UInt64) {
        // It may do that before it is one.
        guard wasSought.load(ordering: .acquiring) else { return }
        unsafe disks[Int(number)]?.interrupted()
    }
}
