import KernelFileSystem
import KernelFolders
import KernelMain
import KernelSupport
import KernelVirtio
import KernelVolumes
import Synchronization

/// Folders of the host's and disks among the files: `mount=TAG:/PATH` of the boot line.
enum HostFolders {
    /// A bit for each word of the boot line whose files are mounted.
    private static let mounted = Atomic<UInt64>(0)

    static func mount(_ files: KernelFiles) {
        Folders.forEach(disk: { Volumes.open($0, clock: { FileClock.now() }) }) { place, system, word in
            do throws(Errno) {
                let point = try point(of: word, files)
                // It stays what the folder is seen over.
                try files.open(point)
                try files.mount(MappableSystem(system, files, MountLock()), on: point)
                mounted.bitwiseOr(1 << UInt64(place), ordering: .relaxed)
            } catch {
                KernelServices.log(.error, "a folder or disk is not mounted: its path is no directory, or can't be made")
            }
        }
    }

    /// The directory of a word's path. What is missing of it in memory is made; in another
    /// folder nothing is.
    private static func point(of word: FolderWord, _ files: KernelFiles) throws(Errno) -> Node {
        try unsafe files.withPathBlock { block throws(Errno) in
            var text = unsafe block.mutableBytes
            var point = files.root
            var end = 1
            while end < word.pathCount {
                end += 1
                guard end == word.pathCount || word.path[end] == UInt8(ascii: "/") else { continue }
                let parent = point
                do throws(Errno) {
                    point = try find(word, end, &text, files)
                } catch {
                    guard error == .noSuchFileOrDirectory, parent.system == .ram else { throw error }
                    copy(word, end, to: &text)
                    try files.makeDirectory(&text, count: end, from: files.root, mode: FileMode(0o755))
                    point = try find(word, end, &text, files)
                }
            }
            return point
        }
    }

    private static func copy(_ word: FolderWord, _ count: Int, to text: inout MutableRawSpan) {
        for place in 0..<count { _ = text.store(word.path[place], at: UInt64(place)) }
    }

    private static func find(
        _ word: FolderWord, _ count: Int, _ text: inout MutableRawSpan, _ files: KernelFiles
    ) throws(Errno) -> Node {
        copy(word, count, to: &text)
        return try files.find(&text, count: count, from: files.root, follows: true)
    }

    /// Their lines of `/proc/mounts`, in which blanks and backslashes of names are numbers.
    static func write(_ text: inout TextWindow) {
        let mounted = mounted.load(ordering: .relaxed)
        guard mounted != 0 else { return }
        let words = Folders.words
        for place in 0..<min(words.count, 64) where mounted >> UInt64(place) & 1 != 0 {
            write(words[place], &text)
        }
    }

    private static func write(_ word: FolderWord, _ text: inout TextWindow) {
        word.tag.forEachByte { write($0, &text) }
        text.append(" ")
        for offset in 0..<word.pathCount { write(word.path[offset], &text) }
        let (kind, isReadOnly) = Volumes.kind(of: word) ?? ("virtiofs", word.isReadOnly)
        text.append(" ")
        text.append(kind)
        text.append(isReadOnly ? " ro 0 0\n" : " rw 0 0\n")
    }

    private static func write(_ byte: UInt8, _ text: inout TextWindow) {
        switch byte {
        case 0x20: text.append("\\040")
        case 0x09: text.append("\\011")
        case 0x0A: text.append("\\012")
        case 0x5C: text.append("\\134")
        default: text.append(byte)
        }
    }
}
