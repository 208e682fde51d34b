import KernelDevices
import KernelFileSystem
import KernelMain
import KernelSupport
import KernelTasks
import KernelVirtio
import Synchronization

/// The host's folders that the boot line names, by the machine's virtio devices of files; and who
/// is asked for the disks that it names.
public enum Folders {
    /// More of them are not looked for.
    public static let most = 8

    /// A device that was found. None is touched again until it is used.
    private struct Found: Sendable {
        let bus: DeviceTransport
        let tag: FolderTag
    }

    nonisolated(unsafe) private static var channels: InlineArray<8, FolderChannel?> = InlineArray(repeating: nil)
    /// Those that can be written to.
    nonisolated(unsafe) private static var systems: InlineArray<8, FuseSystem<FolderChannel>?> =
        InlineArray(repeating: nil)
    private static let mounted = Atomic<Int>(0)
    private static let ready = Atomic<Int>(0)

    /// What the boot line says of folders; what is no such word is left out.
    public static var words: [FolderWord] {
        var reader = FolderWord.Reader()
        var words: [FolderWord] = []
        KernelServices.forEachMount { byte in
            if let byte { return reader.take(byte) }
            if let word = reader.word { words.append(word) }
            reader = FolderWord.Reader()
        }
        return words
    }

    /// Calls `body` with each folder and disk that is to be seen: its place among `words`, its files,
    /// and where. What is seen in another comes after that. To be called once, with no lock.
    ///
    /// - Parameter disk: Opens the disk that a word means; `nil`: it can't, and has told the log.
    public static func forEach(
        disk: (FolderWord) -> (any MountedSystem)?, _ body: (Int, any MountedSystem, FolderWord) -> Void
    ) {
        var count = 0
        KernelServices.forEachMount { if $0 == nil { count += 1 } }
        guard count > 0 else { return }
        let words = words
        if words.count < count {
            KernelServices.log(.error, "a word mount= of the boot line is not TAG:/PATH: it is ignored")
        }
        guard !words.isEmpty else { return }
        // Without a scheduler nobody can wait for an answer.
        guard (try? Tasks.prepareToWait()) != nil else {
            return KernelServices.log(.error, "no folder is mounted: the machine has no clock, or no memory")
        }
        var found = words.contains { $0.disk == nil } ? devices() : []
        var (left, depth) = (words.count, 0)
        while left > 0 {
            for (index, word) in words.enumerated() where word.depth == depth {
                left -= 1
                let system = word.disk != nil ? disk(word) : open(word, &found)
                if let system { body(index, system, word) }
            }
            depth += 1
        }
    }

    /// The files of the folder that a word means.
    private static func open(_ word: FolderWord, _ found: inout [Found]) -> (any MountedSystem)? {
        guard let place = found.firstIndex(where: { $0.tag == word.tag }) else {
            KernelServices.log(.error, "a folder is not mounted: no device has its tag")
            return nil
        }
        // One device is one folder: a second word of its tag finds none.
        return start(found.remove(at: place).bus, isReadOnly: word.isReadOnly)
    }

    private static func devices() -> [Found] {
        var found: [Found] = []
        for place in 0..<most {
            do throws(SearchProblem) {
                guard let bus = try DeviceSearch.find(.fileSystem, at: place) else { break }
                if let known = FolderConfiguration(of: bus) { found.append(Found(bus: bus, tag: known.tag)) }
            } catch {
                KernelServices.log(.warning, error.message)
            }
        }
        return found
    }

    /// Makes a device ready and greets its server.
    private static func start(_ bus: DeviceTransport, isReadOnly: Bool) -> (any MountedSystem)? {
        let number = ready.load(ordering: .relaxed)
        guard number < most, let block = unsafe kernelHeapAllocate(MemoryLayout<FolderState>.size, 64) else {
            KernelServices.log(.error, "a folder is not mounted: there is no memory, or there are too many")
            return nil
        }
        let state = unsafe block.assumingMemoryBound(to: FolderState.self)
        do throws(DeviceError) {
            unsafe state.initialize(to: try FolderState.open(number, bus) { Folders.interrupted($0) })
        } catch {
            unsafe kernelHeapDeallocate(block)
            KernelServices.log(.error, error.message)
            return nil
        }
        let channel = unsafe FolderChannel(state)
        unsafe channels[number] = channel
        ready.store(number + 1, ordering: .releasing)
        // An interrupt that came before was not taken back, and no request is under way yet.
        bus.acknowledgeInterrupt()
        do throws(Errno) {
            let session = try channel.withBuffer { (buffer) throws(Errno) in
                try FuseSession.start(on: channel, with: buffer)
            }
            channel.dataSize = min(channel.dataSize, session.mostWritten)
            let system = FuseSystem(channel, isReadOnly: isReadOnly)
            if !isReadOnly {
                let place = mounted.load(ordering: .relaxed)
                unsafe systems[place] = system
                mounted.store(place + 1, ordering: .releasing)
            }
            return system
        } catch {
            KernelServices.log(.error, "a folder is not mounted: its server does not answer as one of files should")
            return nil
        }
    }

    /// Calls `body` with the files of each folder that can be written to.
    static func forEachWritable(_ body: (FuseSystem<FolderChannel>) -> Void) {
        for place in 0..<mounted.load(ordering: .acquiring) {
            if let system = unsafe systems[place] { body(system) }
        }
    }

    /// A device has interrupted; no lock is held.
    private static func interrupted(_ number: UInt64) {
        // It may do that before it is one.
        guard number < UInt64(ready.load(ordering: .acquiring)) else { return }
        unsafe channels[Int(number)]?.interrupted()
    }
}
