import Testing

@testable import HermitTool

/// What a port's Portfile says, and what is said of one that is wrong.
@Suite struct RecipeTests {
    private func read(_ text: String) throws -> Recipe { try RecipeReader(path: "p/Portfile").read(text) }

    @Test func everyField() throws {
        let recipe = try read(
            """
            # A comment.
            source: some-source2.0
            depends: one two
            needs: tclsh=tcl cmake
            patches: first.patch
                second.patch

            program: src/server tools/ask
            arguments: --save "" 'two words'
                -c a\\ b
            default-arguments: -v
            files: ../../docs:/srv/www own:/etc
            memory: 256M
            cpus: 2
            net: user
            forward: 80:80 127.0.0.1:53:53/udp
            env: A=1 "B=two words"
            mount: data:/srv:ro
            kernel-args: trace loud
            build:
                make \\
                    all

                # No comment of ours.
                make install

            """)
        var expected = Recipe()
        expected.source = "some-source2.0"
        expected.depends = ["one", "two"]
        expected.needs = [.init(name: "tclsh", package: "tcl"), .init(name: "cmake", package: "cmake")]
        expected.patches = ["first.patch", "second.patch"]
        expected.programs = ["src/server", "tools/ask"]
        expected.arguments = ["--save", "", "two words", "-c", "a b"]
        expected.defaultArguments = ["-v"]
        expected.files = [.init(folder: "../../docs", path: "/srv/www"), .init(folder: "own", path: "/etc")]
        expected.memory = "256M"
        expected.cpus = 2
        expected.net = "user"
        expected.forward = ["80:80", "127.0.0.1:53:53/udp"]
        expected.env = ["A=1", "B=two words"]
        expected.mount = ["data:/srv:ro"]
        expected.kernelWords = ["trace", "loud"]
        expected.build = "make \\\n    all\n\n# No comment of ours.\nmake install\n"
        #expect(recipe == expected)
    }

    @Test(arguments: [
        ("", "p/Portfile: has no field 'source'"),
        ("source: zlib\n", "p/Portfile: has no field 'build'"),
        (" source: zlib\n", "p/Portfile:1: is indented, and there is no field above it"),
        ("# note\nnothing\n", "p/Portfile:2: is no field: it has no colon"),
        ("colour: red\n", "p/Portfile:1: there is no field 'colour'"),
        ("source: a1\n\nsource: a2\n", "p/Portfile:3: source: is there twice"),
        ("source:\n", "p/Portfile:1: source: has no value"),
        ("source: a1 a2\n", "p/Portfile:1: source: takes one value"),
        ("source: Zlib\n", "p/Portfile:1: source: 'Zlib' is not the name of a Debian source package"),
        ("source: --help\n", "p/Portfile:1: source: '--help' is not the name of a Debian source package"),
        ("depends: ../x\n", "p/Portfile:1: depends: '../x' is not the name of a folder beside this one"),
        ("patches: -R\n", "p/Portfile:1: patches: '-R' is not the name of a file beside this one"),
        ("program: /bin/sh\n", "p/Portfile:1: program: '/bin/sh' is not a path in the source's folder"),
        ("program: a/../../b\n", "p/Portfile:1: program: 'a/../../b' is not a path in the source's folder"),
        ("needs: cmake=\n", "p/Portfile:1: needs: 'cmake=' is neither a program nor PROGRAM=PACKAGE"),
        ("files: a:b\n", "p/Portfile:1: files: 'a:b' is not FOLDER:/PATH"),
        ("files: a:/../b\n", "p/Portfile:1: files: 'a:/../b' is not FOLDER:/PATH"),
        ("memory: 12\n", "p/Portfile:1: memory: '12' is not a number with M or G behind it"),
        ("cpus: 0\n", "p/Portfile:1: cpus: '0' is not a number from 1 to 255"),
        ("env: A\n", "p/Portfile:1: env: 'A' is not KEY=VALUE"),
        ("arguments: 'a\n", "p/Portfile:1: arguments: a quote or a backslash has nothing behind it"),
        ("source: a1\r\n", "p/Portfile:1: has a control character in it"),
        ("source: a1\narguments: x\nbuild: make\n", "p/Portfile: has arguments, and no field 'program'"),
        ("source: a1\nbuild:\n\n", "p/Portfile:2: build: has no line"),
    ])
    func faults(text: String, said: String) {
        #expect(throws: ToolError(said)) { try read(text) }
    }

