/// Files as simply as can be: what POSIX and Linux say, with no thought of speed.
public struct FileModel {
    final class File {
        enum Kind {
            case file
            case directory
            case link([UInt8])
        }
        let kind: Kind
        var bytes: [UInt8] = []
        var names: [[UInt8]: File] = [:]
        /// A directory's; itself for the root.
        var parent: File? = nil
        var links = 1
        init(_ kind: Kind) { self.kind = kind }

        var isDirectory: Bool { if case .directory = kind { true } else { false } }
    }

    struct Open {
        let file: File
        let how: OpenManner
    }

    let root: File
    var opened: [Int: Open] = [:]
    private var nextNumber = 0

    public init() {
        root = File(.directory)
        root.parent = root
        root.links = 2
    }

    enum Number {
        static let perm = -1, noEntry = -2, badFile = -9, busy = -16, exists = -17, notDirectory = -20
        static let access = -13, noDevice = -19
        static let isDirectory = -21, invalid = -22, notEmpty = -39, loop = -40
    }

    /// Where a path ends: the directory, the name, the file if there is one.
    private struct End {
        var directory: File
        var name: [UInt8]
        var file: File?
        var hasSlash: Bool
    }

    private func resolve(
        _ path: [UInt8], from start: File, follows: Bool, nameOnly: Bool = false, makes: Bool = false,
        depth: inout Int
    ) -> Result<End, ExercisedError> {
        if path.isEmpty { return .failure(ExercisedError(Number.noEntry)) }
        let slash = UInt8(ascii: "/")
        var current = path[0] == slash ? root : start
        let parts = path.split(separator: slash).map { [UInt8]($0) }
        let hasSlash = path.last == slash
        guard !parts.isEmpty else {
            return .success(End(directory: root, name: [], file: root, hasSlash: true))
        }
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            if part == [UInt8(ascii: ".")] || part == [UInt8](repeating: UInt8(ascii: "."), count: 2) {
                let directory = current
                if part.count == 2 { current = current.parent! }
                if isLast {
                    return .success(End(directory: directory, name: part, file: current, hasSlash: hasSlash))
                }
                continue
            }
            if isLast && makes && hasSlash { return .failure(ExercisedError(Number.isDirectory)) }
            if isLast && nameOnly {
                return .success(
                    End(directory: current, name: part, file: current.names[part], hasSlash: hasSlash))
            }
            guard let file = current.names[part] else {
                if isLast {
                    return .success(End(directory: current, name: part, file: nil, hasSlash: hasSlash))
                }
                return .failure(ExercisedError(Number.noEntry))
            }
            if case .link(let target) = file.kind, !isLast || follows || hasSlash {
                depth += 1
                if depth > 40 { return .failure(ExercisedError(Number.loop)) }
                var rest = target
                for part in parts[(index + 1)...] { rest += [slash] + part }
                if hasSlash { rest.append(slash) }
                return resolve(rest, from: current, follows: follows, nameOnly: nameOnly, makes: makes, depth: &depth)
            }
            if isLast {
                if hasSlash && !file.isDirectory { return .failure(ExercisedError(Number.notDirectory)) }
                return .success(End(directory: current, name: part, file: file, hasSlash: hasSlash))
            }
            guard file.isDirectory else { return .failure(ExercisedError(Number.notDirectory)) }
            current = file
        }
        return .failure(ExercisedError(Number.noEntry))
    }

    private func end(_ path: [UInt8], follows: Bool = true, nameOnly: Bool = false, makes: Bool = false) -> Result<End, ExercisedError> {
        var depth = 0
        return resolve(path, from: root, follows: follows, nameOnly: nameOnly, makes: makes, depth: &depth)
    }

    private func isDots(_ name: [UInt8]) -> Bool {
        name == [UInt8(ascii: ".")] || name == [UInt8](repeating: UInt8(ascii: "."), count: 2)
    }

    private func status(_ file: File) -> ExercisedStatus {
        switch file.kind {
        case .file: ExercisedStatus(kind: .file, links: file.links, size: file.bytes.count)
        case .directory: ExercisedStatus(kind: .directory, links: file.links, size: 0)
        case .link(let target): ExercisedStatus(kind: .link, links: file.links, size: target.count)
        }
    }

    private func isInside(_ file: File, _ directory: File) -> Bool {
        var current = file
        while true {
            if current === directory { return true }
            if current === root { return false }
            current = current.parent!
        }
    }
}

