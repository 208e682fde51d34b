import Foundation
import TestSupport
import Testing

/// Which files `hermit build` compiles, and when it does so again.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct CompilationTests {
    private func run(_ target: String) async throws -> Hermit.Result {
        try await Hermit.run(["run", "--timeout", "60", target])
    }

    @Test func aFolderOfSeveralLanguages() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(
            "program/main.c",
            """
            #include <stdio.h>
            int one(void), two(void), three(void), four(void);
            int main(void) { printf("%d\\n", one() + two() + three() + four()); return 0; }

            """)
        _ = try folder.write("program/one.cpp", "extern \"C\" int one() { return 1; }\n")
        _ = try folder.write("program/two.cc", "extern \"C\" int two() { return 20; }\n")
        _ = try folder.write("program/three.cxx", "extern \"C\" int three() { return 300; }\n")
        _ = try folder.write(
            "program/four.S",
            "#define N 4000\n.globl four\nfour: movl $N, %eax\n ret\n"
                + ".section .note.GNU-stack, \"\", @progbits\n")
        _ = try folder.write("program/notes.txt", "not a source\n")
        let result = try await run(folder.path + "/program")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "4321\n")
    }

    /// A header outside of the program's folder counts, and only the files
    /// that read it are compiled again.
    @Test func whatAHeaderOutsideChanges() async throws {
        let folder = try TemporaryFolder()
        let header = try folder.write("shared/number.h", "#define NUMBER 1\n")
        _ = try folder.write(
            "program/main.c", "#include \"../shared/number.h\"\nint main(void) { return NUMBER; }\n")
        // Says so whenever it is compiled.
        _ = try folder.write(
            "program/other.c", "#warning other is compiled\nint other(void) { return 0; }\n")
        let program = folder.path + "/program"
        let first = try await run(program)
        #expect(first.status == 1, "\(first.errors)")
        #expect(first.errors.contains("other is compiled"))

        let again = try await run(program)
        #expect(again.status == 1)
        #expect(!again.errors.contains("other is compiled"), "\(again.errors)")

        try "#define NUMBER 22\n".write(toFile: header, atomically: true, encoding: .utf8)
        let changed = try await run(program)
        #expect(changed.status == 22, "\(changed.errors)")
        #expect(!changed.errors.contains("other is compiled"), "\(changed.errors)")

        try FileManager.default.removeItem(atPath: header)
        let missing = try await run(program)
        #expect(missing.status == 1)
        #expect(missing.errors.contains("number.h' file not found"), "\(missing.errors)")
    }

    @Test func everyFileThatFailsIsReported() async throws {
        let folder = try TemporaryFolder()
        for name in ["a", "b", "c"] {
            _ = try folder.write("program/\(name).c", "int \(name) = missing_\(name);\n")
        }
        let result = try await run(folder.path + "/program")
        #expect(result.status == 1)
        for name in ["a", "b", "c"] {
            #expect(result.errors.contains("missing_\(name)"), "\(result.errors)")
        }
    }

    @Test func aFolderWithoutSourcesIsRefused() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("program/notes.txt", "nothing\n")
        let result = try await run(folder.path + "/program")
        #expect(result.status == 1)
        #expect(result.errors.contains("neither a Swift package, nor a port, nor a folder of C or C++ files"))
    }
}
