import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The host's folders: `--mount`, virtiofsd, and virtio devices of files.
@Suite(
    .serialized, .prepared, .enabled(if: geteuid() == 0, "virtiofsd needs root"),
    .timeLimit(.minutes(20)))
struct FolderTests {
    static let variants = [
        "q35 packed=off", "q35 packed=on", "q35 event_idx=off,indirect_desc=off", "microvm packed=off",
        "microvm packed=on", "q35 packed=on,iommu_platform=on",
    ]

    /// Each machine with each kind of queue.
    static let machines = ["q35 packed=off", "q35 packed=on", "microvm packed=off", "microvm packed=on"]

    /// The words for such a machine.
    private func words(_ variant: String) -> [String] {
        let parts = variant.split(separator: " ").map(String.init)
        return ["--machine", parts[0], "--virtio", parts[1]]
    }

    private func makeFolder(_ folder: borrowing TemporaryFolder, _ name: String) throws -> String {
        let path = folder.path + "/" + name
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// What Linux says of a folder's files, in the order of their names' bytes.
    private func listing(_ path: String, as name: String) async throws -> String {
        let listed = try await Hermit.command(
            "/usr/bin/env", ["LC_ALL=C", "TZ=UTC", "ls", "-lR", path])
        #expect(listed.status == 0, "\(listed.errors)")
        return listed.text.replacing("\n" + path, with: "\n" + name)
            .replacingPrefix(path, with: name)
    }

    // MARK: - Files

    /// One program, here and there: what it says, and what it leaves behind. It looks at ten
    /// thousand files, one after the other and again.
    @Test(arguments: variants)
    func filesAreAsOnTheHost(variant: String) async throws {
        let folder = try TemporaryFolder()
        let source = Hermit.root + "/Tests/Programs/folder.c"
        let (here, there) = (try makeFolder(folder, "here"), try makeFolder(folder, "there"))
        let compiled = try await Hermit.command(
            Tools.path("clang"), ["-w", "-O1", "-pthread", source, "-o", folder.path + "/program"])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let expected = try await Hermit.command(folder.path + "/program", [here])
        #expect(expected.status == 0 && expected.text.split(separator: "\n").count > 120)
        let result = try await Hermit.run(
            ["run", "--timeout", "300", "--cpus", "4", "--mount", there + ":/m"] + words(variant)
                + [source, "--", "/m"])
        #expect(result.status == 0, "\(result.errors)")
        let differences = zip(expected.text.split(separator: "\n"), result.text.split(separator: "\n"))
            .filter { $0 != $1 }
        #expect(result.text == expected.text, "\(differences)")
        // Pipes with names can't be compared.
        for path in [here, there] { unlink(path + "/fifo") }
        let compared = try await Hermit.command("/usr/bin/diff", ["-r", "--no-dereference", here, there])
        #expect(compared.status == 0, "\(compared.text.prefix(1000))")
    }

    /// Files in memory: one program, here and there, and what it leaves behind.
    @Test(arguments: [1, 4])
    func mappedFilesAreAsOnTheHost(cpus: Int) async throws {
        let folder = try TemporaryFolder()
        let source = Hermit.root + "/Tests/Programs/mapped_folder.c"
        let (here, there) = (try makeFolder(folder, "here"), try makeFolder(folder, "there"))
        let compiled = try await Hermit.command(
            Tools.path("clang"), ["-w", "-O1", "-pthread", source, "-o", folder.path + "/program"])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let expected = try await Hermit.command(folder.path + "/program", [here])
        #expect(expected.status == 0 && expected.text.split(separator: "\n").count > 60)
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--cpus", "\(cpus)", "--mount", there + ":/m", source, "--", "/m",
        ])
        #expect(result.status == 0 && result.remarks.isEmpty, "\(result.errors)")
        #expect(result.text == expected.text)
        let compared = try await Hermit.command("/usr/bin/diff", ["-r", here, there])
        #expect(compared.status == 0, "\(compared.text.prefix(1000))")
    }

    /// What mounts folders runs on the stack of whoever uses a path first.
    @Test(arguments: ["open", "rename", "names"])
    func aThreadMayBeTheFirst(use: String) async throws {
        let folder = try TemporaryFolder()
        let there = try makeFolder(folder, "there")
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--mount", there + ":/m", "Tests/Programs/first_use.c", "--", "/m", use,
        ])
        #expect(result.status == 0 && result.text == "written\n", "\(result.errors)")
    }

    /// The exerciser of files, with its model, on each machine and kind of queue.
    /// `HERMIT_EXERCISE` sets how many operations.
    @Test func whatIsExercisedIsAsTheModelSays() async throws {
        let folder = try TemporaryFolder()
        let count = ProcessInfo.processInfo.environment["HERMIT_EXERCISE"].flatMap { Int($0) } ?? 20_000
        let package = folder.path + "/exercise"
        let main = """
            import Hermit
            for seed: UInt64 in 1...4 {
                let folder: [UInt8] = [47, 109, 47, 48 + UInt8(seed)]
                var exerciser = FileExerciser(GuestFiles(below: folder), seed: seed, isWild: false)
                var problem: String? = nil
                for step in 0..<(\(count) / 4) where problem == nil {
                    if let found = exerciser.step() { problem = "step \\(step): \\(found)" }
                }
                print("seed \\(seed): \\(problem ?? exerciser.finish() ?? "as the model says")")
            }
            """
        try folder.writePackage("exercise", main: main, in: "exercise/")
        for file in ["FileExerciser/ExercisedFiles", "FileExerciser/FileExerciser", "FileExerciser/FileModel", "Programs/GuestFiles"] {
            let source = Hermit.root + "/Tests/\(file).swift"
            _ = try folder.write(
                "exercise/Sources/exercise/\(URL(fileURLWithPath: source).lastPathComponent)",
                String(contentsOfFile: source, encoding: .utf8))
        }
        let built = try await Hermit.run(["build", package, "-o", folder.path + "/image"])
        #expect(built.status == 0, "\(built.errors)")
        for (number, variant) in Self.machines.enumerated() {
            let there = try makeFolder(folder, "there\(number)")
            let result = try await Hermit.run(
                ["run", "--timeout", "300", "--memory", "256M", "--mount", there + ":/m"] + words(variant)
                    + [folder.path + "/image"])
            #expect(result.status == 0, "\(variant): \(result.errors)")
            #expect(result.text == (1...4).map { "seed \($0): as the model says\n" }.joined(), "\(variant)")
        }
    }

    /// SQLite's own benchmark, and what the host says of the database that it leaves.
    @Test(
        .enabled("apt gives no source of sqlite3", { await DebianSource.obstacle("sqlite3") == nil }),
        .enabled("the host has no tclsh", { FileManager.default.isExecutableFile(atPath: "/usr/bin/tclsh") }))
    func theBenchmarkOfSQLiteRuns() async throws {
        let folder = try TemporaryFolder()
        let program = try await SQLiteProgram.build(["main.c"], benchmark: true, in: folder)
        for (number, variant) in Self.machines.enumerated() {
            let there = try makeFolder(folder, "there\(number)")
            let result = try await Hermit.run(
                ["run", "--timeout", "600", "--memory", "256M", "--mount", there + ":/m"] + words(variant)
                    + [program, "--", "/m/speed.db"])
            #expect(result.status == 0, "\(variant): \(result.errors)")
            #expect(
                result.text.contains("speedtest1: 0\nintegrity: ok\nrows: 1\n"), "\(variant): \(result.text.suffix(1000))")
            try await SQLiteProgram.expectWhole(there + "/speed.db")
        }
    }

    // MARK: - Writing later

    /// A mebibyte in pieces of 64 bytes is not as many requests, and is with the host a moment later,
    /// though nobody closes the file or asks for it.
    @Test(arguments: machines)
    func smallWritesAreSentTogether(variant: String) async throws {
        let folder = try TemporaryFolder()
        let there = try makeFolder(folder, "there")
        let source = try folder.write(
            "program.c",
            """
            #include <fcntl.h>
            #include <sched.h>
            #include <stdio.h>
            #include <unistd.h>
            int main(void)
            {
                char piece[64];
                int file = open("/m/file", O_WRONLY | O_CREAT, 0600);
                for (int i = 0; i < 1 << 14; i++) {
                    for (int j = 0; j < 64; j++) piece[j] = (i * 64 + j) * 7 + i;
                    if (write(file, piece, sizeof piece) != sizeof piece) return 1;
                }
                puts("ready");
                fflush(stdout);
                while (access("/m/go", F_OK)) sched_yield();
                return close(file) != 0;
            }

            """)
        let result = try await interrupt(words(variant), there, source) { _ in
            var size = 0
            for _ in 0..<1000 where size < 1 << 20 {
                size = (try? FileManager.default.attributesOfItem(atPath: there + "/file")[.size] as? Int) ?? 0
                if size < 1 << 20 { usleep(10_000) }
            }
            let servers = processes(with: "source=" + there, name: "virtiofsd")
            let counts = servers.compactMap { try? String(contentsOfFile: "/proc/\($0)/io", encoding: .utf8) }
                .flatMap { $0.split(separator: "\n") }.filter { $0.hasPrefix("syscw: ") }.compactMap { Int($0.dropFirst(7)) }
            // Writes of the server's, of which two are one request's at least.
            #expect(size == 1 << 20 && !counts.isEmpty && counts.reduce(0, +) < 1 << 13, "\(size) \(counts)")
            _ = FileManager.default.createFile(atPath: there + "/go", contents: nil)
        }
        #expect(result.status == .exited(0), "\(result.text)\(result.errors)")
        let expected = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / 64) }
        #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: there + "/file"))) == expected)
    }

    /// However a program ends, what it has written is there.
    @Test(arguments: ["return 0;", "_exit(0);", "abort();", "raise(SIGTERM);", "pthread_exit(NULL);"])
    func whatWasWrittenIsThereAtTheEnd(end: String) async throws {
        let folder = try TemporaryFolder()
        let there = try makeFolder(folder, "there")
        let source = try folder.write(
            "program.c",
            """
            #include <fcntl.h>
            #include <pthread.h>
            #include <signal.h>
            #include <stdlib.h>
            #include <unistd.h>
            int main(void)
            {
                int file = open("/m/file", O_WRONLY | O_CREAT | O_APPEND, 0600);
                for (int i = 0; i < 1000; i++) if (write(file, "a line\\n", 7) != 7) return 1;
                \(end)
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", "--mount", there + ":/m", source])
        let text = try String(contentsOfFile: there + "/file", encoding: .utf8)
        #expect(text == String(repeating: "a line\n", count: 1000), "\(result.errors)")
    }

    /// Where the host has no room, write, fsync or close says so; where there is room again, writing
    /// goes on.
    @Test func aFullFolderIsAnError() async throws {
        let folder = try TemporaryFolder()
        let there = try makeFolder(folder, "there")
        let mounted = try await Hermit.command(
            "/usr/bin/env", ["mount", "-t", "tmpfs", "-o", "size=300k", "none", there])
        guard mounted.status == 0 else { return print("no tmpfs can be mounted here: \(mounted.errors)") }
        defer { umount2(there, Int32(MNT_DETACH)) }
        let source = try folder.write(
            "program.c",
            """
            #include <errno.h>
            #include <fcntl.h>
            #include <stdio.h>
            #include <unistd.h>
            #define CHECK(x) do { if (!(x)) { printf("line %d, errno %d\\n", __LINE__, errno); return 1; } } while (0)
            static char piece[100], back[100];
            static int fill(int file)
            {
                for (int i = 0; i < 10000; i++) if (write(file, piece, sizeof piece) != sizeof piece) return errno;
                return 0;
            }
            int main(void)
            {
                int file = open("/m/file", O_RDWR | O_CREAT, 0600);
                CHECK(file >= 0 && fill(file) == ENOSPC);
                CHECK(!ftruncate(file, 0) && !lseek(file, 0, SEEK_SET));
                for (int i = 0; i < 1000; i++) CHECK(write(file, piece, sizeof piece) == sizeof piece);
                CHECK(!fsync(file) && lseek(file, 0, SEEK_END) == 100000);
                /* Fewer than are sent at a time: nobody is told before. */
                int other = open("/m/other", O_WRONLY | O_CREAT, 0600);
                CHECK(other >= 0 && !ftruncate(other, 0));
                long size = 0, count;
                static char large[1 << 16];
                while ((count = write(file, large, sizeof large)) > 0) size += count;
                CHECK(errno == ENOSPC && size > 100000);
                int failed = 0;
                for (int i = 0; i < 100; i++) failed |= write(other, piece, sizeof piece) != sizeof piece;
                failed |= close(other) != 0;
                CHECK(failed && errno == ENOSPC);
                CHECK(pread(file, back, sizeof back, 0) == sizeof back && !close(file) && !unlink("/m/file"));
                puts("done");
                return 0;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", "--mount", there + ":/m", source])
        #expect(result.text == "done\n" && result.status == 0, "\(result.text)\(result.errors)")
    }

    // MARK: - Looking

    @Test(arguments: variants)
    func theExampleListsWhatTheHostLists(variant: String) async throws {
        let folder = try TemporaryFolder()
        let there = try makeFolder(folder, "there/some/where")
        _ = try folder.write("there/text", "text\n")
        for number in 0..<10_000 {
            let file = open(there + "/\(number)", O_WRONLY | O_CREAT, 0o644)
            #expect(file >= 0 && ftruncate(file, number % 1000) == 0)
            close(file)
        }
        for (path, mode) in [("there/text", 0o4751), ("there/some", 0o1777)] { chmod(folder.path + "/" + path, mode_t(mode)) }
        mkfifo(folder.path + "/there/fifo", 0o600)
        symlink("some/where", folder.path + "/there/link")
        link(folder.path + "/there/text", folder.path + "/there/some/second")
        let result = try await Hermit.run(
            ["run", "--timeout", "120", "--mount", folder.path + "/there:/a/place:ro"] + words(variant)
                + ["examples-c/ls", "--", "-lR", "/a/place"])
        #expect(result.status == 0 && result.remarks.isEmpty, "\(result.errors)")
        let expected = try await listing(folder.path + "/there", as: "/a/place")
        #expect(result.text == expected)
    }

    @Test(arguments: machines)
    func theDocumentsAreListed(variant: String) async throws {
        let result = try await Hermit.run(
            ["run", "--timeout", "120", "--mount", "docs:/docs:ro"] + words(variant)
                + ["examples-c/ls", "--", "-lR", "/docs"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(try await result.text == listing("docs", as: "/docs"))
    }

    /// Several folders, one of them in another; where they are; what is not to be changed.
    @Test(arguments: ["q35", "microvm"])
    func foldersAreWhereTheyShouldBe(machine: String) async throws {
        let folder = try TemporaryFolder()
        let (first, second) = (try makeFolder(folder, "a b,c\\d"), try makeFolder(folder, "second"))
        _ = try makeFolder(folder, "second/in")
        _ = try folder.write("second/file", "second\n")
        _ = try folder.write("a b,c\\d/file", "first\n")
        let program = try folder.write(
            "program.c",
            """
            #include <errno.h>
            #include <fcntl.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/stat.h>
            #include <sys/statvfs.h>
            #include <unistd.h>
            static void show(const char *path)
            {
                char line[300];
                FILE *file = fopen(path, "r");
                while (file && fgets(line, sizeof line, file)) fputs(line, stdout);
                if (file) fclose(file); else printf("%s: %s\\n", path, strerror(errno));
            }
            #define FAILS(call) do { if ((call) != -1 || errno != EROFS) printf("%s: %d\\n", #call, errno); } while (0)
            int main(void)
            {
                char text[100];
                struct statvfs system;
                show("/x/y/file");
                show("/x/y/in/file");
                show("/proc/mounts");
                if (!chdir("/x/y/in") && getcwd(text, sizeof text)) puts(text);
                if (!chdir("..") && getcwd(text, sizeof text)) puts(text);
                if (!chdir("..") && getcwd(text, sizeof text)) puts(text);
                FAILS(open("/x/y/file", O_RDWR));
                FAILS(open("/x/y/file", O_RDONLY | O_TRUNC));
                FAILS(open("/x/y/new", O_WRONLY | O_CREAT, 0600));
                FAILS(mkdir("/x/y/new", 0700));
                FAILS(unlink("/x/y/file"));
                FAILS(rmdir("/x/y/none"));
                FAILS(rename("/x/y/file", "/x/y/other"));
                FAILS(link("/x/y/file", "/x/y/other"));
                FAILS(symlink("file", "/x/y/other"));
                FAILS(chmod("/x/y/file", 0));
                FAILS(chown("/x/y/file", 1, 1));
                FAILS(truncate("/x/y/file", 0));
                FAILS(utimensat(AT_FDCWD, "/x/y/file", NULL, 0));
                printf("%d %d\\n", !statvfs("/x/y", &system) && system.f_flag & ST_RDONLY,
                       !statvfs("/x/y/in", &system) && !(system.f_flag & ST_RDONLY));
                if (rename("/x/y/in/file", "/x/file") != -1 || errno != EXDEV) puts("a move from one to the other");
                int file = open("/x/y/in/new", O_WRONLY | O_CREAT, 0600);
                return write(file, "new", 3) != 3;
            }

            """)
        let before = try await listing(second, as: "")
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--machine", machine, "--mount", second + ":/x/y:ro", "--mount", first + ":/x/y/in",
            program,
        ])
        #expect(result.status == 0 && result.remarks.isEmpty, "\(result.errors)")
        #expect(
            result.text == """
                second
                first
                tmpfs / tmpfs rw 0 0
                devtmpfs /dev devtmpfs rw 0 0
                proc /proc proc ro 0 0
                folder0 /x/y virtiofs ro 0 0
                folder1 /x/y/in virtiofs rw 0 0
                /x/y/in
                /x/y
                /x
                1 1

                """)
        #expect(try String(contentsOfFile: first + "/new", encoding: .utf8) == "new")
        #expect(try await listing(second, as: "") == before)
    }

    // MARK: - The server

    /// Processes whose command line has `marker` in it and that are no zombies.
    private func processes(with marker: String, name: String) -> [Int32] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { Int32($0) }.filter { process in
            guard let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else { return false }
            let text = String(decoding: line, as: UTF8.self)
            return text.contains(marker) && text.contains(name)
        }
    }

    /// Runs a program with a folder until it says that it is ready, and then `body`; what it
    /// has said, how it has ended.
    private func interrupt(
        _ words: [String], _ folder: String, _ source: String, _ body: @Sendable (Int32) -> Void
    ) async throws -> (text: String, errors: String, status: TerminationStatus) {
        let result = try await Subprocess.run(
            .path(FilePath(Hermit.executable)),
            arguments: Arguments(["run", "--timeout", "120", "--mount", folder + ":/m"] + words + [source]),
            environment: .inherit.updating(["HERMIT_HOME": Hermit.root]), input: .none,
            output: .sequence, error: .string(limit: 1 << 20)
        ) { execution in
            var text = ""
            for try await line in execution.standardOutput.strings() {
                text += line
                if line.contains("ready") { body(execution.processIdentifier.value) }
            }
            return text
        }
        return (result.closureResult, result.standardError, result.terminationStatus)
    }

    /// Of a server that dies, or does not go on: tasks that are at work, and what comes after, get
    /// an error; the log has one line, and the server ends with the guest.
    @Test(arguments: ["q35", "microvm"], [SIGKILL, SIGSTOP])
    func aServerThatDoesNotAnswerIsAnError(machine: String, signal: Int32) async throws {
        let folder = try TemporaryFolder()
        let there = try makeFolder(folder, "there")
        _ = try folder.write("there/file", "content")
        let source = try folder.write(
            "program.c",
            """
            #include <errno.h>
            #include <fcntl.h>
            #include <pthread.h>
            #include <stdio.h>
            #include <sys/stat.h>
            #include <unistd.h>
            static void *other(void *argument)
            {
                struct stat status;
                while (!stat("/m/file", &status)) {}
                return (void *)(long)errno;
            }
            int main(void)
            {
                char text[100];
                int file = open("/m/file", O_RDWR), failed = file < 0;
                pthread_t threads[3];
                puts("ready");
                fflush(stdout);
                for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, other, NULL);
                while (pread(file, text, sizeof text, 0) == 7) {}
                failed += errno != EIO;
                for (int i = 0; i < 3; i++) {
                    void *number;
                    pthread_join(threads[i], &number);
                    failed += number != (void *)EIO;
                }
                failed += open("/m/other", O_CREAT | O_RDWR, 0600) != -1 || errno != EIO;
                failed += write(file, text, 10) != -1 || errno != EIO;
                failed += fsync(file) != -1 || errno != EIO;
                close(file);
                failed += open("/tmp/file", O_CREAT | O_RDWR, 0600) < 0;
                printf("%d failures\\n", failed);
                return failed;
            }

            """)
        let result = try await interrupt(["--machine", machine, "--cpus", "2"], there, source) { _ in
            let servers = processes(with: "source=" + there, name: "virtiofsd")
            #expect(!servers.isEmpty)
            for server in servers { kill(server, signal) }
        }
        // A dying process takes a moment.
        for _ in 0..<100 where !processes(with: "source=" + there, name: "virtiofsd").isEmpty { usleep(100_000) }
        let left = processes(with: "source=" + there, name: "virtiofsd")
        #expect(left.isEmpty)
        for server in left { kill(server, SIGKILL) }
        #expect(result.text.contains("0 failures") && result.status == .exited(0), "\(result.text)\(result.errors)")
        #expect(result.errors.components(separatedBy: "a folder's server does not answer").count == 2, "\(result.errors)")
    }

    /// Neither QEMU nor a server outlives the tool.
    @Test(arguments: [SIGKILL, SIGTERM])
    func noServerOutlivesTheTool(signal: Int32) async throws {
        let folder = try TemporaryFolder()
        let there = try makeFolder(folder, "there")
        let source = try folder.write(
            "program.c", "#include <stdio.h>\nint main(void) { puts(\"ready\"); fflush(stdout); for (;;); }\n")
        let result = try await interrupt([], there, source) { tool in
            #expect(!processes(with: "source=" + there, name: "virtiofsd").isEmpty)
            kill(tool, signal)
        }
        #expect(result.status != .exited(0))
        // A dying process takes a moment.
        for _ in 0..<100 where !processes(with: "source=" + there, name: "virtiofsd").isEmpty { usleep(100_000) }
        #expect(processes(with: "source=" + there, name: "virtiofsd").isEmpty)
    }

    // MARK: - The tool

    @Test func theToolNamesWhatIsNoFolder() async throws {
        let folder = try TemporaryFolder()
        let program = try folder.write("program.c", "int main(void) { return 0; }\n")
        for (word, message) in [
            (folder.path + "/none:/m", "there is no such folder to mount"),
            (program + ":/m", "there is no such folder to mount"), (folder.path, "--mount takes HOSTDIR:/PATH"),
            (folder.path + ":m", "--mount takes HOSTDIR:/PATH"), (folder.path + ":/", "the guest's root is its own"),
            (folder.path + "://:ro", "the guest's root is its own"),
        ] {
            let result = try await Hermit.run(["run", "--mount", word, program])
            #expect(result.status == 1 && result.errors.contains(message), "\(word): \(result.errors)")
        }
        let many = (0..<9).flatMap { ["--mount", folder.path + ":/m\($0)"] }
        let result = try await Hermit.run(["run"] + many + [program])
        #expect(result.status == 1 && result.errors.contains("there may be 8 folders"), "\(result.errors)")
    }

    /// What is printed can be pasted.
    @Test(arguments: ["q35", "microvm"])
    func whatIsPrintedRuns(machine: String) async throws {
        let folder = try TemporaryFolder()
        let there = try makeFolder(folder, "with blank")
        _ = try folder.write("with blank/file", "text\n")
        let line = try await Hermit.run([
            "run", "--dry-run", "--machine", machine, "--mount", there + ":/m:ro", "examples-c/ls", "--", "-l", "/m",
        ])
        #expect(line.status == 0, "\(line.errors)")
        // Sockets of its own: others may run what was printed, too.
        let text = line.text.replacing("/tmp/hermit.folder", with: folder.path + "/socket")
        let result = try await Hermit.command("/usr/bin/timeout", ["60", "/bin/sh", "-c", text])
        #expect(result.text.contains(" file\n") && result.text.contains("exit status 0"), "\(result.text)\(result.errors)")
    }

    /// A program without files has nothing of it.
    @Test func whoOpensNoFileHasNoDriver() async throws {
        let folder = try TemporaryFolder()
        let image = folder.path + "/program"
        let built = try await Hermit.run(["build", "examples-c/hello_world", "-o", image])
        #expect(built.status == 0, "\(built.errors)")
        let names = try await Hermit.command(Tools.path("llvm-nm"), ["--format=just-symbols", image])
        #expect(names.status == 0 && !names.text.contains("KernelFolders") && !names.text.contains("Fuse"))
    }
}

extension String {
    fileprivate func replacingPrefix(_ old: String, with new: String) -> String {
        hasPrefix(old) ? new + dropFirst(old.count) : self
    }
}
