import KernelSupport
import Synchronization

/// Which files short paths have led to, for those who come again.
///
/// A path of names in memory leads to the same file until a name is taken away or
/// becomes another file's, or something is mounted: `forget` is called with every
/// such change, and then nothing is known. A new name changes no path that has led
/// somewhere. Whoever holds the tree's lock may ask and change.
struct PathCache: ~Copyable {
    /// A path and where it has led: 96 bytes.
    private struct Known {
        /// The path, as far as its last word.
        var text = InlineArray<8, UInt64>(repeating: 0)
        var base = Inode.none
        var file = Inode.none
        /// When that was; what is older than the last change is not known.
        var age: UInt64 = 0
    }

    /// Places: as many as a page has room for, by powers of two.
    private static var places: UInt64 { 32 }

    private var known = RecordTable<Known>()
    private let changes = Atomic<UInt64>(1)

    /// Without memory nothing is ever known.
    init(_ source: borrowing some BlockSource & ~Copyable) {
        _ = known.grow(first: PageTree.pageSize, source) { Known() }
    }

    mutating func removeAll(_ source: borrowing some BlockSource & ~Copyable) { known.removeAll(source) }

    /// Names have changed.
    @inline(__always)
    func forget() {
        changes.store(changes.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// The place of a path.
    @inline(__always)
    private func place(of path: inout ShortText, _ base: Inode) -> RecordReference<Known>? {
        guard known.capacity > 0 else { return nil }
        // Odd, with half of the bits set. Paths that share a place cost a walk, no more.
        let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
        var state = UInt64(base.index)
        var index = 0
        repeat {
            state = (state ^ path.words[index]) &* factor
            state ^= state >> 32
            index &+= 1
        } while index <= path.lastWord
        return known[Int(truncatingIfNeeded: state % Self.places)]
    }

    /// The file that a path has led to, and leads to still.
    @inline(__always)
    func file(at path: inout ShortText, from base: Inode) -> Inode? {
        guard let place = place(of: &path, base), place.record.age == changes.load(ordering: .relaxed),
            place.record.base == base
        else { return nil }
        var index = 0
        repeat {
            guard place.record.text[index] == path.words[index] else { return nil }
            index &+= 1
        } while index <= path.lastWord
        return place.record.file
    }

    /// A path has led to a file.
    @inline(never)
    func note(_ file: Inode, at path: inout ShortText, from base: Inode) {
        guard let place = place(of: &path, base) else { return }
        place.record.text = path.words
        place.record.base = base
        place.record.file = file
        place.record.age = changes.load(ordering: .relaxed)
    }
}
