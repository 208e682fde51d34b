import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Files on a disk: `--disk FILE:/PATH`, and an ext2 or ext3 file system on it.
@Suite(
    .serialized, .prepared, .enabled(if: DiskImage.areToolsThere, "no e2fsprogs here (Debian: e2fsprogs)"),
    .timeLimit(.minutes(20)))
struct VolumeTests {
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

    private func run(_ image: DiskImage, _ words: [String], suffix: String = "") async throws -> Hermit.Result {
        try await Hermit.run(["run", "--timeout", "300", "--disk", image.path + ":/m" + suffix] + words)
    }

    // MARK: - Files

    /// One program, here and there: what it says, and what it leaves behind.
    @Test(arguments: variants)
    func filesAreAsOnTheHost(variant: String) async throws {
        let folder = try TemporaryFolder()
        let source = Hermit.root + "/Tests/Programs/folder.c"
        let (here, there) = (folder.path + "/here", folder.path + "/there")
        try FileManager.default.createDirectory(atPath: here, withIntermediateDirectories: true)
        let compiled = try await Hermit.command(
            Tools.path("clang"), ["-w", "-O1", "-pthread", source, "-o", folder.path + "/program"])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let expected = try await Hermit.command(folder.path + "/program", [here])
        #expect(expected.status == 0 && expected.text.split(separator: "\n").count > 120)
        let image = try await DiskImage(folder.path + "/disk", size: "256M")
        let result = try await run(image, ["--cpus", "4"] + words(variant) + [source, "--", "/m"])
        #expect(result.status == 0 && result.remarks.isEmpty, "\(result.errors)")
        let differences = zip(expected.text.split(separator: "\n"), result.text.split(separator: "\n"))
            .filter { $0 != $1 }
        #expect(result.text == expected.text, "\(differences)")
        try await image.expectClean()
        #expect(try await !image.isInUse)
        try await image.extract(to: there)
        // debugfs writes none.
        unlink(here + "/fifo")
        let compared = try await Hermit.command("/usr/bin/diff", ["-r", "--no-dereference", here, there])
        #expect(compared.status == 0, "\(compared.text.prefix(1000))")
    }

    /// What mounts disks runs on the stack of whoever uses a path first.
    @Test(arguments: ["open", "rename", "names"])
    func aThreadMayBeTheFirst(use: String) async throws {
        let folder = try TemporaryFolder()
        let image = try await DiskImage(folder.path + "/disk")
        let result = try await run(image, ["Tests/Programs/first_use.c", "--", "/m", use])
        #expect(result.status == 0 && result.text == "written\n", "\(result.errors)")
    }

    /// Files in memory: one program, here and there, and what it leaves behind.
    @Test(arguments: [1, 4])
    func mappedFilesAreAsOnTheHost(cpus: Int) async throws {
        let folder = try TemporaryFolder()
        let source = Hermit.root + "/Tests/Programs/mapped_folder.c"
        let (here, there) = (folder.path + "/here", folder.path + "/there")
        try FileManager.default.createDirectory(atPath: here, withIntermediateDirectories: true)
        let compiled = try await Hermit.command(
            Tools.path("clang"), ["-w", "-O1", "-pthread", source, "-o", folder.path + "/program"])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let expected = try await Hermit.command(folder.path + "/program", [here])
        #expect(expected.status == 0 && expected.text.split(separator: "\n").count > 60)
        let image = try await DiskImage(folder.path + "/disk", size: "256M")
        let result = try await run(image, ["--cpus", "\(cpus)", source, "--", "/m"])
        #expect(result.status == 0 && result.remarks.isEmpty, "\(result.errors)")
        #expect(result.text == expected.text)
        try await image.expectClean()
        try await image.extract(to: there)
        let compared = try await Hermit.command("/usr/bin/diff", ["-r", here, there])
        #expect(compared.status == 0, "\(compared.text.prefix(1000))")
    }

