import Foundation
import TestSupport
import Testing

/// Files, by paths and by descriptors.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct FileTests {
    @Test(arguments: [1, 4])
    func theExampleSaysWhatItShould(cpus: Int) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--cpus", String(cpus), "examples-c/files",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == """
                contents: a file is written, read, appended to and cut
                names: a file has several, and they change
                directories: 100 names were made and found
                temporary files: three, and nothing is left of them
                written to /dev/stdout
                devices: zeros, no room, and what /proc says

                """)
    }

    /// The same source says the same on the host's Linux.
    @Test func errorsAreThoseOfLinux() async throws {
        let folder = try TemporaryFolder()
        let source = Hermit.root + "/Tests/Programs/file_errors.c"
        let host = folder.path + "/host"
        let compiled = try await Hermit.command(Tools.path("clang"), ["-w", source, "-o", host])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let expected = try await Hermit.command(host, [])
        #expect(expected.status == 0)
        let result = try await Hermit.run(["run", "--timeout", "120", source])
        #expect(result.status == 0, "\(result.errors)")
        let lines = expected.text.split(separator: "\n")
        #expect(lines.count > 300)
        let differences = zip(lines, result.text.split(separator: "\n")).filter { $0 != $1 }
        #expect(differences.map { "\($0), not \($1)" } == [])
        #expect(result.text == expected.text)
    }

    @Test func filesInMemory() async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--cpus", "2", "examples-c/mmap_file",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == """
                shared: memory, file and a second mapping are one
                private: what is written is the mapping's own
                shorter: pages behind the end are faults, and come again
                places: what can't be is refused

                """)
    }

    /// Random operations, compared with the model: the host's exerciser, in the
    /// machine. `HERMIT_EXERCISE` sets how many.
    @Test func whatIsExercisedIsAsTheModelSays() async throws {
        let folder = try TemporaryFolder()
        let count = ProcessInfo.processInfo.environment["HERMIT_EXERCISE"].flatMap { Int($0) } ?? 20_000
        try folder.writePackage("exercise", main: """
            import Hermit
            for seed: UInt64 in 1...4 {
                let folder: [UInt8] = [47, 116, 109, 112, 47, 48 + UInt8(seed)]
                var exerciser = FileExerciser(GuestFiles(below: folder), seed: seed, isWild: false)
                var problem: String? = nil
                for step in 0..<(\(count) / 4) where problem == nil {
                    if let found = exerciser.step() { problem = "step \\(step): \\(found)" }
                }
                print("seed \\(seed): \\(problem ?? exerciser.finish() ?? "as the model says")")
            }
            """)
        for name in ["ExercisedFiles", "FileExerciser", "FileModel"] {
            let source = Hermit.root + "/Tests/FileExerciser/\(name).swift"
            _ = try folder.write(
                "Sources/exercise/\(name).swift", String(contentsOfFile: source, encoding: .utf8))
        }
        let source = Hermit.root + "/Tests/Programs/GuestFiles.swift"
        _ = try folder.write(
            "Sources/exercise/GuestFiles.swift", String(contentsOfFile: source, encoding: .utf8))
        let result = try await Hermit.run(["run", "--timeout", "300", "--memory", "256M", folder.path])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == (1...4).map { "seed \($0): as the model says\n" }.joined())
    }
}
