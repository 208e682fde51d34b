import Foundation
import Subprocess
import TestSupport
import Testing

/// `hermit install`: what is installed works by itself. All of it has one turn, as a wait for each
/// command would be longer than the time limit.
@Suite(.serialized, .prepared, .timeLimit(.minutes(15)))
struct InstallTests {
    /// Whether the sources can be hidden from a process.
    private static let canHide: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["-rm", "/bin/sh", "-c", "mount -t tmpfs none /mnt"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private func install(_ prefix: String) async throws -> Hermit.Result {
        // The tool as it is: building it for use takes minutes.
        try await Hermit.run(["install", "--prefix", prefix, "--tool", Hermit.executable])
    }

    /// Runs a command where there are no sources, in a folder, with a cache of its own.
    private func alone(_ words: [String], in folder: String, input: String = "") async throws -> Hermit.Result {
        let script = "mount -t tmpfs none \"$0\" && test ! -e \"$0/Package.swift\" && exec \"$@\""
        return try await Hermit.command(
            "/usr/bin/unshare", ["-rm", "/bin/sh", "-c", script, Hermit.root] + words, input: input,
            environment: .inherit.updating(["HERMIT_HOME": nil, "XDG_CACHE_HOME": folder + "/cache"]),
            in: folder)
    }

    @Test(.enabled(if: canHide, "the host gives no namespace in which a folder can be hidden"))
    func theInstalledToolNeedsNoSources() async throws {
        try await Hermit.inOneTurn {
            let place = try TemporaryFolder()
            let work = try TemporaryFolder()
            let prefix = place.path + "/some where"
            let first = try await install(prefix)
            try #require(first.status == 0, "\(first.errors)")
            #expect(first.errors.contains("installing to") && first.errors.contains("put \(prefix)/bin into PATH"))
            // Again, over what is there.
            let second = try await install(prefix)
            try #require(second.status == 0, "\(second.errors)")
            for path in [
                "bin/hermit", "bin/x86_64-hermit-cc", "lib/hermit/version", "lib/hermit/sysroot/lib/libhermit.a",
                "lib/hermit/sysroot/lib/hermit-loader-x86_64", "lib/hermit/swift/hermit/Package.swift",
                "share/doc/hermit/README.md",
            ] {
                #expect(FileManager.default.fileExists(atPath: prefix + "/" + path), "\(path)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: prefix + "/lib") == ["hermit"])
            // Nothing of it names the folder that it was made in, but the tool itself, which says where
            // its lines are.
            let names = try await Hermit.command(
                "/usr/bin/env",
                ["grep", "-rlI", "--exclude-dir=doc", Hermit.root, prefix])
            #expect(names.status == 1, "\(names.text)")

            let tool = prefix + "/bin/hermit"
            let version = try await alone([tool, "--version"], in: work.path)
            #expect(version.status == 0 && version.text.contains(/^[0-9]+\.[0-9]+\.[0-9]+\n$/), "\(version.errors)")
            let sysroot = try await alone([tool, "sysroot"], in: work.path)
            #expect(sysroot.text == prefix + "/lib/hermit/sysroot\n", "\(sysroot.errors)")

            _ = try work.write("echo.c", "#include <stdio.h>\nint main(void) { int c; while ((c = getchar()) != EOF) putchar(c); return 3; }\n")
            let ran = try await alone([tool, "run", "--timeout", "60", "echo.c"], in: work.path, input: "a line\n")
            #expect(ran.status == 3 && ran.text == "a line\n", "\(ran.errors)")
            let traced = try await alone([tool, "run", "--strace", "--timeout", "60", "echo.c"], in: work.path, input: "x")
            #expect(traced.status == 3 && traced.errors.contains("sys_exit(3)"), "\(traced.errors)")
            let compiled = try await alone(
                [prefix + "/bin/x86_64-hermit-cc", "echo.c", "-o", "echo.image"], in: work.path)
            #expect(compiled.status == 0, "\(compiled.errors)")
            let image = try await alone([tool, "run", "--timeout", "60", "echo.image"], in: work.path, input: "again")
            #expect(image.status == 3 && image.text == "again", "\(image.errors)")

            for language in ["c", "swift"] {
                let made = try await alone([tool, "new", "demo-" + language, "--" + language], in: work.path)
                #expect(made.status == 0, "\(made.errors)")
                let booted = try await alone([tool, "run", "--timeout", "60", "demo-" + language, "--", "word"], in: work.path)
                #expect(booted.status == 0, "\(booted.errors)")
                #expect(booted.text == "Hello from demo-\(language)!\nword\n")
            }
            for command in ["bench", "install"] {
                let words = command == "install" ? [command, "--prefix", work.path] : [command, "calls"]
                let refused = try await alone([tool] + words, in: work.path)
                #expect(refused.status == 1 && refused.errors.contains("sources"), "\(command): \(refused.errors)")
            }
        }
    }

    @Test func whatCantBeInstalledIsSaid() async throws {
        let place = try TemporaryFolder()
        let file = try place.write("file", "")
        let below = try await install(file + "/prefix")
        #expect(below.status == 1 && below.errors.contains("\(file): is no folder"), "\(below.errors)")
        // What is somebody else's is left alone.
        let foreign = try place.write("other/lib/hermit/precious", "kept")
        let refused = try await install(place.path + "/other")
        #expect(refused.status == 1 && refused.errors.contains("is no installation"), "\(refused.errors)")
        #expect(try String(contentsOfFile: foreign, encoding: .utf8) == "kept")
        let tool = try await Hermit.run(["install", "--prefix", place.path + "/new", "--tool", file])
        #expect(tool.status == 1 && tool.errors.contains("is no executable file"), "\(tool.errors)")
        let nothing = try await Hermit.run(["install"])
        #expect(nothing.status != 0 && nothing.errors.contains("--prefix"), "\(nothing.errors)")
        let help = try await Hermit.run(["install", "--help"])
        #expect(help.status == 0 && help.text.contains("--prefix"), "\(help.errors)")
    }
}