    /// The exerciser of files, with its model, on each machine and kind of queue.
    /// `HERMIT_EXERCISE` sets how many operations.
    @Test func whatIsExercisedIsAsTheModelSays() async throws {
        let folder = try TemporaryFolder()
        let count = ProcessInfo.processInfo.environment["HERMIT_EXERCISE"].flatMap { Int($0) } ?? 20_000
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
        let built = try await Hermit.run(["build", folder.path + "/exercise", "-o", folder.path + "/image"])
        #expect(built.status == 0, "\(built.errors)")
        for (number, variant) in Self.machines.enumerated() {
            for (kind, block) in [("ext3", 4096), ("ext2", 1024)].prefix(number == 0 ? 2 : 1) {
                let image = try await DiskImage(folder.path + "/disk\(number)\(kind)", size: "256M", kind: kind, block: block)
                let result = try await run(image, ["--memory", "256M"] + words(variant) + [folder.path + "/image"])
                #expect(result.status == 0, "\(variant), \(kind): \(result.errors)")
                #expect(
                    result.text == (1...4).map { "seed \($0): as the model says\n" }.joined(), "\(variant), \(kind)")
                try await image.expectClean()
            }
        }
    }

    // MARK: - Looking

    /// Lines of `ls -lR` that have to be the same on any file system: sizes of directories, and
    /// sums of blocks, do not.
    private func entries(_ text: String) -> [String] {
        text.split(separator: "\n").filter { !$0.hasPrefix("total ") }.map { line in
            var fields = line.split(separator: " ").map(String.init)
            if line.hasPrefix("d"), fields.count > 4 { fields[4] = "" }
            return fields.joined(separator: " ")
        }
    }

    /// A disk that the host has made.
    @Test(arguments: variants, ["ext3", "ext2"])
    func theExampleListsWhatTheHostLists(variant: String, kind: String) async throws {
        let folder = try TemporaryFolder()
        let there = folder.path + "/there"
        try FileManager.default.createDirectory(atPath: there + "/some/where", withIntermediateDirectories: true)
        _ = try folder.write("there/text", "text\n")
        _ = try folder.write("there/large", String(repeating: "a line of many\n", count: 400_000))
        for number in 0..<1000 {
            let file = open(there + "/some/where/\(number)", O_WRONLY | O_CREAT, 0o644)
            #expect(file >= 0 && ftruncate(file, number % 1000) == 0)
            close(file)
        }
        for (path, mode) in [("text", 0o4751), ("some", 0o1777)] { chmod(there + "/" + path, mode_t(mode)) }
        mkfifo(there + "/fifo", 0o600)
        symlink("some/where", there + "/link")
        symlink(String(repeating: "long/", count: 40), there + "/long")
        link(there + "/text", there + "/some/second")
        let image = try await DiskImage(folder.path + "/disk", size: "64M", kind: kind, files: there)
        _ = try await image.ask("rmdir lost+found", writing: true)
        let before = try Data(contentsOf: URL(fileURLWithPath: image.path))
        let result = try await run(image, words(variant) + ["examples-c/ls", "--", "-lR", "/m"], suffix: ":ro")
        #expect(result.status == 0 && result.remarks.isEmpty, "\(result.errors)")
        let listed = try await Hermit.command("/usr/bin/env", ["LC_ALL=C", "TZ=UTC", "ls", "-lR", "."], in: there)
        #expect(listed.status == 0, "\(listed.errors)")
        let expected = entries(listed.text).map { $0.hasPrefix(".") ? "/m" + $0.dropFirst() : $0 }
        #expect(entries(result.text) == expected)
        // What is only read stays as it is, to the byte.
        #expect(try Data(contentsOf: URL(fileURLWithPath: image.path)) == before)
    }

    private static let states = """
        #define _GNU_SOURCE
        #include <dirent.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <sys/statvfs.h>
        #include <unistd.h>
        #define CHECK(x) do { if (!(x)) { printf("line %d, errno %d\\n", __LINE__, errno); exit(1); } } while (0)
        static char bytes[1 << 16];
        static void put(const char *path, const char *text)
        {
            int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
            CHECK(fd >= 0 && write(fd, text, strlen(text)) == (long)strlen(text) && !close(fd));
        }
        static int has(const char *path, const char *text)
        {
            int fd = open(path, O_RDONLY);
            long count = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
            if (fd >= 0) close(fd);
            return count == (long)strlen(text) && !memcmp(bytes, text, count);
        }

        """

    /// What one boot has written the next one finds, however the first has ended.
    @Test(arguments: ["return 0;", "_exit(0);", "abort();", "raise(SIGTERM);", "pthread_exit(NULL);"])
    func whatWasWrittenIsThereAtTheNextBoot(end: String) async throws {
        let folder = try TemporaryFolder()
        let program = try folder.write(
            "program.c",
            Self.states + """
                #include <pthread.h>
                int main(int argc, char **argv)
                {
                    (void)argv;
                    if (argc > 1) {
                        char text[16];
                        CHECK(has("/m/a/file", "first") && has("/m/a/second", "first") && has("/m/removed", "") == 0);
                        struct stat status;
                        CHECK(!stat("/m/a/file", &status) && status.st_nlink == 2 && status.st_mtime == 1000000000);
                        CHECK((status.st_mode & 07777) == 0640 && status.st_uid == 12 && status.st_gid == 70000);
                        CHECK(readlink("/m/link", text, sizeof text) == 6 && !memcmp(text, "a/file", 6));
                        CHECK(!lstat("/m/hole", &status) && status.st_size == 5000000005 && status.st_blocks < 100);
                        CHECK(chdir("/m/a") == 0 && getcwd(bytes, sizeof bytes) && !strcmp(bytes, "/m/a"));
                        puts("all there");
                        return 0;
                    }
                    CHECK(!mkdir("/m/a", 0755));
                    put("/m/a/file", "first");
                    put("/m/removed", "nothing");
                    CHECK(!unlink("/m/removed") && !symlink("a/file", "/m/link") && !link("/m/a/file", "/m/a/second"));
                    CHECK(!chmod("/m/a/file", 0640) && !chown("/m/a/file", 12, 70000));
                    struct timespec times[2] = {{1000000000, 0}, {1000000000, 0}};
                    int fd = open("/m/hole", O_WRONLY | O_CREAT, 0600);
                    CHECK(pwrite(fd, "holed", 5, 5000000000) == 5);
                    CHECK(!utimensat(AT_FDCWD, "/m/a/file", times, 0));
                    /* Open without a name: nothing of it is to stay. */
                    fd = open("/m/open", O_RDWR | O_CREAT, 0600);
                    CHECK(fd >= 0 && write(fd, bytes, sizeof bytes) == sizeof bytes && !unlink("/m/open"));
                    puts("written");
                    fflush(stdout);
                    \(end)
                }

                """)
        let image = try await DiskImage(folder.path + "/disk")
        let first = try await run(image, [program])
        #expect(first.text == "written\n", "\(first.text)\(first.errors)")
        #expect(try await !image.isInUse)
        let second = try await run(image, [program, "--", "check"])
        #expect(second.text == "all there\n" && second.status == 0, "\(second.text)\(second.errors)")
        try await image.expectClean()
    }

    /// ENOSPC, after which what was there is read, and room can be made again.
    @Test(arguments: ["ext3", "ext2"])
    func aFullDiskIsAnError(kind: String) async throws {
        let folder = try TemporaryFolder()
        let program = try folder.write(
            "program.c",
            Self.states + """
                int main(void)
                {
                    struct statvfs system;
                    put("/m/small", "as it was");
                    int fd = open("/m/large", O_RDWR | O_CREAT, 0600);
                    long size = 0, count;
                    for (long i = 0; i < (long)sizeof bytes; i++) bytes[i] = i * 7;
                    while ((count = write(fd, bytes, sizeof bytes)) > 0) size += count;
                    CHECK(count == -1 && errno == ENOSPC && size > 8 << 20);
                    CHECK(!fsync(fd) && lseek(fd, 0, SEEK_END) == size);
                    CHECK(!statvfs("/m", &system) && system.f_bfree < 4 && system.f_bavail < 4);
                    CHECK(mkdir("/m/folder", 0700) == -1 && errno == ENOSPC);
                    char byte;
                    for (long place = 0; place < size; place += 4099)
                        CHECK(pread(fd, &byte, 1, place) == 1 && byte == (char)(place % sizeof bytes * 7));
                    CHECK(has("/m/small", "as it was"));
                    for (int round = 0; round < 20; round++) {
                        /* What is cut off is free at once. */
                        CHECK(!ftruncate(fd, size / 2) && lseek(fd, 0, SEEK_END) == size / 2);
                        for (long done = size / 2; done < size - (1 << 17); done += count)
                            CHECK((count = write(fd, bytes, sizeof bytes)) > 0);
                    }
                    CHECK(!close(fd) && !unlink("/m/large") && !mkdir("/m/folder", 0700));
                    put("/m/folder/other", "new");
                    puts("done");
                    return 0;
                }

                """)
        let image = try await DiskImage(folder.path + "/disk", size: "16M", kind: kind, block: 1024)
        let result = try await run(image, [program])
        #expect(result.text == "done\n" && result.status == 0 && result.remarks.isEmpty, "\(result.text)\(result.errors)")
        try await image.expectClean()
        try await image.extract(to: folder.path + "/out")
        #expect(try String(contentsOfFile: folder.path + "/out/small", encoding: .utf8) == "as it was")
        #expect(try String(contentsOfFile: folder.path + "/out/folder/other", encoding: .utf8) == "new")
    }

    /// Several tasks on several cores, each in files of its own and all in one folder.
    @Test(arguments: ["q35 packed=on", "microvm packed=off"])
    func tasksShareTheDisk(variant: String) async throws {
        let folder = try TemporaryFolder()
        let program = try folder.write(
            "program.c",
            Self.states + """
                #include <pthread.h>
                static int shared;
                static void *run(void *argument)
                {
                    char path[64], other[64], text[64], back[64];
                    for (int i = 0; i < 150; i++) {
                        sprintf(path, "/m/t%ld.%d", (long)argument, i % 7);
                        sprintf(other, "/m/u%ld.%d", (long)argument, i % 3);
                        int count = sprintf(text, "%ld:%d", (long)argument, i);
                        int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
                        CHECK(fd >= 0 && write(fd, text, count) == count);
                        if (i % 10 == 0) CHECK(!fsync(fd));
                        if (i % 40 == 0) sync();
                        CHECK(pread(fd, back, sizeof back, 0) == count && !memcmp(back, text, count));
                        CHECK(!close(fd) && !rename(path, other));
                        CHECK(write(shared, text, 1) == 1);
                        DIR *all = opendir("/m");
                        int found = 0;
                        for (struct dirent *entry; (entry = readdir(all));) found += !strcmp(entry->d_name, other + 3);
                        CHECK(found == 1 && !closedir(all));
                    }
                    return NULL;
                }
                int main(void)
                {
                    pthread_t threads[8];
                    shared = open("/m/shared", O_WRONLY | O_CREAT | O_APPEND, 0600);
                    for (long i = 0; i < 8; i++) CHECK(!pthread_create(&threads[i], NULL, run, (void *)i));
                    for (int i = 0; i < 8; i++) CHECK(!pthread_join(threads[i], NULL));
                    struct stat status;
                    CHECK(!fstat(shared, &status) && status.st_size == 8 * 150);
                    puts("done");
                    return 0;
                }

                """)
        let image = try await DiskImage(folder.path + "/disk")
        let result = try await run(image, ["--cpus", "4"] + words(variant) + [program])
        #expect(result.text == "done\n" && result.status == 0, "\(result.text)\(result.errors)")
        try await image.expectClean()
    }

    // MARK: - What can't be changed

    @Test(arguments: ["q35", "microvm"])
    func nothingIsChangedThatIsOnlyRead(machine: String) async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("files/file", "content")
        _ = try folder.write("files/in/other", "more")
        let program = try folder.write(
            "program.c",
            Self.states + """
                #define FAILS(call) do { if ((call) != -1 || errno != EROFS) printf("%s: %d\\n", #call, errno); } while (0)
                int main(void)
                {
                    struct statvfs system;
                    CHECK(has("/x/m/file", "content") && has("/x/m/in/other", "more"));
                    FAILS(open("/x/m/file", O_RDWR));
                    FAILS(open("/x/m/file", O_RDONLY | O_TRUNC));
                    FAILS(open("/x/m/new", O_WRONLY | O_CREAT, 0600));
                    FAILS(mkdir("/x/m/new", 0700));
                    FAILS(unlink("/x/m/file"));
                    FAILS(rename("/x/m/file", "/x/m/other"));
                    FAILS(link("/x/m/file", "/x/m/other"));
                    FAILS(symlink("file", "/x/m/other"));
                    FAILS(chmod("/x/m/file", 0));
                    FAILS(chown("/x/m/file", 1, 1));
                    FAILS(truncate("/x/m/file", 0));
                    FAILS(utimensat(AT_FDCWD, "/x/m/file", NULL, 0));
                    CHECK(!statvfs("/x/m", &system) && system.f_flag & ST_RDONLY);
                    if (rename("/x/m/file", "/x/file") != -1 || errno != EXDEV) puts("a move from one to the other");
                    sync();
                    FILE *mounts = fopen("/proc/mounts", "r");
                    while (fgets(bytes, sizeof bytes, mounts)) if (strstr(bytes, "vd")) fputs(bytes, stdout);
                    return 0;
                }

                """)
        let image = try await DiskImage(folder.path + "/disk", files: folder.path + "/files")
        let other = try await DiskImage(folder.path + "/other", kind: "ext2")
        let before = try Data(contentsOf: URL(fileURLWithPath: image.path))
        // The inner one is named first, and is seen all the same.
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--machine", machine, "--disk", other.path + ":/x/m/in/deep", "--disk",
            image.path + ":/x/m:ro", program,
        ])
        #expect(result.status == 0, "\(result.errors)")
        // Its directory is missing on a disk that can't be changed.
        #expect(result.errors.contains("a folder or disk is not mounted"), "\(result.errors)")
        #expect(result.text == "/dev/vdb /x/m ext3 ro 0 0\n")
        #expect(try Data(contentsOf: URL(fileURLWithPath: image.path)) == before)
        let nested = try await Hermit.run([
            "run", "--timeout", "120", "--machine", machine, "--disk", other.path + ":/x/m/in", "--disk",
            image.path + ":/x/m", "examples-c/ls", "--", "/x/m", "/x/m/in",
        ])
        #expect(nested.status == 0 && nested.remarks.isEmpty, "\(nested.errors)")
        #expect(nested.text == "file\nin\nlost+found\nlost+found\n", "\(nested.text)")
    }

    /// A disk that says what can't be is an error, and the program goes on.
    @Test func aDamagedDiskIsAnError() async throws {
        let folder = try TemporaryFolder()
        let program = try folder.write(
            "program.c",
            Self.states + """
                int main(void)
                {
                    struct stat status;
                    printf("%d %d\\n", stat("/m/file", &status), errno);
                    printf("%d\\n", has("/m/sound", "sound"));
                    printf("%ld\\n", (long)open("/m/folder/new", O_CREAT | O_RDWR, 0600));
                    return 0;
                }

                """)
        _ = try folder.write("files/file", "content")
        _ = try folder.write("files/sound", "sound")
        _ = try folder.write("files/folder/inside", "x")
        let image = try await DiskImage(folder.path + "/disk", files: folder.path + "/files")
        _ = try await image.ask("set_inode_field file mode 0", writing: true)
        _ = try await image.ask("set_inode_field folder block[0] 0x7fffffff", writing: true)
        let result = try await run(image, [program])
        #expect(result.status == 0 && result.text == "-1 5\n1\n-1\n", "\(result.text)\(result.errors)")
        #expect(result.log.count >= 2 && result.log.allSatisfy { $0.contains("e2fsck") }, "\(result.errors)")
    }

    // MARK: - Lasting

    /// What was written, and nobody has synchronised, is on the disk some seconds later; with
    /// O_SYNC, O_DSYNC and RWF_DSYNC at once.
    @Test func whatIsWrittenLastsByItselfAndAtOnceWhereThatIsWanted() async throws {
        let folder = try TemporaryFolder()
        let program = try folder.write(
            "program.c",
            Self.states + """
                #include <sys/uio.h>
                #include <time.h>
                int main(void)
                {
                    put("/m/written", "not synchronised");
                    struct timespec second = {0, 100000000}, now;
                    clock_gettime(CLOCK_MONOTONIC, &now);
                    long end = now.tv_sec + 8;
                    for (; now.tv_sec < end; clock_gettime(CLOCK_MONOTONIC, &now)) nanosleep(&second, NULL);
                    int fd = open("/m/sync", O_WRONLY | O_CREAT | O_SYNC, 0600);
                    CHECK(fd >= 0 && fcntl(fd, F_GETFL) & O_SYNC && write(fd, "at once", 7) == 7);
                    fd = open("/m/flagged", O_WRONLY | O_CREAT, 0600);
                    struct iovec part = {"flagged", 7};
                    CHECK(pwritev2(fd, &part, 1, -1, RWF_DSYNC) == 7);
                    puts("ready");
                    fflush(stdout);
                    put("/m/late", "late");
                    for (;;) {}
                }

                """)
        let image = try await DiskImage(folder.path + "/disk")
        try await GuestKill.run(image, ["--timeout", "120", program]) { $0 == "ready" ? 0 : nil }
        let copy = try await image.recovered(folder.path + "/copy")
        try await copy.expectClean()
        try await copy.extract(to: folder.path + "/out")
        for (name, text) in [("written", "not synchronised"), ("sync", "at once"), ("flagged", "flagged")] {
            #expect(try String(contentsOfFile: folder.path + "/out/" + name, encoding: .utf8) == text)
        }
    }

    // MARK: - The tool

    @Test func theToolMakesAndNamesDisks() async throws {
        let folder = try TemporaryFolder()
        let disk = folder.path + "/disk"
        let environment = ["CI": ""]
        func tryIt(_ words: [String], _ environment: [String: String] = environment) async throws -> Hermit.Result {
            try await Hermit.run(["run", "--timeout", "60"] + words + ["examples-c/ls", "--", "/m"], environment: environment)
        }
        let missing = try await tryIt(["--disk", disk + ":/m"])
        #expect(missing.status == 1 && missing.errors.contains("there is no such file for a disk; --disk-size"), "\(missing.errors)")
        let made = try await tryIt(["--disk", disk + ":/m", "--disk-size", "64M"])
        #expect(made.status == 0 && made.text == "lost+found\n", "\(made.errors)")
        try await DiskImage(at: disk).expectClean()
        // It is there now, and stays what it is.
        let again = try await tryIt(["--disk", disk + ":/m", "--disk-size", "16M"])
        #expect(again.status == 0)
        #expect(try FileManager.default.attributesOfItem(atPath: disk)[.size] as? Int == 64 << 20)

        // Nothing but zeros.
        let blank = folder.path + "/blank"
        _ = FileManager.default.createFile(atPath: blank, contents: nil)
        truncate(blank, 16 << 20)
        let refused = try await tryIt(["--disk", blank + ":/m"])
        #expect(refused.status == 1 && refused.errors.contains("holds no file system; type: mke2fs"), "\(refused.errors)")
        let formatted = try await tryIt(["--disk", blank + ":/m", "--format-disk"])
        #expect(formatted.status == 0 && formatted.text == "lost+found\n", "\(formatted.errors)")
        truncate(blank, 0)
        truncate(blank, 4 << 20)
        let automatic = try await tryIt(["--disk", blank + ":/m"], ["CI": "true"])
        #expect(automatic.status == 0 && automatic.text == "lost+found\n", "\(automatic.errors)")

        // Something else is never lost.
        let other = folder.path + "/other"
        try Data([UInt8](repeating: 0, count: 1 << 20) + Array("data".utf8) + [UInt8](repeating: 0, count: 1020))
            .write(to: URL(fileURLWithPath: other))
        let kept = try await tryIt(["--disk", other + ":/m", "--format-disk"])
        #expect(kept.status == 1 && kept.errors.contains("holds something"), "\(kept.errors)")
        for (word, message) in [
            (disk + ":/", "the guest's root is its own"), (disk + "://:ro", "the guest's root is its own"),
        ] {
            let result = try await tryIt(["--disk", word])
            #expect(result.status == 1 && result.errors.contains(message), "\(result.errors)")
        }
        let size = try await tryIt(["--disk", disk + ":/m", "--disk-size", "1"])
        #expect(size.status != 0 && size.errors.contains("--disk-size takes a number"))
    }

    /// Without the tool, too, a disk that is none is named.
    @Test func theKernelNamesWhatItDoesNotMount() async throws {
        let folder = try TemporaryFolder()
        let blank = folder.path + "/blank"
        try Data(count: 1 << 20).write(to: URL(fileURLWithPath: blank))
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--disk", blank, "--kernel-args", "mount=/dev/vda:/m mount=/dev/vdb:/n",
            "examples-c/ls", "--", "/tmp",
        ])
        #expect(result.text.isEmpty && result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("the disk holds no ext2 or ext3 file system"), "\(result.errors)")
        #expect(result.errors.contains("the machine has none of its name"), "\(result.errors)")
    }

    /// A program without files has nothing of it.
    @Test func whoOpensNoFileHasNoFileSystem() async throws {
        let folder = try TemporaryFolder()
        let image = folder.path + "/program"
        let built = try await Hermit.run(["build", "examples-c/hello_world", "-o", image])
        #expect(built.status == 0, "\(built.errors)")
        let names = try await Hermit.command(Tools.path("llvm-nm"), ["--format=just-symbols", image])
        #expect(names.status == 0 && !names.text.contains("KernelVolumes") && !names.text.contains("ExtendedSystem"))
    }
}