    @Test(arguments: [
        ("", []), (" a  b\t", ["a", "b"]), ("''", [""]), ("a'b c'd", ["ab cd"]), (#""a\"\$\n""#, [#"a"$\n"#]),
        (#"\a\ b"#, ["a b"]), (#"'\'"#, [#"\"#]), ("\"it's\"", ["it's"]),
    ] as [(String, [String])])
    func words(line: String, words: [String]) { #expect(Quoting.words(line) == words) }

    @Test(arguments: ["'", "\"", "\\", "a \"b", "\"a\\\"", "\"\\"])
    func openWords(line: String) { #expect(Quoting.words(line) == nil) }

    private struct Generator {
        var state: UInt64
        mutating func next(_ count: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(count))
        }
    }

    /// Nothing that a file may hold ends the reader, and what it refuses it refuses with the file's name.
    @Test func anyText() {
        let pieces = [
            "source", "build", "program", "arguments", "needs", "patches", "memory", "cpus", "env", "mount", ":", ":", ":",
            "\n", "\n", "\n", " ", "\t", "#", "\"", "'", "\\", "=", "/", "..", "a", "zlib", "256M", "1", "K=V", "\r", "\0", "é",
            "e\u{301}", "\u{2028}",
        ]
        var accepted = 0
        for seed in 1...100_000 as ClosedRange<UInt64> {
            var generator = Generator(state: seed &* 0x9E37_79B9_7F4A_7C15)
            var text = seed % 2 == 0 ? "source: a1\nbuild: make\n" : ""
            for _ in 0..<generator.next(16) { text += pieces[generator.next(pieces.count)] }
            do {
                let recipe = try read(text)
                accepted += 1
                #expect(!recipe.source.isEmpty && !recipe.build.isEmpty, "seed \(seed)")
            } catch let error as ToolError {
                #expect(error.description.hasPrefix("p/Portfile:"), "seed \(seed)")
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
        #expect(accepted > 100)
    }

    /// Words that are quoted are the words again.
    @Test func quotedWords() {
        let characters = Array("ab \t'\"\\$`=é-#:\n")
        for seed in 1...100_000 as ClosedRange<UInt64> {
            var generator = Generator(state: seed &* 0x9E37_79B9_7F4A_7C15)
            let words = (0..<generator.next(4)).map { _ in
                String((0..<generator.next(6)).map { _ in characters[generator.next(characters.count)] })
            }
            #expect(Quoting.words(words.map(Quoting.shell).joined(separator: " ")) == words, "seed \(seed)")
        }
    }

    /// The command line comes before the recipe.
    @Test func defaultsOfABoot() throws {
        var recipe = Recipe()
        recipe.programs = ["a"]
        recipe.arguments = ["-a"]
        recipe.defaultArguments = ["-v"]
        recipe.memory = "256M"
        recipe.cpus = 2
        recipe.forward = ["80:80"]
        recipe.env = ["A=1", "B=2"]
        recipe.mount = ["data:/srv", "/abs:/x"]
        let defaults = PortDefaults(recipe, folder: "/p", initrd: "/i", isFirst: true)

        var plain = try Run.parse(["ports/a"])
        defaults.complete(&plain)
        #expect(plain.memory == "256M" && plain.cpus == 2 && plain.initrd == "/i")
        #expect(plain.forward == ["80:80"] && plain.net == nil)
        #expect(plain.env == ["A=1", "B=2"])
        #expect(plain.mount == ["/p/data:/srv", "/abs:/x"])
        #expect(plain.arguments == ["-a", "-v"])

        var given = try Run.parse([
            "--memory", "1G", "--cpus", "4", "--env", "B=3", "--initrd", "/j", "--net", "tap=t", "--mount", "d:/d", "ports/a",
            "--", "x",
        ])
        defaults.complete(&given)
        #expect(given.memory == "1G" && given.cpus == 4 && given.initrd == "/j")
        #expect(given.forward == [] && given.net == "tap=t")
        #expect(given.env == ["A=1", "B=3"])
        #expect(given.mount == ["d:/d"])
        #expect(given.arguments == ["-a", "x"])

        var other = try Run.parse(["--forward", "8080:80", "ports/a"])
        PortDefaults(recipe, folder: "/p", initrd: nil, isFirst: false).complete(&other)
        #expect(other.forward == ["8080:80"] && other.arguments == [] && other.initrd == nil)
    }
}
