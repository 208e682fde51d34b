import KernelSupport

/// A folder that is to be seen, as the boot line tells of it: `mount=TAG:/PATH`, perhaps with
/// `:ro` behind it.
public struct FolderWord: Sendable {
    public private(set) var tag = FolderTag()
    /// Where it is to be seen.
    public private(set) var path: [UInt8] = []
    /// Bytes of it at most.
    public static var longestPath: Int { 1024 }
    public private(set) var isReadOnly = false

    public var pathCount: Int { path.count }

    private init() {}

    /// A reader that is given the bytes behind the equals sign, one after the other.
    public struct Reader: Sendable {
        private var known = FolderWord()
        private var isPath = false
        private var isWrong = false

        public init() {}

        public mutating func take(_ byte: UInt8) {
            if isPath {
                guard known.path.count < FolderWord.longestPath, byte != 0 else { return isWrong = true }
                known.path.append(byte)
            } else if byte == UInt8(ascii: ":") {
                isPath = true
            } else if !known.tag.append(byte) {
                isWrong = true
            }
        }

        /// What was read; `nil`: it is no such word.
        public var word: FolderWord? {
            guard !isWrong, known.tag.count > 0 else { return nil }
            var word = known
            if word.ends(with: ":ro") {
                word.isReadOnly = true
                word.path.removeLast(3)
            }
            guard word.pathCount > 1, word.path[0] == UInt8(ascii: "/") else { return nil }
            return word
        }
    }

    /// The number of the disk that is meant instead: its tag is `/dev/vda` to `/dev/vdh`.
    public var disk: Int? {
        let prefix = "/dev/vd" as StaticString
        let count = prefix.utf8CodeUnitCount
        guard tag.count == count + 1 else { return nil }
        for index in 0..<count where tag[index] != prefix.byte(at: index) { return nil }
        let letter = tag[count]
        return (UInt8(ascii: "a")...UInt8(ascii: "h")).contains(letter) ? Int(letter - UInt8(ascii: "a")) : nil
    }

    /// Names of the path: what is mounted in another is mounted after that.
    public var depth: Int {
        var depth = 0
        for index in 1..<pathCount where path[index] != UInt8(ascii: "/") && path[index - 1] == UInt8(ascii: "/") {
            depth += 1
        }
        return depth
    }

    private func ends(with text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard pathCount >= count else { return false }
        for index in 0..<count where path[pathCount - count + index] != text.byte(at: index) {
            return false
        }
        return true
    }
}
