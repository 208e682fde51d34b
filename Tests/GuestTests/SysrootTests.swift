import Foundation
import TestSupport
import Testing

/// The sysroot as other build systems use it.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct SysrootTests {
    /// hermit.h and every header of the C library, in both orders, each pair
    /// as a translation unit of its own. One run of the compiler per dialect:
    /// it takes any number of files.
    @Test(arguments: ["c99", "c11", "c23", "gnu17", "c++17"])
    func headersGoTogether(dialect: String) async throws {
        let sysroot = try await Hermit.sysroot()
        let include = sysroot + "/include"
        let all = try FileManager.default.subpathsOfDirectory(atPath: include)
        // Headers that only others include: their folders and names say so.
        let headers = all.filter {
            $0.hasSuffix(".h") && !$0.hasPrefix("hermit") && !$0.hasPrefix("machine/")
                && !$0.hasPrefix("ssp/") && !$0.hasPrefix("_") && !$0.contains("/_")
        }.sorted()
        #expect(headers.count > 75)
        let folder = try TemporaryFolder()
        let suffix = dialect.hasPrefix("c++") ? "cpp" : "c"
        var files: [String] = []
        for header in headers {
            let name = header.replacing("/", with: "_")
            let pair = ["#include <\(header)>\n", "#include <hermit.h>\n"]
            files.append(try folder.write("after_\(name).\(suffix)", pair.joined()))
            files.append(try folder.write("before_\(name).\(suffix)", pair.reversed().joined()))
        }
        let compiled = try await Hermit.command(
            sysroot + "/bin/x86_64-hermit-\(suffix == "c" ? "cc" : "c++")",
            ["-std=" + dialect, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O2", "-fsyntax-only"]
                + files)
        #expect(compiled.status == 0, "\(compiled.errors)")
    }

    /// A function that throws has its error in r12 when it returns, zero where it does not
    /// throw. Where its last act is a copy, LLVM jumps to `memcpy` and leaves in r12 what the
    /// function had there: it then seems to have thrown. No function of the kernel may be one.
    @Test func noFunctionReturnsAnErrorThatItHasNotThrown() async throws {
        let sysroot = try await Hermit.sysroot()
        let script = #"""
            function finish() { if (tail && writes && !saves) print name; count++ }
            /^[0-9a-f]+ <.*>:$/ { finish(); name = $2; saves = writes = tail = jumps = 0; next }
            { sub(/[ \t]*#.*/, "") }
            /pushq[ \t]+%r12/ { saves = 1 }
            /,[ \t]*%r12[bdw]?$/ && !/movl[ \t]+\$1, %r12d$/ { writes = 1 }
            /[ \t](set|pop|neg|not|inc|dec)[a-z]*[ \t]+%r12[bdw]?$/ { writes = 1 }
            jumps && /R_X86_64_.*(memcpy|memmove|memset)/ { tail = 1 }
            { jumps = /[ \t]jmp[ \t]/ }
            END { finish(); print (count > 5000 ? "all" : "few") }
            """#
        let result = try await Hermit.command(
            "/bin/sh",
            [
                "-c", "\"$0\" -dr --no-show-raw-insn \"$1\" | awk \"$2\"", Tools.path("llvm-objdump"),
                sysroot + "/lib/libhermit.a", script,
            ])
        #expect(result.text == "all\n", "\(result.errors)")
    }

    @Test func theCompilerMakesABootableImage() async throws {
        let sysroot = try await Hermit.sysroot()
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "main.c",
            """
            #include <math.h>
            #include <stdio.h>
            int main(int argc, char **argv)
            {
                __int128 product = (__int128)argc << 100;
                printf("%.3f %d\\n", sqrt(argc), (int)(product / 3 >> 99));
                return 5;
            }

            """)
        let image = folder.path + "/main"
        let bin = sysroot + "/bin/x86_64-hermit-"
        let linked = try await Hermit.command(bin + "cc", ["-O2", source, "-o", image, "-lm"])
        #expect(linked.status == 0 && linked.errors.isEmpty, "\(linked.errors)")
        let stripped = try await Hermit.command(bin + "strip", [image])
        #expect(stripped.status == 0, "\(stripped.errors)")
        // With printf's floating point, and the loader beside it.
        let size = try [image, sysroot + "/lib/hermit-loader-x86_64"].map {
            try FileManager.default.attributesOfItem(atPath: $0)[.size] as? Int ?? 1 << 30
        }
        #expect(size.reduce(0, +) <= 350_000, "\(size)")
        let result = try await Hermit.run(["run", "--timeout", "60", image, "--", "a"])
        #expect(result.status == 5, "\(result.errors)")
        #expect(result.text == "1.414 1\n")
    }

    @Test func whatIsNotThereDoesNotLink() async throws {
        let sysroot = try await Hermit.sysroot()
        let folder = try TemporaryFolder()
        for name in ["shm_open", "inotify_init", "signalfd", "mq_open", "sbrk", "no_such_function"] {
            let source = try folder.write(
                name + ".c", "char \(name)(void); int main(void) { return \(name)(); }\n")
            let linked = try await Hermit.command(
                sysroot + "/bin/x86_64-hermit-cc",
                ["-fno-builtin", source, "-o", folder.path + "/" + name])
            #expect(linked.status == 1)
            #expect(linked.errors.contains("undefined symbol: \(name)"), "\(linked.errors)")
        }
    }

    /// What is there and only fails is none to the probe of a configure script, which asks for
    /// the name that GNU's C library has for such.
    @Test func whatOnlyFailsIsNoneToConfigureScripts() async throws {
        let sysroot = try await Hermit.sysroot()
        let folder = try TemporaryFolder()
        for (name, isThere) in [
            ("fork", false), ("execve", false), ("posix_spawn", false), ("dlopen", false), ("daemon", false),
            ("getxattr", false), ("waitpid", true), ("syslog", true), ("getpwnam", true), ("iconv", true),
        ] {
            // As autoconf's AC_CHECK_FUNC has it.
            let source = try folder.write(
                name + ".c",
                """
                #define \(name) innocuous_\(name)
                #include <limits.h>
                #undef \(name)
                char \(name)(void);
                #if defined __stub_\(name) || defined __stub___\(name)
                choke me
                #endif
                int main(void) { return \(name)(); }

                """)
            let linked = try await Hermit.command(
                sysroot + "/bin/x86_64-hermit-cc", ["-fno-builtin", source, "-o", folder.path + "/" + name])
            #expect((linked.status == 0) == isThere, "\(name): \(linked.errors)")
        }
    }

    @Test func librariesAreMadeAndUsed() async throws {
        let bin = try await Hermit.sysroot() + "/bin/x86_64-hermit-"
        let folder = try TemporaryFolder()
        let library = folder.path + "/libanswer.a"
        let part = try folder.write("answer.cpp", "extern \"C\" int answer() { return 42; }\n")
        let main = try folder.write("main.c", "int answer(void); int main(void) { return answer(); }\n")
        for words in [
            ["c++", "-c", part, "-o", folder.path + "/answer.o"],
            ["ar", "rc", library, folder.path + "/answer.o"],
            ["ranlib", library],
            ["cc", main, "-o", folder.path + "/main", "-L", folder.path, "-lanswer"],
        ] {
            let result = try await Hermit.command(bin + words[0], Array(words.dropFirst()))
            #expect(result.status == 0, "\(words): \(result.errors)")
        }
        let names = try await Hermit.command(bin + "nm", [library])
        #expect(names.text.contains("T answer"))
        let machine = try await Hermit.command(bin + "cc", ["-dumpmachine"])
        #expect(machine.text == "x86_64-unknown-hermit\n")
        let result = try await Hermit.run(["run", "--timeout", "60", folder.path + "/main"])
        #expect(result.status == 42, "\(result.errors)")
    }
}
