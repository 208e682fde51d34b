import KernelFileSystem
import KernelSupport
import Testing

extension TestFiles {
    /// Where a short path leads by what is known of it; `nil`: it is to be walked.
    fileprivate func quick(_ path: String, from base: Node) throws(Errno) -> Node? {
        let bytes = bytes(path)
        guard var short = ShortText(bytes.span.bytes) else { return nil }
        return try quickFind(&short, from: base)
    }

    /// Where it leads part by part: what is not short is not looked up.
    fileprivate func slow(_ path: String, from base: Node) -> Node? {
        let longer = (path.hasPrefix("/") ? "" : "./") + path
        let walked = longer.replacing("/", with: String(repeating: "/", count: 300), maxReplacements: 1)
        return try? find(walked, from: base)
    }
}

@Suite struct PathCacheTests {
    @Test func whatWasFoundIsFoundAgain() throws {
        let files = TestFiles()
        let d = try files.makeDirectory("/d")
        let f = try files.open("/d/f").node
        for _ in 0..<3 {
            #expect(try files.quick("/d/f", from: files.rootNode) == f)
            #expect(try files.quick("d/f", from: files.rootNode) == f)
            #expect(try files.quick("f", from: d) == f)
            #expect(try files.quick("/d", from: d) == d)
            #expect(try files.quick("/d/", from: d) == nil)
            #expect(try files.quick("f", from: files.rootNode) == nil)
            #expect(try files.quick("", from: d) == nil)
        }
    }

    /// Names of 1 to 16 bytes, among them those that differ in their last byte alone.
    @Test func pathsThatAreAlikeAreTold() throws {
        let files = TestFiles()
        var nodes: [(String, Node)] = []
        for count in 1...40 {
            for last in ["a", "b"] {
                let path = "/" + String(repeating: "x", count: count - 1) + last
                nodes.append((path, try files.open(path).node))
            }
        }
        for _ in 0..<3 {
            for (path, node) in nodes { #expect(try files.quick(path, from: files.rootNode) == node) }
        }
    }

    @Test func whatIsMountedHidesWhatWasKnown() throws {
        let files = TestFiles()
        let d = try files.makeDirectory("/d")
        _ = try files.open("/d/f")
        #expect(try files.quick("/d/f", from: files.rootNode) != nil)
        #expect(try files.quick("/d", from: files.rootNode) == d)
        try files.mount(SyntheticSystem([], number: SyntheticSystem.deviceNumber, now: FileTime(nanosecondsSinceEpoch: 0)), on: d)
        #expect(try files.quick("/d/f", from: files.rootNode) == nil)
        #expect(try files.quick("/d", from: files.rootNode) == nil)
    }

    /// Names come, go and change places; after each step paths lead where they lead part by part.
    @Test(arguments: 1...8 as ClosedRange<UInt64>) func nothingOutdatedIsKnown(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let files = TestFiles()
        let names = ["a", "b", "longer.name", "another-name-of-24-bytes"]
        func path(_ generator: inout SeededGenerator) -> String {
            (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                "/" + names.randomElement(using: &generator)!
            }.joined()
        }
        var bases = [try files.rootNode]
        var found = 0
        for _ in 0..<2000 {
            let (one, other) = (path(&generator), path(&generator))
            switch Int.random(in: 0..<10, using: &generator) {
            case 0, 1: if let node = try? files.makeDirectory(one), bases.count < 8 { bases.append(node) }
            case 2, 3: if let node = try? files.open(one).node { files.close(node) }
            case 4: try? files.unlink(one)
            case 5: try? files.removeDirectory(one)
            case 6: try? files.rename(one, other)
            case 7: try? files.rename(one, other, .exchanging)
            case 8: try? files.makeLink(other, one)
            default: try? files.link(one, other)
            }
            for _ in 0..<4 {
                let base = bases.randomElement(using: &generator)!
                var path = path(&generator)
                if Bool.random(using: &generator) { path.removeFirst() }
                guard let quick = try? files.quick(path, from: base) else { continue }
                #expect(quick == files.slow(path, from: base), "\(path)")
                found += 1
            }
        }
        #expect(found > 400)
        #expect(files.source.memory.problem == nil)
        #expect(files.removeAll() == 0)
    }

    @Test func shortTextsEndAtTheirZero() {
        for count in 0..<80 {
            let bytes = [UInt8]((0..<count).map { UInt8($0 % 255 + 1) })
            let text = ShortText(bytes.span.bytes)
            #expect((text != nil) == (count < 64))
            guard let text else { continue }
            #expect(text.count == count)
            #expect(text.withBytes { bytes in (0..<bytes.byteCount).map { bytes.value(at: UInt64($0), as: UInt8.self) } } == bytes)
            let last = text.words[text.lastWord]
            #expect(last >> (8 * UInt64(count % 8)) == 0)
        }
        #expect(ShortText([1, 0, 2].span.bytes) == nil)
        // What is behind the zero does not matter; the zero must come in time.
        for limit in 0..<6 {
            var text = ShortText()
            let isShort = text.fill(limit: limit) { bytes in
                for (index, byte) in [7, 0x80, 0xFF, 0, 9, 9, 9, 9, 9].enumerated() {
                    _ = bytes.store(UInt8(byte), at: UInt64(index))
                }
                return true
            }
            #expect(isShort == (limit > 3))
            #expect(text.count == 3 && text.words[0] == 0xFF_8007)
        }
    }
}
