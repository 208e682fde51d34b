import Foundation
import TestSupport
import Testing

/// Files by the C library's functions and by the Swift library's.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct FileLibraryTests {
    /// The same source says the same on the host's Linux.
    @Test func answersAreThoseOfLinux() async throws {
        let folder = try TemporaryFolder()
        let source = Hermit.root + "/Tests/Programs/posix_files.c"
        let host = folder.path + "/host"
        let compiled = try await Hermit.command(Tools.path("clang"), ["-w", source, "-o", host])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let expected = try await Hermit.command(host, [], in: folder.path)
        #expect(expected.status == 0)
        let result = try await Hermit.run(["run", "--timeout", "240", source])
        #expect(result.status == 0, "\(result.errors)")
        let lines = expected.text.split(separator: "\n")
        #expect(lines.count > 1000)
        let differences = zip(lines, result.text.split(separator: "\n")).filter { $0 != $1 }
        #expect(differences.prefix(20).map { "\($0), not \($1)" } == [])
        #expect(result.text == expected.text)
    }

    @Test func swiftFiles() async throws {
        let result = try await Hermit.run(["run", "--timeout", "120", "examples-swift/files"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == """
                position 28
                the rest: 23 bytes
                cut: Dear lion,
                size 1099511627776, memory below 64 KiB: true
                sum 4965, links 1, target seven
                names of 8: 2
                here: /tmp, permissions of letter: true
                no such file: no such file or directory
                a file as a directory: not a directory
                a file that is there: exists already
                a directory that is not empty: directory not empty
                below 0: invalid argument
                4 parts, the last readme.txt, of kind txt
                /usr//share/doc / a/b
                true true

                """)
    }
}
