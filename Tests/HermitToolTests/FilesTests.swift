import Glibc
import Testing

@testable import HermitTool

@Suite struct FilesTests {
    @Test func writesReadsAndRemoves() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("one", to: "a/b/c")
        #expect(try Files.text(file) == "one")
        try Files.write("two", to: file)
        #expect(try Files.text(file) == "two")
        #expect(try Files.names(in: folder.path + "/a/b") == ["c"])
        #expect(try Files.tree(below: folder.path) == ["a/b/c"])
        try Files.remove(folder.path + "/a")
        #expect(!Files.exists(folder.path + "/a"))
        try Files.remove(folder.path + "/a")
    }

    @Test func removingALinkLeavesItsTarget() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("kept", to: "kept/file")
        try Files.createFolder(folder.path + "/gone")
        #expect(unsafe symlink(folder.path + "/kept", folder.path + "/gone/link") == 0)
        try Files.remove(folder.path + "/gone")
        #expect(try Files.text(file) == "kept")
    }

    @Test func faultsNameThePathAndTheReason() throws {
        let error = try #require(throws: ToolError.self) { try Files.read("/nowhere/file") }
        #expect(error.description == "/nowhere/file: No such file or directory")
    }

    @Test func replacingKeepsWhatIsTheSame() throws {
        let folder = try TemporaryFolder()
        for name in ["old/same", "new/same"] { try folder.write("same", to: name) }
        try folder.write("before", to: "old/changed")
        try folder.write("after", to: "new/changed")
        try folder.write("stale", to: "old/deep/stale")
        try folder.write("fresh", to: "new/deeper/fresh")
        let old = folder.path + "/old"
        let time = Files.entry(old + "/same")?.modified
        try Files.replace(old, with: folder.path + "/new")
        #expect(try Files.tree(below: old) == ["changed", "deeper/fresh", "same"])
        #expect(try Files.text(old + "/changed") == "after")
        #expect(Files.entry(old + "/same")?.modified == time)
        #expect(!Files.exists(folder.path + "/new"))
    }

    @Test func pathsAreTakenApart() {
        #expect(Files.folder("/a/b") == "/a")
        #expect(Files.folder("b") == ".")
        #expect(Files.name("/a/b.c") == "b.c")
        #expect(Files.absolute("/a/../b") == "/b")
        #expect(Files.absolute("x").hasPrefix("/"))
    }
}
