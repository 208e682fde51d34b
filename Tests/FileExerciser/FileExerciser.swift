/// Random operations from a seed, on what is tested and on the model; the first
/// difference ends it.
public struct FileExerciser<Files: ExercisedFiles> {
    public var files: Files
    private var model = FileModel()
    private var state: UInt64
    /// Open files: here, and in the model.
    private var opened: [(file: Int, model: Int, how: OpenManner, isDirectory: Bool)] = []
    private let isWild: Bool

    private static var mostOpen: Int { 12 }
    /// Files get about so long.
    private static var longest: Int { 40_000 }

    /// - Parameter isWild: Whether paths go through links, dots and many slashes.
    public init(_ files: Files, seed: UInt64, isWild: Bool) {
        self.files = files
        state = seed
        self.isWild = isWild
    }

    private mutating func random() -> UInt64 {
        // SplitMix64 (Steele, Lea, Flood).
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    private mutating func random(below limit: Int) -> Int { Int(random() % UInt64(limit)) }

    private mutating func path() -> [UInt8] {
        let slash = UInt8(ascii: "/")
        var path: [UInt8] = []
        let depth = 1 + random(below: 3)
        for level in 0..<depth {
            path.append(slash)
            if isWild && random(below: 12) == 0 { path.append(slash) }
            if isWild && random(below: 10) == 0 {
                path += [UInt8](repeating: UInt8(ascii: "."), count: 1 + random(below: 2))
            } else if random(below: 20) == 0 {
                // A long name, and bytes that are no text.
                path += [UInt8](repeating: 0xF0 + UInt8(level), count: 40 + random(below: 3))
            } else {
                path.append(UInt8(ascii: "a") + UInt8(random(below: 5)))
            }
        }
        if isWild && random(below: 10) == 0 { path.append(slash) }
        return path
    }

    private mutating func bytes(_ most: Int) -> [UInt8] {
        let count = random(below: most)
        var word = random() | 1
        return (0..<count).map { _ in
            word = word &* 6_364_136_223_846_793_005 &+ 1
            return UInt8(truncatingIfNeeded: word >> 33)
        }
    }

    private func difference(_ here: Int, _ there: Int, _ what: StaticString) -> String? {
        here == there ? nil : "\(what): \(here), and the model says \(there)"
    }

    private func difference(
        _ here: Result<ExercisedStatus, ExercisedError>,
        _ there: Result<ExercisedStatus, ExercisedError>, _ what: StaticString
    ) -> String? {
        switch (here, there) {
        case (.failure(let a), .failure(let b)): return difference(a.number, b.number, what)
        case (.success(let a), .success(let b)):
            let isSame = a.kind == b.kind && a.links == b.links && (a.kind == .directory || a.size == b.size)
            return isSame ? nil : "\(what): links \(a.links) and size \(a.size), the model has \(b.links) and \(b.size)"
        case (.failure(let a), .success): return "\(what): \(a.number), and the model succeeds"
        case (.success, .failure(let b)): return "\(what): succeeds, and the model says \(b.number)"
        }
    }

    /// One operation; what is different.
    public mutating func step() -> String? {
        let choice = random(below: 100)
        switch choice {
        case 0..<12: return stepOpen()
        case 12..<18: return opened.isEmpty ? nil : stepClose()
        case 18..<32: return opened.isEmpty ? nil : stepWrite()
        case 32..<36: return opened.isEmpty ? nil : stepWriteMapped()
        case 36..<48: return opened.isEmpty ? nil : stepRead()
        case 48..<52: return opened.isEmpty ? nil : stepReadMapped()
        case 52..<58: return opened.isEmpty ? nil : stepTruncate()
        case 58..<60:
            let (path, size) = (path(), random(below: Self.longest))
            return difference(files.truncate(path, to: size), model.truncate(path, to: size), "truncate")
        case 60..<68:
            let (old, new) = (path(), path())
            return difference(files.rename(old, to: new), model.rename(old, to: new), "rename")
        case 68..<73:
            let (old, new) = (path(), path())
            return difference(files.link(old, to: new), model.link(old, to: new), "link")
        case 73..<79:
            let path = path()
            return difference(files.unlink(path), model.unlink(path), "unlink")
        case 79..<85:
            let path = path()
            return difference(files.makeDirectory(path), model.makeDirectory(path), "mkdir")
        case 85..<89:
            let path = path()
            return difference(files.removeDirectory(path), model.removeDirectory(path), "rmdir")
        case 89..<91:
            var target = path()
            if random(below: 2) == 0 { target.removeFirst() }
            let path = path()
            return difference(
                files.makeLink(to: target, at: path), model.makeLink(to: target, at: path), "symlink")
        case 91..<93:
            let path = path()
            var (here, there): ([UInt8], [UInt8]) = ([], [])
            let problem = difference(
                files.readLink(path, to: &here), model.readLink(path, to: &there), "readlink")
            return problem ?? (here == there ? nil : "readlink: other contents")
        case 93..<97:
            let (path, follows) = (path(), random(below: 2) == 0)
            return difference(
                files.status(path, follows: follows), model.status(path, follows: follows), "stat")
        default: return stepNames(path())
        }
    }

    private mutating func stepOpen() -> String? {
        if opened.count == Self.mostOpen { return stepClose() }
        var how = OpenManner(rawValue: random(below: 128))
        // What Linux says to both together depends on its version.
        if how.contains(.create) { how.remove(.directory) }
        if random(below: 2) == 0 { how.formUnion([.write, .create]) ; how.remove([.exclusive, .directory]) }
        // Without writing this is undefined.
        if !how.contains(.write) { how.remove(.truncate) }
        let path = path()
        let (file, other) = (files.open(path, how), model.open(path, how))
        if file < 0 || other < 0 { return difference(file, other, "open") }
        let isDirectory = model.opened[other]!.file.isDirectory
        opened.append((file, other, how, isDirectory))
        return nil
    }

    private mutating func stepClose() -> String? {
        let open = opened.remove(at: random(below: opened.count))
        return difference(files.close(open.file), model.close(open.model), "close")
    }

    private mutating func stepWrite() -> String? {
        let open = opened[random(below: opened.count)]
        let bytes = bytes(random(below: 4) == 0 ? 12_000 : 300)
        let offset = random(below: Self.longest)
        return difference(
            files.write(open.file, at: offset, bytes), model.write(open.model, at: offset, bytes), "write")
    }

    private mutating func stepRead() -> String? {
        let open = opened[random(below: opened.count)]
        var (here, there): ([UInt8], [UInt8]) = ([], [])
        let (offset, count) = (random(below: Self.longest), random(below: 16_000))
        let problem = difference(
            files.read(open.file, at: offset, count: count, to: &here),
            model.read(open.model, at: offset, count: count, to: &there), "read")
        return problem ?? (here == there ? nil : "read: other bytes")
    }

    private mutating func stepWriteMapped() -> String? {
        let open = opened[random(below: opened.count)]
        let bytes = bytes(random(below: 4) == 0 ? 12_000 : 300)
        let offset = random(below: Self.longest)
        return difference(
            files.writeMapped(open.file, at: offset, bytes),
            model.writeMapped(open.model, at: offset, bytes), "write to a mapping")
    }

    private mutating func stepReadMapped() -> String? {
        let open = opened[random(below: opened.count)]
        var (here, there): ([UInt8], [UInt8]) = ([], [])
        let (offset, count) = (random(below: Self.longest), random(below: 16_000))
        let problem = difference(
            files.readMapped(open.file, at: offset, count: count, to: &here),
            model.readMapped(open.model, at: offset, count: count, to: &there), "read from a mapping")
        return problem ?? (here == there ? nil : "read from a mapping: other bytes")
    }

    private mutating func stepTruncate() -> String? {
        let open = opened[random(below: opened.count)]
        if random(below: 4) == 0 {
            return difference(files.status(open.file), model.status(open.model), "fstat")
        }
        let size = random(below: Self.longest)
        return difference(
            files.truncate(open.file, to: size), model.truncate(open.model, to: size), "ftruncate")
    }

    private mutating func stepNames(_ path: [UInt8]) -> String? {
        switch (files.names(path), model.names(path)) {
        case (.failure(let a), .failure(let b)): return difference(a.number, b.number, "readdir")
        case (.success(let a), .success(let b)):
            let (here, there) = (Set(a), Set(b))
            return here == there && a.count == b.count ? nil : "readdir: other names"
        case (.failure(let a), .success): return "readdir: \(a.number), and the model succeeds"
        case (.success, .failure(let b)): return "readdir: succeeds, and the model says \(b.number)"
        }
    }

    /// Reads every file that is open from end to end, and closes it.
    public mutating func finish() -> String? {
        while let open = opened.popLast() {
            if !open.isDirectory {
                var (here, there): ([UInt8], [UInt8]) = ([], [])
                _ = files.read(open.file, at: 0, count: 1 << 20, to: &here)
                _ = model.read(open.model, at: 0, count: 1 << 20, to: &there)
                if here != there { return "at the end: other bytes" }
            }
            if let problem = difference(files.close(open.file), model.close(open.model), "close") { return problem }
        }
        return nil
    }
}
