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

    /// Memory and files in each other's place, `/proc/self/maps`, FIFOs: the same source
    /// says the same on the host's Linux, however many cores there are.
    @Test(arguments: ["fixed_mappings", "memory_maps", "fifos"], [1, 4])
    func programsSayWhatLinuxSays(program: String, cpus: Int) async throws {
        let folder = try TemporaryFolder()
        let source = Hermit.root + "/Tests/Programs/\(program).c"
        let host = folder.path + "/host"
        let compiled = try await Hermit.command(
            Tools.path("clang"), ["-w", "-pthread", source, "-o", host])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let expected = try await Hermit.command(host, [])
        #expect(expected.status == 0, "\(expected.text)")
        let result = try await Hermit.run(
            ["run", "--timeout", "240", "--cpus", String(cpus), source])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == expected.text)
    }

    @Test func whatProcSaysOfTheProgram() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "program.c",
            """
            #define _GNU_SOURCE
            #include <errno.h>
            #include <fcntl.h>
            #include <inttypes.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/mman.h>
            #include <unistd.h>
            #define CHECK(C) do { if (!(C)) return printf("line %d, errno %d\\n", __LINE__, errno); } while (0)
            static int data = 1;
            /* What may be done at an address. */
            static int rights(const void *address, char out[5]) {
                FILE *file = fopen("/proc/self/maps", "r");
                uintptr_t first, last, wanted = (uintptr_t)address, before = 0;
                int found = 0, next;
                if (!file) return 0;
                while (fscanf(file, "%" SCNxPTR "-%" SCNxPTR " %4s", &first, &last, out) == 3) {
                    if (first < before || last <= first) return 0;
                    before = last;
                    while ((next = getc(file)) != EOF && next != 10) { }
                    if (first <= wanted && wanted < last) { found = 1; break; }
                }
                fclose(file);
                return found;
            }
            int main(void) {
                char text[300], out[5];
                ssize_t count = readlink("/proc/self/exe", text, sizeof text);
                CHECK(count > 1 && text[0] == '/' && !memcmp(text + count - 7, "program", 7));
                CHECK(rights((void *)main, out) && !strcmp(out, "r-xp"));
                CHECK(rights(&data, out) && !strcmp(out, "rw-p"));
                CHECK(rights(text, out) && !strcmp(out, "rw-p"));
                int fd = open("/dev/zero", O_RDONLY);
                char *zeros = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
                CHECK(zeros != MAP_FAILED && zeros[0] == 0 && zeros[8191] == 0);
                zeros[0] = 1;
                CHECK(rights(zeros, out) && !strcmp(out, "rw-p"));
                CHECK(mmap(NULL, 1, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EACCES);
                CHECK(mprotect(zeros, 4096, PROT_READ) == 0);
                CHECK(rights(zeros, out) && !strcmp(out, "r--p"));
                CHECK(munmap(zeros, 8192) == 0 && !rights(zeros, out));

                /* A mapped file's pages are filled; behind its end there are none. */
                int file = open("/tmp/f", O_RDWR | O_CREAT, 0600);
                CHECK(ftruncate(file, 5000) == 0);
                char *bytes = mmap(NULL, 16384, PROT_READ, MAP_SHARED, file, 0);
                unsigned char there[2];
                CHECK(bytes != MAP_FAILED && mlock(bytes, 8192) == 0);
                CHECK(mincore(bytes, 8192, there) == 0 && there[0] && there[1]);
                CHECK(mlock(bytes, 16384) == -1 && errno == ENOMEM);
                CHECK(munlock(bytes, 8192) == 0);

                /* Locks of descriptions meet those of the program. */
                struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10};
                int other = open("/tmp/f", O_RDWR);
                CHECK(fcntl(other, F_OFD_SETLK, &lock) == 0);
                CHECK(fcntl(file, F_SETLK, &lock) == -1 && (errno == EAGAIN || errno == EACCES));
                CHECK(fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_WRLCK && lock.l_pid == -1);
                lock.l_pid = 0;
                lock.l_type = F_UNLCK;
                CHECK(fcntl(other, F_OFD_SETLKW, &lock) == 0);
                lock.l_type = F_WRLCK;
                lock.l_pid = 1;
                CHECK(fcntl(file, F_OFD_SETLK, &lock) == -1 && errno == EINVAL);
                lock.l_pid = 0;

                /* dup2 closes, and who closes a file gives back the program's locks of it. */
                CHECK(fcntl(file, F_SETLK, &lock) == 0);
                CHECK(fcntl(other, F_OFD_SETLK, &lock) == -1);
                int third = open("/tmp/f", O_RDONLY);
                CHECK(dup2(99, third) == -1 && errno == EBADF);
                CHECK(fcntl(other, F_OFD_SETLK, &lock) == -1);
                CHECK(dup2(fd, third) == third);
                CHECK(fcntl(other, F_OFD_SETLK, &lock) == 0);
                puts("done");
                return 0;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "120", source])
        #expect(result.text == "done\n")
        #expect(result.status == 0, "\(result.errors)")
    }

    /// st_atime is marked by the first touch at the latest (POSIX, mmap).
    @Test func aMappedFileCountsAsRead() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "mapped.c",
            """
            #define _GNU_SOURCE
            #include <fcntl.h>
            #include <stdio.h>
            #include <sys/mman.h>
            #include <sys/stat.h>
            #include <unistd.h>
            int main(void)
            {
                struct timespec times[] = { { 1, 0 }, { 2, 0 } };
                int file = open("/tmp/mapped", O_RDWR | O_CREAT, 0600);
                struct stat before, after;
                ftruncate(file, 4096);
                futimens(file, times);
                fstat(file, &before);
                volatile char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
                memory[0] = 1;
                fstat(file, &after);
                printf("%d %d\\n", before.st_atime == 1, after.st_atime > 2);
                return 0;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", source])
        #expect(result.text == "1 1\n", "\(result.errors)")
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
