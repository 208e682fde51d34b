import Foundation
import Testing

/// Programs on the C library, booted in a virtual machine, by their whole
/// output and status.
@Suite(.serialized, .timeLimit(.minutes(10)))
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

    @Test func memory() async throws {
        let text = try await output("examples-c/memory")
        #expect(
            text == """
                500 of 500 blocks intact
                calloc clears: yes
                a MiB later it still grows
                aligned to 8: yes
                aligned to 64: yes
                aligned to 512: yes
                aligned to 4096: yes
                aligned to 32768: yes
                aligned_alloc: yes
                posix_memalign to 3: Invalid argument
                malloc of everything: Not enough space
                calloc that overflows: Not enough space
                realloc to everything: refused, the old one stays

                """)
    }

    @Test func math() async throws {
        let text = try await output("examples-c/math")
        #expect(
            text == """
                pi 3.141592653589793
                sqrt 2 1.414213562373095
                sin 1 0.841470984807897 cos 1 0.540302305868140
                exp 1 2.718281828459045 log 10 2.302585092994046
                2^0.5 1.414213562373095 cbrt 27 3.0
                gamma 5 24.0 hypot 5.0
                3.333e-01 0.333333 0x1.5555555555555p-2
                infinity inf, its negative -inf, not a number 1
                round 3 -1 -1
                long double 0.10000000000000000000
                |3 + 4i| 5.0
                upward 1/3 is larger: 1
                division by zero is noted: 1

                """)
    }

    /// The part of the example that needs no clock; with one there is more.
    @Test func theCalendar() async throws {
        let text = try await output("examples-c/time")
        #expect(
            text.hasPrefix(
                """
                Sunday, 09 September 2001, 01:46:40
                and back: 1000000000

                """))
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

    @Test func pathNames() async throws {
        let text = try await output("examples-c/libgen")
        #expect(
            text == """
                "/usr/lib/libc.a": "libc.a" in "/usr/lib"
                "/usr/": "usr" in "/"
                "usr": "usr" in "."
                "/": "/" in "/"
                ".": "." in "."
                "..": ".." in "."
                "": "." in "."
                "a//b": "b" in "a"

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

    @Test func constructorsAndDestructors() async throws {
        let text = try await output(
            "examples-c/constructors", ["--env", "GREETING=hi"], arguments: ["one", "two"],
            status: 3)
        #expect(
            text == """
                constructor 101
                constructor 102
                constructor, 2 arguments, one
                main, environment hi; atexit, registered last
                atexit, registered first
                destructor
                destructor 101

                """)
    }

    @Test func threadLocalVariables() async throws {
        let text = try await output("examples-c/thread_local")
        #expect(text == "8 -1\n42 shared\naligned: 1\nzeros: 1\nerrno is set: 1\n")
    }

    @Test func cxx() async throws {
        let text = try await output("examples-c/cpp")
        #expect(
            text == """
                the global comes
                areas 97.832
                a shape goes
                a circle goes
                a shape goes
                a shape goes
                a circle goes
                a shape goes
                a shape goes
                before the static
                the static comes
                the static is there once
                42 1.0
                the static goes
                the global goes

                """)
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
        #expect(result.errors.contains(words), "\(result.errors)")
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
                TRY(write(99, "", 1));
                TRY(read(1, &byte, 1));
                TRY(write(1, (void *)8, 1));
                TRY(lseek(0, 0, SEEK_SET));
                TRY(isatty(1));
                TRY(rename("a", "b"));
                TRY(getcwd(&byte, 0));
                TRY(sysconf(-1));
                TRY(aligned_alloc(3, 3));
                printf("%d %d\\n", errno == EINVAL, ENOSYS != HERMIT_ENOSYS);
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
                Function not implemented
                Invalid argument
                Invalid argument
                Invalid argument
                1 1

                """)
    }

    // MARK: - C++ without exceptions

    @Test func throwIsRefused() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write("throw.cpp", "int main() { throw 1; }\n")
        let result = try await Hermit.run(["run", source])
        #expect(result.status == 1)
        #expect(result.errors.contains("cannot use 'throw' with exceptions disabled"))
    }

    @Test func aPureVirtualCallIsNamed() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "pure.cc",
            """
            struct Base {
                Base() { call(); }
                void call() { asm volatile("" : : "r"(this) : "memory"); method(); }
                virtual void method() = 0;
            };
            struct Derived : Base { void method() override {} };
            int main() { Derived derived; derived.method(); }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", source])
        #expect(result.status == 134)
        #expect(result.errors.contains("a pure virtual function was called\n"))
    }

    @Test func newWithoutMemory() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "new.cpp",
            """
            namespace std { struct nothrow_t; extern const nothrow_t nothrow; }
            void *operator new(decltype(sizeof 0), const std::nothrow_t &) noexcept;
            volatile decltype(sizeof 0) much = 1ull << 50;
            char *volatile block;
            int main()
            {
                block = static_cast<char *>(operator new(much, std::nothrow));
                if (block) return 1;
                block = new char[much];
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", source])
        #expect(result.status == 134)
        #expect(result.errors.contains("operator new: out of memory\n"))
    }
}
