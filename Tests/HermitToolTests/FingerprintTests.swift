import Glibc
import Testing

@testable import HermitTool

@Suite struct FingerprintTests {
    private func fingerprint(_ path: String) -> Fingerprint {
        var result = Fingerprint()
        result.add(path: path)
        return result
    }

    @Test func sameInputsMatchTheirStamp() throws {
        let folder = try TemporaryFolder()
        try folder.write("x", to: "in/a")
        let stamp = folder.path + "/stamp"
        #expect(!fingerprint(folder.path + "/in").matches(stamp: stamp))
        try fingerprint(folder.path + "/in").write(stamp: stamp)
        #expect(fingerprint(folder.path + "/in").matches(stamp: stamp))
    }

    @Test func everyChangeIsSeen() throws {
        let folder = try TemporaryFolder()
        let input = folder.path + "/in"
        try folder.write("x", to: "in/a")
        var seen = [fingerprint(input)]
        func expectChange() {
            let now = fingerprint(input)
            #expect(!seen.contains(now))
            seen.append(now)
        }
        // A size.
        try folder.write("xy", to: "in/a")
        expectChange()
        // A time, by a nanosecond.
        var times = [timespec(tv_sec: 1, tv_nsec: 1), timespec(tv_sec: 1, tv_nsec: 1)]
        #expect(unsafe utimensat(AT_FDCWD, input + "/a", &times, 0) == 0)
        expectChange()
        times = [timespec(tv_sec: 1, tv_nsec: 2), timespec(tv_sec: 1, tv_nsec: 2)]
        #expect(unsafe utimensat(AT_FDCWD, input + "/a", &times, 0) == 0)
        expectChange()
        // A new file, below.
        try folder.write("", to: "in/b/c")
        expectChange()
        try Files.remove(input + "/a")
        expectChange()
        try Files.remove(input)
        expectChange()
    }

    @Test func hiddenFilesDoNotCount() throws {
        let folder = try TemporaryFolder()
        let before = fingerprint(folder.path)
        try folder.write("x", to: ".build/product")
        #expect(fingerprint(folder.path) == before)
    }

    @Test func sumsAreFNV1a() {
        #expect(Fingerprint.sum("") == "cbf29ce484222325")
        #expect(Fingerprint.sum("a") == "af63dc4c8601ec8c")
    }
}
