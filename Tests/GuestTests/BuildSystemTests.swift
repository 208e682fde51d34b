import Foundation
import Subprocess
import TestSupport
import Testing

/// The sysroot as build systems use it, each by its own conventions: the
/// program asks for what it was told at its build, and prints it.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct BuildSystemTests {
    private static func hasProgram(_ name: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
        }
    }

    private let folder: TemporaryFolder
    private let sysroot: String

    init() async throws {
        folder = try TemporaryFolder()
        sysroot = try await Hermit.sysroot()
        _ = try folder.write("answer.c", "int answer(void) { return 42; }\n")
        _ = try folder.write(
            "main.c",
            """
            #include <math.h>
            #include <stdio.h>
            int answer(void);
            int main(int argc, char **argv)
            {
                (void)argv;
                printf("%d %.1f %s\\n", answer(), sqrt(argc * 8.0), MADE_BY);
                return 0;
            }

            """)
    }

    /// Runs a program of the build system's, with the sysroot's in PATH.
    private func step(_ words: [String], _ variables: [Environment.Key: String] = [:]) async throws {
        let path = sysroot + "/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        var values: [Environment.Key: String?] = ["PATH": path]
        for (name, value) in variables { values[name] = value }
        let result = try await Hermit.command(
            "/usr/bin/env", words, environment: .inherit.updating(values), in: folder.path)
        try #require(result.status == 0, "\(words): \(result.text)\(result.errors)")
    }

    private func boots(_ image: String, printing text: String) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "60", folder.path + "/" + image, "--", "one",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == text)
    }

    @Test func plainMake() async throws {
        _ = try folder.write(
            "Makefile",
            """
            CFLAGS = -O2 -DMADE_BY='"make"'
            program: main.o libanswer.a
            \t$(CC) $(LDFLAGS) -o $@ main.o -L. -lanswer -lm
            libanswer.a: answer.o
            \t$(AR) rc $@ answer.o
            \t$(RANLIB) $@
            """ + "\n")
        try await step([
            "make", "CC=x86_64-hermit-cc", "AR=x86_64-hermit-ar", "RANLIB=x86_64-hermit-ranlib",
        ])
        try await boots("program", printing: "42 4.0 make\n")
    }

    @Test(.enabled(if: hasProgram("cmake"), "CMake is not installed"))
    func cMake() async throws {
        _ = try folder.write(
            "CMakeLists.txt",
            """
            cmake_minimum_required(VERSION 3.13)
            project(program C CXX ASM)
            include(CheckFunctionExists)
            include(CheckIncludeFile)
            check_function_exists(fork HAVE_FORK)
            check_function_exists(snprintf HAS_SNPRINTF)
            check_include_file(sys/utsname.h HAS_UTSNAME)
            if(HAVE_FORK OR NOT HAS_SNPRINTF OR NOT HAS_UTSNAME OR NOT HERMIT)
              message(FATAL_ERROR "fork ${HAVE_FORK} snprintf ${HAS_SNPRINTF} ${HAS_UTSNAME}")
            endif()
            add_library(answer answer.c)
            add_executable(program main.c)
            target_compile_definitions(program PRIVATE MADE_BY="cmake")
            target_link_libraries(program answer m)
            """ + "\n")
        try await step([
            "cmake", "-B", "build", "-DCMAKE_BUILD_TYPE=Release",
            "-DCMAKE_TOOLCHAIN_FILE=\(sysroot)/share/cmake/hermit.cmake",
        ])
        try await step(["cmake", "--build", "build"])
        try await boots("build/program", printing: "42 4.0 cmake\n")
    }

    @Test(.enabled(if: hasProgram("meson") && hasProgram("ninja"), "Meson or ninja is not installed"))
    func meson() async throws {
        _ = try folder.write(
            "meson.build",
            """
            project('program', 'c', 'cpp')
            assert(host_machine.system() == 'hermit')
            compiler = meson.get_compiler('c')
            assert(not compiler.has_function('fork'))
            assert(compiler.has_function('snprintf', prefix: '#include <stdio.h>'))
            assert(compiler.sizeof('long double') == 16)
            answer = static_library('answer', 'answer.c')
            executable('program', 'main.c', c_args: '-DMADE_BY="meson"', link_with: answer,
              dependencies: compiler.find_library('m'))
            """ + "\n")
        try await step([
            "meson", "setup", "build", "--cross-file", sysroot + "/share/meson/x86_64-hermit.ini",
        ])
        try await step(["ninja", "-C", "build"])
        try await boots("build/program", printing: "42 4.0 meson\n")
    }

    /// `ld -r`: objects become a larger one, which is linked like any other.
    @Test func partialLinks() async throws {
        for words in [
            ["cc", "-c", "answer.c"], ["cc", "-O2", "-DMADE_BY=\"parts\"", "-c", "main.c"],
            ["cc", "-r", "answer.o", "main.o", "-o", "both.o"], ["cc", "both.o", "-o", "program"],
            ["strip", "program"],
        ] {
            try await step(["x86_64-hermit-" + words[0]] + words.dropFirst())
        }
        try await boots("program", printing: "42 4.0 parts\n")
    }

    /// A stack that is written past its end ends the program at once; a
    /// checked copy that does not fit as well.
    @Test(arguments: [
        (["-fstack-protector-all"], "stack buffer overflow"),
        (["-O2", "-D_FORTIFY_SOURCE=2"], "buffer overflow detected"),
    ])
    func hardenedBuilds(options: [String], words: String) async throws {
        _ = try folder.write(
            "hard.c",
            """
            #include <stdio.h>
            #include <string.h>
            int main(int argc, char **argv)
            {
                char small[8];
                strcpy(small, argc > 1 ? argv[1] : "small");
                printf("%s\\n", small);
                fflush(stdout);
                return 0;
            }

            """)
        try await step(["x86_64-hermit-cc"] + options + ["hard.c", "-o", "hard"])
        let image = folder.path + "/hard"
        let good = try await Hermit.run(["run", "--timeout", "60", image])
        #expect(good.status == 0 && good.text == "small\n", "\(good.errors)")
        let bad = try await Hermit.run(
            ["run", "--timeout", "60", image, "--", "much longer than eight bytes are"])
        #expect(bad.status != 0)
        #expect(bad.errors.contains(words), "\(bad.errors)")
    }
}
