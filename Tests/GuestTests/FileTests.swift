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
}
