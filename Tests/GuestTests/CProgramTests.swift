import Foundation
import TestSupport
import Testing

/// C programs booted in a virtual machine, by their whole output and status.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct CProgramTests {
    static let machines = ["q35", "microvm"]
    static let loaders = ["pvh", "multiboot"]

    @Test(arguments: machines, loaders)
    func helloPrintsItsArguments(machine: String, loader: String) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--machine", machine, "--loader", loader, "--cpus", "2",
            "examples-c/hello_world", "--", "a", "b c", "", "quote\"back\\slash", "ü --",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "Hello from Hermit!\na\nb c\n\nquote\"back\\slash\nü --\n")
    }

    @Test(arguments: [0, 1, 7, 128, 255], machines)
    func theStatusIsTheProgramsOwn(status: Int32, machine: String) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--machine", machine, "examples-c/exit_status", "--",
            "\(status)",
        ])
        #expect(result.status == status, "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test func standardErrorIsTheGuests() async throws {
        let result = try await Hermit.run(["run", "--timeout", "60", "examples-c/exit_status"])
        #expect(result.status == 2)
        #expect(result.errors.contains("usage: exit_status STATUS\n"))
        #expect(result.output.isEmpty)
    }

    @Test func aMebibyteArrivesUnchanged() async throws {
        let result = try await Hermit.run(["run", "--timeout", "120", "examples-c/random_bytes"])
        #expect(result.status == 0)
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        var expected: [UInt8] = []
        expected.reserveCapacity(1 << 20)
        for _ in 0..<1 << 20 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            expected.append(UInt8(truncatingIfNeeded: state))
        }
        #expect(result.output == expected)
    }

    @Test func fourMebibytesOfMemoryAreEnough() async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--memory", "4M", "examples-c/hello_world",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "Hello from Hermit!\n")
    }

    @Test func aGuestThatDoesNotEndIsEnded() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write("loop.c", "int main(void) { for (;;); }\n")
        let result = try await Hermit.run(["run", "--timeout", "2", source])
        #expect(result.status == 124)
    }

    @Test func aProgramThatDoesNotCompileSaysSo() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write("bad.c", "int main(void) { return missing; }\n")
        let result = try await Hermit.run(["run", source])
        #expect(result.status == 1)
        #expect(result.errors.contains("missing"))
    }

    @Test func aFaultIsNamedAndFails() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "fault.c", "int main(void) { return *(volatile int *)16; }\n")
        let result = try await Hermit.run(["run", "--timeout", "60", source])
        #expect(result.status == 139)
        #expect(result.errors.contains("page fault: read of 0x10 (the null page)"))
    }

    @Test func aWriteToCodeIsRefused() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "text.c", "int main(void) { *(volatile char *)main = 1; return 0; }\n")
        let result = try await Hermit.run(["run", "--timeout", "60", source])
        #expect(result.status == 139)
        #expect(result.errors.contains("page fault: write to"))
    }

    @Test func standardInputComesWithItsEnd() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "cat.c",
            """
            #include <hermit.h>
            int main(void)
            {
                char buffer[100];
                for (;;) {
                    long count = sys_read(0, buffer, sizeof buffer);
                    if (count <= 0) return (int)-count;
                    sys_write(1, buffer, (size_t)count);
                }
            }

            """)
        let text = String(repeating: "0123456789abcdef\n", count: 1000)
        let result = try await Hermit.run(["run", "--timeout", "60", source], input: text)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == text)
    }

    /// A closed stream is none any more; the program's end is not disturbed by it.
    @Test func aClosedStreamIsClosed() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "close.c",
            """
            #include <hermit.h>
            int main(void)
            {
                if (sys_write(1, "once", 4) != 4 || sys_close(1) != 0) return 1;
                if (sys_write(1, "twice", 5) != -HERMIT_EBADF) return 2;
                if (sys_close(1) != -HERMIT_EBADF || sys_errno() != HERMIT_EBADF) return 3;
                if (sys_close(3) != -HERMIT_EBADF || sys_close(-1) != -HERMIT_EBADF) return 4;
                if (sys_close(0) != 0 || sys_read(0, 0, 0) != -HERMIT_EBADF) return 5;
                if (sys_isatty(1) != -HERMIT_EBADF || sys_write(2, "", 0) != 0) return 6;
                return 77;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", source])
        #expect(result.status == 77, "\(result.errors)")
        #expect(result.text == "once")
    }

    @Test func theEnvironmentArrives() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "env.c",
            """
            #include <hermit.h>
            int main(int argc, char **argv, char **envp)
            {
                for (; *envp; envp++) {
                    size_t n = 0;
                    while ((*envp)[n]) n++;
                    sys_write(1, *envp, n);
                    sys_write(1, "\\n", 1);
                }
                return argv[argc] != 0;
            }

            """)
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--env", "A=b c", "--env", "EMPTY=", source,
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "A=b c\nEMPTY=\n")
    }

    @Test func anApplicationMayDefineAnyName() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "names.c",
            """
            #include <hermit.h>
            void *memcpy(void *to, const void *from, size_t n) { (void)from; (void)n; return to; }
            void *malloc(size_t n) { (void)n; return 0; }
            void free(void *p) { (void)p; }
            int printf(const char *f, ...) { (void)f; return 3; }
            int Network, posix_memalign, swift_retain, kernel_main;
            int main(void)
            {
                char *block = sys_alloc(100, 16);
                return block && printf("x") == 3 ? 0 : 1;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", source])
        #expect(result.status == 0, "\(result.errors)")
    }

    /// What --dry-run prints is a line for a shell, which boots the program.
    @Test(arguments: machines)
    func theDryRunsLineBoots(machine: String) async throws {
        let line = try await Hermit.run([
            "run", "--dry-run", "--machine", machine, "--env", "A=it's", "examples-c/hello_world",
            "--", "a", "b c",
        ])
        #expect(line.status == 0, "\(line.errors)")
        let result = try await Hermit.command("/bin/sh", ["-c", line.text])
        // isa-debug-exit's status of a success.
        #expect(result.status == 1)
        #expect(result.text == "Hello from Hermit!\na\nb c\n[hermit] exit status 0\n")
    }

    /// A header that lies elsewhere is an input too.
    @Test func aChangedHeaderCompilesItsUsersAgain() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "program/main.c", "#include \"../common/status.h\"\nint main(void) { return STATUS; }\n")
        _ = try folder.write("common/status.h", "#define STATUS 3\n")
        #expect(try await Hermit.run(["run", "--timeout", "60", source]).status == 3)
        _ = try folder.write("common/status.h", "#define STATUS 42\n")
        #expect(try await Hermit.run(["run", "--timeout", "60", source]).status == 42)
    }
}