extension FileModel: ExercisedFiles {
    public mutating func open(_ path: [UInt8], _ how: OpenManner) -> Int {
        let isNew = how.contains([.create, .exclusive])
        switch end(path, follows: !isNew && !how.contains(.noFollow), makes: how.contains(.create)) {
        case .failure(let error): return error.number
        case .success(let end):
            var found = end.file
            if let file = found {
                if isNew { return Number.exists }
                if how.contains(.directory) && !file.isDirectory { return Number.notDirectory }
                if case .link = file.kind { return Number.loop }
                if file.isDirectory && !how.isDisjoint(with: [.write, .create, .truncate]) {
                    return Number.isDirectory
                }
                if how.contains(.truncate) { file.bytes = [] }
            } else {
                guard how.contains(.create) else { return Number.noEntry }
                let file = File(.file)
                end.directory.names[end.name] = file
                found = file
            }
            nextNumber += 1
            opened[nextNumber] = Open(file: found!, how: how)
            return nextNumber
        }
    }

    public mutating func close(_ file: Int) -> Int { opened.removeValue(forKey: file) == nil ? Number.badFile : 0 }

    public mutating func read(_ file: Int, at offset: Int, count: Int, to bytes: inout [UInt8]) -> Int {
        let file = opened[file]!.file
        if file.isDirectory { return Number.isDirectory }
        guard offset < file.bytes.count else { return 0 }
        let part = file.bytes[offset..<min(file.bytes.count, offset + count)]
        bytes += part
        return part.count
    }

    public mutating func write(_ file: Int, at offset: Int, _ bytes: [UInt8]) -> Int {
        let open = opened[file]!
        guard open.how.contains(.write) else { return Number.badFile }
        let start = open.how.contains(.append) ? open.file.bytes.count : offset
        if bytes.isEmpty { return 0 }
        let missing = start + bytes.count - open.file.bytes.count
        if missing > 0 { open.file.bytes += [UInt8](repeating: 0, count: missing) }
        for (index, byte) in bytes.enumerated() { open.file.bytes[start + index] = byte }
        return bytes.count
    }

    public mutating func readMapped(
        _ file: Int, at offset: Int, count: Int, to bytes: inout [UInt8]
    ) -> Int {
        let file = opened[file]!.file
        if file.isDirectory { return Number.noDevice }
        guard offset < file.bytes.count else { return 0 }
        let part = file.bytes[offset..<min(file.bytes.count, offset + count)]
        bytes += part
        return part.count
    }

    public mutating func writeMapped(_ file: Int, at offset: Int, _ bytes: [UInt8]) -> Int {
        let open = opened[file]!
        guard open.how.contains(.write) else { return Number.access }
        let count = max(min(bytes.count, open.file.bytes.count - offset), 0)
        for index in 0..<count { open.file.bytes[offset + index] = bytes[index] }
        return count
    }

    private func truncate(_ file: File, _ size: Int) {
        if size < file.bytes.count {
            file.bytes.removeLast(file.bytes.count - size)
        } else {
            file.bytes += [UInt8](repeating: 0, count: size - file.bytes.count)
        }
    }

    public mutating func truncate(_ file: Int, to size: Int) -> Int {
        let open = opened[file]!
        guard open.how.contains(.write), size >= 0 else { return Number.invalid }
        truncate(open.file, size)
        return 0
    }

    public mutating func truncate(_ path: [UInt8], to size: Int) -> Int {
        if size < 0 { return Number.invalid }
        switch end(path) {
        case .failure(let error): return error.number
        case .success(let end):
            guard let file = end.file else { return Number.noEntry }
            if file.isDirectory { return Number.isDirectory }
            truncate(file, size)
            return 0
        }
    }

    public mutating func rename(_ old: [UInt8], to new: [UInt8]) -> Int {
        let from: End
        switch end(old, nameOnly: true) {
        case .failure(let error): return error.number
        case .success(let end): from = end
        }
        let to: End
        switch end(new, nameOnly: true) {
        case .failure(let error): return error.number
        case .success(let end): to = end
        }
        if from.name.isEmpty || isDots(from.name) || to.name.isEmpty || isDots(to.name) { return Number.busy }
        guard let file = from.file else { return Number.noEntry }
        if !file.isDirectory && (from.hasSlash || to.hasSlash) { return Number.notDirectory }
        // Linux looks at this before it looks at what is there.
        if file.isDirectory && isInside(to.directory, file) { return Number.invalid }
        if let other = to.file {
            if other.isDirectory && isInside(from.directory, other) { return Number.notEmpty }
            if other === file { return 0 }
            if file.isDirectory && !other.isDirectory { return Number.notDirectory }
            if !file.isDirectory && other.isDirectory { return Number.isDirectory }
            if other.isDirectory {
                if !other.names.isEmpty { return Number.notEmpty }
                other.links = 0
                to.directory.links -= 1
            } else {
                other.links -= 1
            }
        }
        from.directory.names[from.name] = nil
        to.directory.names[to.name] = file
        if file.isDirectory {
            file.parent = to.directory
            from.directory.links -= 1
            to.directory.links += 1
        }
        return 0
    }

