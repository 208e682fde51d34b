import Foundation
import Subprocess
import TestSupport
import Testing

/// Programs on the C library, booted in a virtual machine, by their whole
/// output and status.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct CLibraryTests {
    private func output(
        _ target: String, _ words: [String] = [], arguments: [String] = [], input: String = "",
        status: Int32 = 0
    ) async throws -> String {
        let result = try await Hermit.run(
            ["run", "--timeout", "60"] + words + [target, "--"] + arguments, input: input)
        #expect(result.status == status, "\(result.errors)")
        return result.text
    }

    /// What an example prints on the host, compiled from the same source
    /// with the toolchain's compiler and the host's C library.
    private func hostOutput(
        _ example: String, arguments: [String] = [], environment: [String: String] = [:],
        status: Int32 = 0
    ) async throws -> String {
        let source = Hermit.root + "/" + example + "/main."
        let isCxx = FileManager.default.fileExists(atPath: source + "cpp")
        return try await hostOutput(
            source: source + (isCxx ? "cpp" : "c"), arguments: arguments,
            environment: environment, status: status)
    }

    private func hostOutput(
        source: String, arguments: [String] = [], environment: [String: String] = [:],
        status: Int32 = 0
    ) async throws -> String {
        let folder = try TemporaryFolder()
        let program = folder.path + "/program"
        let compiled = try await Hermit.command(
            Tools.path(source.hasSuffix(".cpp") ? "clang++" : "clang"),
            ["-O2", "-fno-builtin", source, "-o", program, "-lm"])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let result = try await Hermit.command(
            program, arguments, environment: .inherit.updating(
                .init(uniqueKeysWithValues: environment.map { (.init(stringLiteral: $0), $1) })))
        #expect(result.status == status, "\(result.errors)")
        return result.text
    }

    /// Examples whose output the language and POSIX settle: the guest prints
    /// what the host prints.
    @Test(arguments: ["memory", "math", "libgen", "thread_local", "time", "cpp"])
    func asOnTheHost(name: String) async throws {
        let example = "examples-c/" + name
        let host = try await hostOutput(example)
        #expect(host.count > 50)
        #expect(try await output(example) == host)
    }

    /// Rounding a long double in each of the four directions of rounding.
    @Test func longDoublesAreRounded() async throws {
        let source = Hermit.root + "/Tests/Programs/long_double.c"
        let host = try await hostOutput(source: source)
        #expect(host.split(separator: "\n").count == 4 * 244 + 1)
        #expect(try await output(source) == host)
    }

    /// printf, scanf and their kin: numbers, strings, wide characters, errors.
    @Test func formatsAsOnTheHost() async throws {
        let source = Hermit.root + "/Tests/Programs/formats.c"
        let host = try await hostOutput(source: source, environment: ["TZ": "UTC"])
        #expect(host.count > 3000)
        let guest = try await output(source)
        for (ours, theirs) in zip(guest.split(separator: "\n"), host.split(separator: "\n")) {
            #expect(ours == theirs)
        }
        #expect(guest == host)
    }

    @Test func constructorsAndDestructors() async throws {
        let example = "examples-c/constructors"
        let words = ["one", "two"]
        let host = try await hostOutput(
            example, arguments: words, environment: ["GREETING": "hi"], status: 3)
        #expect(host.contains("environment hi"))
        let guest = try await output(
            example, ["--env", "GREETING=hi"], arguments: words, status: 3)
        #expect(guest == host)
    }

    /// Secure bytes, as many as POSIX allows at once; and numbers made of them.
    @Test func secureNumbers() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "entropy.c",
            """
            #include <errno.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <unistd.h>
            int main(void)
            {
                unsigned char bytes[257] = {0};
                int seen[256] = {0}, different = 0, below = 1;
                if (getentropy(bytes, 256) != 0 || bytes[256] != 0) return 1;
                for (int i = 0; i < 256; i++) different += !seen[bytes[i]]++;
                errno = 0;
                int tooMany = getentropy(bytes, 257) == -1 && errno == EINVAL;
                errno = 0;
                int nowhere = getentropy(NULL, 1) == -1 && errno == EFAULT;
                for (int i = 0; i < 1000; i++) below &= arc4random_uniform(7) < 7;
                printf("%d %d %d %d %d\\n", different > 100, tooMany, nowhere, below,
                       arc4random() != arc4random());
                return 0;
            }

            """)
        // Of 256 random bytes some 162 values are different.
        #expect(try await output(source) == "1 1 1 1 1\n")
    }

    @Test func limits() async throws {
        let text = try await output("examples-c/limits")
        #expect(
            text == """
                char -128 to 127, 8 bits
                short -32768 to 32767
                int -2147483648 to 2147483647
                long -9223372036854775808 to 9223372036854775807
                unsigned long long to 18446744073709551615
                size_t to 18446744073709551615, ptrdiff_t to 9223372036854775807
                sizes: 8 8 8 4 16 32
                float 6 digits, double 15, long double 18
                double to 1.79769e+308, from 2.22507e-308
                paths 4096, names 255, parts 1024
                page 4096, the same 4096
                processors 1
                ticks 1000000, rand to 2147483647

                """)
    }

    @Test func uname() async throws {
        let text = try await output("examples-c/uname")
        #expect(text == "Hermit on x86_64, host hermit\nhost names agree: 1\nprocess 1\n")
    }

    @Test(arguments: ["x\ny\n", "", "no newline", String(repeating: "line\n", count: 5000)])
    func standardInput(input: String) async throws {
        let result = try await Hermit.run(
            ["run", "--timeout", "60", "examples-c/stdin"], input: input)
        #expect(result.status == 0)
        #expect(result.text == input)
        let lines = input.split(separator: "\n").count
        #expect(result.errors.contains("\(lines) lines, \(input.utf8.count) bytes\n"))
    }

    // MARK: - Ends

    @Test(arguments: [
        ("abort();", Int32(134), ""),
        ("assert(argc == 0);", 134, "assertion \"argc == 0\" failed"),
        ("raise(SIGTERM);", 143, ""),
        ("_Exit(9);", 9, ""),
        ("errno = EINVAL; perror(\"why\"); return 4;", 4, "why: Invalid argument\n"),
        ("signal(SIGINT, exit); raise(SIGINT);", 2, ""),
        ("if (setjmp(place)) return 6; longjmp(place, 1);", 6, ""),
    ])
    func ends(body: String, status: Int32, words: String) async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "end.c",
            """
            #include <assert.h>
            #include <errno.h>
            #include <setjmp.h>
            #include <signal.h>
            #include <stdio.h>
            #include <stdlib.h>
            static jmp_buf place;
            int main(int argc, char **argv)
            {
                (void)argc, (void)argv, (void)place;
                \(body)
                return 77;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", source])
        #expect(result.status == status, "\(result.errors)")
        #expect(words.isEmpty || result.errors.contains(words), "\(result.errors)")
    }

    /// newlib keeps the first 32 functions in place and allocates the others.
    @Test func aHundredFunctionsAtTheEnd() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "many.c",
            """
            #include <stdio.h>
            #include <stdlib.h>
            static int count;
            static void function(void) { if (++count == 100) printf("all"); }
            int main(void)
            {
                for (int i = 0; i < 100; i++)
                    if (atexit(function)) return 1;
                return 0;
            }

            """)
        #expect(try await output(source) == "all")
    }

    @Test func errorsHaveNewlibsNumbers() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "errors.c",
            """
            #include <errno.h>
            #include <fcntl.h>
            #include <hermit.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <unistd.h>
            #define TRY(CALL) (errno = 0, (void)(CALL), printf("%s\\n", strerror(errno)))
            int main(void)
            {
                char byte;
                volatile size_t three = 3;
                void *volatile kept;
                TRY(write(99, "", 1));
                TRY(read(1, &byte, 1));
                TRY(write(1, (void *)8, 1));
                TRY(lseek(0, 0, SEEK_SET));
                TRY(isatty(1));
                TRY(rename("a", "b"));
                TRY(popen("true", "r"));
                TRY(getcwd(&byte, 0));
                TRY(sysconf(-1));
                TRY(kept = aligned_alloc(three, three));
                TRY(kept = malloc(-three));
                printf("%d %d\\n", errno == ENOMEM, ENOSYS != HERMIT_ENOSYS);
                return 0;
            }

            """)
        #expect(
            try await output(source) == """
                Bad file number
                Bad file number
                Bad address
                Illegal seek
                Not a character device
                No such file or directory
                Function not implemented
                Invalid argument
                Invalid argument
                Invalid argument
                Not enough space
                1 1

                """)
    }

    /// A file made by stdio has another name, and then none.
    @Test func filesAreRenamedAndRemoved() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "files.c",
            """
            #include <stdio.h>
            #include <string.h>
            int main(void)
            {
                char line[32] = "";
                FILE *file = fopen("/tmp/old", "w");
                if (!file || fputs("kept\\n", file) < 0 || fclose(file)) return 1;
                if (!(file = fopen("/tmp/new", "w")) || fputs("lost", file) < 0 || fclose(file)) return 2;
                printf("rename %d", rename("/tmp/old", "/tmp/new"));
                printf(", old %s", fopen("/tmp/old", "r") ? "there" : "gone");
                if (!(file = fopen("/tmp/new", "r")) || !fgets(line, sizeof line, file) || fclose(file)) return 3;
                printf(", new %s", line);
                printf("remove %d", remove("/tmp/new"));
                printf(", again %d\\n", remove("/tmp/new"));
                return 0;
            }

            """)
        #expect(try await output(source) == "rename 0, old gone, new kept\nremove 0, again -1\n")
    }
}
