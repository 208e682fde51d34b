import Foundation
import TestSupport
import Testing

/// `hermit new`: what it makes boots, and what it can't make it says. What takes several commands has
/// one turn for them all, as a wait for each would be longer than the time limit.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct NewProgramTests {
    @Test(arguments: ["swift", "c"])
    func whatIsMadeBoots(language: String) async throws {
        try await Hermit.inOneTurn {
            let folder = try TemporaryFolder()
            let demo = folder.path + "/demo"
            let made = try await Hermit.run(["new", demo, "--" + language])
            #expect(made.status == 0, "\(made.errors)")
            #expect(made.output.isEmpty)
            let result = try await Hermit.run(["run", "--timeout", "60", demo, "--", "one", "two words"])
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text == "Hello from demo!\none\ntwo words\n")
            // Each file is described.
            let readme = try String(contentsOfFile: demo + "/README.md", encoding: .utf8)
            let described = language == "c" ? ["main.c"] : ["Package.swift", "Sources/demo/main.swift"]
            for file in described {
                #expect(FileManager.default.fileExists(atPath: demo + "/" + file))
                #expect(readme.contains("`\(file)`"))
            }
            let image = folder.path + "/demo.image"
            let built = try await Hermit.run(["build", demo, "-o", image])
            #expect(built.status == 0, "\(built.errors)")
            let booted = try await Hermit.run(["run", "--timeout", "60", image])
            #expect(booted.text == "Hello from demo!\n", "\(booted.errors)")
        }
    }

    /// `swift build` itself makes the image, with the bundle that the sysroot has.
    @Test func theBundleForSwiftBuildMakesImages() async throws {
        try await Hermit.inOneTurn {
            let sysroot = try await Hermit.sysroot()
            let folder = try TemporaryFolder()
            let demo = folder.path + "/demo"
            let made = try await Hermit.run(["new", demo, "--swift"])
            #expect(made.status == 0, "\(made.errors)")
            let built = try await Hermit.command(
                Tools.path("swift"),
                [
                    "build", "-c", "release", "--package-path", demo, "--swift-sdks-path",
                    sysroot + "/share/swift/sdks", "--swift-sdk", "x86_64-hermit",
                ])
            #expect(built.status == 0, "\(built.text)\(built.errors)")
            let image = demo + "/.build/release/demo"
            let result = try await Hermit.run(["run", "--timeout", "60", image, "--", "word"])
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text == "Hello from demo!\nword\n")
        }
    }

    @Test func whatIsThereIsLeftAlone() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("demo/main.c", "int main(void) { return 7; }\n")
        let refused = try await Hermit.run(["new", folder.path + "/demo", "--swift"])
        #expect(refused.status == 1)
        #expect(refused.errors.contains("demo: is there already"), "\(refused.errors)")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "int main(void) { return 7; }\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/demo") == ["main.c"])
        // A link that leads nowhere is there, too.
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/link", withDestinationPath: folder.path + "/nowhere")
        let link = try await Hermit.run(["new", folder.path + "/link", "--c"])
        #expect(link.status == 1 && link.errors.contains("is there already"), "\(link.errors)")
        let orphan = try await Hermit.run(["new", folder.path + "/no/such/demo", "--c"])
        #expect(orphan.status == 1 && orphan.errors.contains("there is no such folder"), "\(orphan.errors)")
    }

    @Test(arguments: [
        ("9lives", "begins with a letter"), ("a b", "letters, digits"), ("", "letters, digits"), ("demo/", "letters, digits"),
        ("..", "is there already"), ("Hermit", "a module of that name"), ("swift", "a module of that name"),
        ("-x", "Missing expected argument"), (String(repeating: "a", count: 65), "at most 64"), ("\u{e9}t\u{e9}", "letters, digits"),
    ])
    func badNamesAreRefused(name: String, words: String) async throws {
        let refused = try await Hermit.run(["new", "--swift", name])
        #expect(refused.status != 0)
        #expect(refused.errors.contains(words), "\(refused.errors)")
    }

    @Test func aLanguageIsAskedFor() async throws {
        let refused = try await Hermit.run(["new", "demo"])
        #expect(refused.status != 0)
        #expect(refused.errors.contains("--swift") && refused.errors.contains("--c"), "\(refused.errors)")
    }
}
