import KernelDisk
import KernelFileSystem
import KernelMain
import KernelSupport
import KernelTasks
import KernelVirtio
import Synchronization

/// The machine's disks that the boot line wants among the files: `mount=/dev/vda:/PATH[:ro]`.
public enum Volumes {
    nonisolated(unsafe) private static var volumes: InlineArray<8, Volume?> = InlineArray(repeating: nil)
    private static let count = Atomic<Int>(0)

    /// Of the machine's memory, the part that blocks of one disk may take.
    private static let memoryPart = 8
    private static let mostBlocks = 65_536

    /// Mounts the disk that a word of the boot line names. To be called by one task at a time, with
    /// no lock.
    ///
    /// - Parameter clock: The time of day.
    /// - Returns: Its files; `nil`: there are none, and the log has been told why.
    public static func open(_ word: FolderWord, clock: @escaping @Sendable () -> FileTime) -> (any MountedSystem)? {
        let place = count.load(ordering: .relaxed)
        guard let number = word.disk, let disk = Disks.disk(number), place < Disks.most else {
            KernelServices.log(.error, "a disk is not mounted: the machine has none of its name")
            return nil
        }
        let host = DiskHost(disk, clock: clock)
        var options = ExtendedOptions()
        options.isReadOnly = word.isReadOnly
        options.cachedBlocks = min(Int(KernelServices.memorySize / 4096) / memoryPart, mostBlocks)
        // One disk is seen in one place.
        var isSeen = false
        forEach { if $0.disk == number { isSeen = true } }
        guard !isSeen else {
            KernelServices.log(.error, "a disk is not mounted: it is already")
            return nil
        }
        do throws(ExtendedProblem) {
            let system = try ExtendedSystem(host, options)
            let volume = Volume(system, disk: number, number: place)
            unsafe volumes[place] = volume
            count.store(place + 1, ordering: .releasing)
            if !system.isReadOnly { keep() }
            return volume
        } catch {
            KernelServices.log(.error, "a disk is not mounted:")
            KernelServices.log(.error, error.message)
            return nil
        }
    }

    /// What `/proc/mounts` says of a disk: its kind, and whether nothing can be changed; `nil`: the
    /// word is no mounted disk's.
    public static func kind(of word: FolderWord) -> (StaticString, isReadOnly: Bool)? {
        guard let number = word.disk else { return nil }
        var kind: (StaticString, isReadOnly: Bool)? = nil
        forEach { if $0.disk == number { kind = ($0.hasJournal ? "ext3" : "ext2", $0.isReadOnly) } }
        return kind
    }

    /// Sees to it that what is changed gets to the disk by itself, and at the end.
    private static func keep() {
        guard !isKept.exchange(true, ordering: .relaxed) else { return }
        do throws(Errno) {
            try VolumeKeeper.start()
            try EndKeeper.start()
        } catch {
            KernelServices.log(
                .warning, "there is no memory to write to disks by the way: only fsync, sync and the end do")
        }
        Tasks.beforeEnd { Volumes.end() }
    }

    private static let isKept = Atomic<Bool>(false)

    private static func end() { forEach { $0.end() } }

    static func forEach(_ body: (Volume) -> Void) {
        for place in 0..<count.load(ordering: .acquiring) {
            if let volume = unsafe volumes[place] { body(volume) }
        }
    }
}