    public mutating func link(_ old: [UInt8], to new: [UInt8]) -> Int {
        let from: End
        switch end(old, follows: false) {
        case .failure(let error): return error.number
        case .success(let end): from = end
        }
        guard let file = from.file else { return Number.noEntry }
        switch end(new, nameOnly: true) {
        case .failure(let error): return error.number
        case .success(let to):
            if to.name.isEmpty || isDots(to.name) || to.file != nil { return Number.exists }
            if to.hasSlash { return Number.noEntry }
            if file.isDirectory { return Number.perm }
            to.directory.names[to.name] = file
            file.links += 1
            return 0
        }
    }

    public mutating func unlink(_ path: [UInt8]) -> Int {
        switch end(path, nameOnly: true) {
        case .failure(let error): return error.number
        case .success(let end):
            if end.name.isEmpty || isDots(end.name) { return Number.isDirectory }
            guard let file = end.file else { return Number.noEntry }
            if file.isDirectory { return Number.isDirectory }
            if end.hasSlash { return Number.notDirectory }
            end.directory.names[end.name] = nil
            file.links -= 1
            return 0
        }
    }

    public mutating func makeDirectory(_ path: [UInt8]) -> Int {
        switch end(path, nameOnly: true) {
        case .failure(let error): return error.number
        case .success(let end):
            if end.name.isEmpty || isDots(end.name) || end.file != nil { return Number.exists }
            let file = File(.directory)
            file.links = 2
            file.parent = end.directory
            end.directory.names[end.name] = file
            end.directory.links += 1
            return 0
        }
    }

    public mutating func removeDirectory(_ path: [UInt8]) -> Int {
        switch end(path, nameOnly: true) {
        case .failure(let error): return error.number
        case .success(let end):
            if end.name.isEmpty { return Number.busy }
            if isDots(end.name) { return end.name.count == 1 ? Number.invalid : Number.notEmpty }
            guard let file = end.file else { return Number.noEntry }
            guard file.isDirectory else { return Number.notDirectory }
            guard file.names.isEmpty else { return Number.notEmpty }
            end.directory.names[end.name] = nil
            end.directory.links -= 1
            file.links = 0
            return 0
        }
    }

    public mutating func makeLink(to target: [UInt8], at path: [UInt8]) -> Int {
        if target.isEmpty { return Number.noEntry }
        switch end(path, nameOnly: true) {
        case .failure(let error): return error.number
        case .success(let end):
            if end.name.isEmpty || isDots(end.name) || end.file != nil { return Number.exists }
            if end.hasSlash { return Number.noEntry }
            end.directory.names[end.name] = File(.link(target))
            return 0
        }
    }

    public mutating func readLink(_ path: [UInt8], to bytes: inout [UInt8]) -> Int {
        switch end(path, follows: false) {
        case .failure(let error): return error.number
        case .success(let end):
            guard let file = end.file else { return Number.noEntry }
            guard case .link(let target) = file.kind else { return Number.invalid }
            bytes += target
            return target.count
        }
    }

    public mutating func status(_ path: [UInt8], follows: Bool) -> Result<ExercisedStatus, ExercisedError> {
        switch end(path, follows: follows) {
        case .failure(let error): return .failure(error)
        case .success(let end):
            guard let file = end.file else { return .failure(ExercisedError(Number.noEntry)) }
            return .success(status(file))
        }
    }

    public mutating func status(_ file: Int) -> Result<ExercisedStatus, ExercisedError> {
        .success(status(opened[file]!.file))
    }

    public mutating func names(_ path: [UInt8]) -> Result<[[UInt8]], ExercisedError> {
        switch end(path) {
        case .failure(let error): return .failure(error)
        case .success(let end):
            guard let file = end.file else { return .failure(ExercisedError(Number.noEntry)) }
            guard file.isDirectory else { return .failure(ExercisedError(Number.notDirectory)) }
            return .success(Array(file.names.keys))
        }
    }
}
