import Foundation
import TestSupport
import Testing

@testable import HermitTool

/// Ports that can't be had: what is said, and what stays behind.
@Suite struct PortTests {
    /// A project with one port, whose source is there; apt is not asked.
    private struct Place {
        let folder: TemporaryFolder
        let sysroot: Sysroot

        init(_ recipe: String, files: [String: String] = [:]) async throws {
            folder = try TemporaryFolder()
            let project = Project(root: folder.path)
            sysroot = Sysroot(project: project, programs: try Programs.find(), isVerbose: false)
            _ = try folder.write("ports/one/Portfile", recipe)
            for (name, text) in files { _ = try folder.write("ports/one/" + name, text) }
            _ = try folder.write("thing-1/main.c", "one\ntwo\nthree\n")
            let archives = project.build + "/ports/archives/thing"
            try FileManager.default.createDirectory(atPath: archives, withIntermediateDirectories: true)
            try await Programs.run(
                "/usr/bin/env", ["tar", "-czf", archives + "/thing_1.orig.tar.gz", "-C", folder.path, "thing-1"])
        }

        var port: String { folder.path + "/ports/one" }

        func make() async throws { try await Port(port, sysroot: sysroot).make() }
    }

    @Test func libraryIsBuiltOnce() async throws {
        let place = try await Place(
            "source: thing\nbuild:\n    echo built >> $PREFIX/count\n    cat main.c > $PREFIX/copy\n    test -x /nowhere || true\n")
        try await place.make()
        try await place.make()
        let work = place.sysroot.project.build + "/ports/"
        let names = try FileManager.default.subpathsOfDirectory(atPath: work)
        let count = try #require(names.first { $0.hasSuffix("prefix/count") })
        #expect(try String(contentsOfFile: work + count, encoding: .utf8) == "built\n")
        // A recipe that says something else begins anew.
        _ = try place.folder.write("ports/one/Portfile", "source: thing\nbuild:\n    echo again >> $PREFIX/count\n")
        try await place.make()
        #expect(try String(contentsOfFile: work + count, encoding: .utf8) == "again\n")
        await #expect(throws: ToolError("one: is a library, and there is nothing of it to boot")) {
            _ = try await Port(place.port, sysroot: place.sysroot).image(product: nil)
        }
    }

    @Test func failingBuild() async throws {
        let place = try await Place("source: thing\nbuild:\n    echo what went wrong\n    exit 3\n    echo never\n")
        let error = await #expect(throws: ToolError.self) { try await place.make() }
        let text = try #require(error?.description)
        #expect(text.hasPrefix("one: the build failed; all that it said is in "))
        let log = String(text.split(separator: " ").last ?? "")
        let said = try String(contentsOfFile: log, encoding: .utf8)
        #expect(said.contains("what went wrong\n") && !said.contains("never"))
        // It is tried again.
        await #expect(throws: ToolError.self) { try await place.make() }
    }

    @Test func buildWithoutItsProgram() async throws {
        let place = try await Place("source: thing\nprogram: bin/thing\nbuild: true\n")
        let error = await #expect(throws: ToolError.self) { try await place.make() }
        #expect(error?.description.hasPrefix("one: the build has made no bin/thing; its log is ") == true)
    }

    private static func patch(_ old: String) -> String {
        "--- a/main.c\n+++ b/main.c\n@@ -1,3 +1,3 @@\n one\n-\(old)\n+TWO\n three\n"
    }

    @Test func patches() async throws {
        let recipe = "source: thing\npatches: good.patch\nbuild: grep -q TWO main.c\n"
        try await Place(recipe, files: ["good.patch": Self.patch("two")]).make()

        let stale = try await Place(recipe, files: ["good.patch": Self.patch("2")])
        let error = await #expect(throws: ToolError.self) { try await stale.make() }
        let text = try #require(error?.description)
        #expect(text.hasPrefix("\(stale.port)/good.patch: the patch does not apply to the source of thing:\n"))
        #expect(text.contains("FAILED"))

        let absent = try await Place(recipe)
        await #expect(throws: ToolError("\(absent.port)/good.patch: there is no such patch")) { try await absent.make() }
    }

    @Test func dependencies() async throws {
        let place = try await Place("source: thing\ndepends: two\nbuild: true\n")
        await #expect(
            throws: ToolError("\(place.port)/Portfile: depends: there is no port in \(place.folder.path)/ports/two")
        ) { try await place.make() }
        _ = try place.folder.write("ports/two/Portfile", "source: thing\ndepends: one\nbuild: true\n")
        await #expect(throws: ToolError("the ports depend on each other in a circle: one, two, one")) {
            try await place.make()
        }
        _ = try place.folder.write(
            "ports/two/Portfile", "source: thing\nbuild: mkdir -p $PREFIX/lib/pkgconfig; touch $PREFIX/lib/pkgconfig/two.pc\n")
        _ = try place.folder.write(
            "ports/one/Portfile",
            "source: thing\ndepends: two\nbuild:\n    test -e $PKG_CONFIG_LIBDIR/two.pc\n    test \"$LDFLAGS\" = -L${PKG_CONFIG_LIBDIR%/pkgconfig}\n"
        )
        try await place.make()
    }

    /// A script in apt's place, which is given what apt is given.
    private func apt(_ folder: TemporaryFolder, source: String) throws -> String {
        let path = try folder.write(
            "apt-get",
            """
            #!/bin/sh
            case "$*" in
            indextargets*) echo deb-src http://b.invalid bookworm main; echo deb-src http://a.invalid bookworm main;;
            *update) ;;
            *) \(source);;
            esac
            """)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    @Test func sourceThatIsNotThere() async throws {
        let folder = try TemporaryFolder()
        var archive = DebianArchive(package: "thing", folder: folder.path + "/archives")
        archive.apt = try apt(
            folder, source: "echo Reading; echo 'W: a warning' >&2; echo 'E: Unable to find a source package for thing' >&2; exit 100")
        await #expect(
            throws: ToolError("apt can't fetch the source package thing:\nE: Unable to find a source package for thing")
        ) { try await archive.fetch() }

        archive.apt = nil
        await #expect(
            throws: ToolError(
                "the source package thing is not there, and no apt-get to fetch it: put its .orig.tar archive in \(folder.path)/archives/thing")
        ) { try await archive.fetch() }
    }

    /// One mirror announces what it has not got; the other has it.
    @Test func secondMirror() async throws {
        let folder = try TemporaryFolder()
        var archive = DebianArchive(package: "thing", folder: folder.path + "/archives")
        archive.apt = try apt(
            folder,
            source: """
                if grep -q a.invalid sources.list; then echo 'E: 404' >&2; exit 100; fi
                    touch thing_1.orig-www.tar.xz thing_1.orig.tar.xz.asc thing_1.orig.tar.xz
                """)
        let place = folder.path + "/archives/thing/thing_1.orig.tar.xz"
        #expect(try await archive.fetch() == place)
        archive.apt = nil
        #expect(try await archive.fetch() == place)
    }

    @Test func missingPrograms() {
        let programs = HostPrograms(
            [.init(name: "no-such-program", package: "some-package"), .init(name: "sh", package: "dash")], patches: true)
        #expect(programs.missing == [.init(name: "no-such-program", package: "some-package")])
    }
}
