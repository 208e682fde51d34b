import Foundation
import TestSupport
import Testing

/// Images: what is in them, what is refused, and how they boot without the tool.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct ImageTests {
    private func symbols(_ image: String) async throws -> [String] {
        let result = try await Hermit.command(
            Tools.path("llvm-nm"), ["--format=just-symbols", image])
        #expect(result.status == 0)
        return result.text.split(separator: "\n").map(String.init)
    }

    @Test func anImageKeepsOnlyWhatItsProgramReaches() async throws {
        let folder = try TemporaryFolder()
        let image = folder.path + "/bare"
        let built = try await Hermit.run(["build", "examples-c/bare", "-o", image])
        #expect(built.status == 0, "\(built.errors)")
        let names = try await symbols(image)
        #expect(names.contains("sys_write"))
        #expect(names.contains("sys_exit"))
        // Never called, so neither the gate nor what is behind it is there.
        for absent in ["sys_alloc_zeroed", "sys_read", "sys_socket", "sys_secure_rand64"] {
            #expect(!names.contains(absent))
            #expect(!names.contains("__hermit_kernel_" + absent))
        }
        // The root value is a constant of the image, which no code makes.
        #expect(names.contains { $0.hasSuffix("9beginningACvpZ") })
        #expect(!names.contains { $0.hasSuffix("swift_once") || $0.hasSuffix("9beginning_WZ") })
        // It asks for no time and no random number.
        for module in ["KernelTime", "KernelEntropy", "KernelVirtio", "KernelDevices", "KernelConsole"] {
            #expect(!names.contains { $0.contains(module) }, "\(module)")
        }
    }

    /// The names of the functions in the image of a C program.
    private func functions(of source: String) async throws -> [String] {
        let folder = try TemporaryFolder()
        let path = try folder.write("program.c", source)
        let image = folder.path + "/program"
        let built = try await Hermit.run(["build", path, "-o", image])
        #expect(built.status == 0, "\(built.errors)")
        let result = try await Hermit.command(
            Tools.path("llvm-nm"), ["--format=posix", "--defined-only", image])
        #expect(result.status == 0)
        // A name, its type, its address and its size.
        return result.text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count > 1 && ["t", "T", "W"].contains(fields[1]) ? String(fields[0]) : nil
        }
    }

    @Test func aProgramOfOneTaskHasNoWaitingAndNoResizing() async throws {
        let names = try await functions(
            of: """
                #include <stdio.h>
                int main(void) { return printf("%d\\n", getchar()) < 0; }

                """)
        #expect(names.contains("sys_write") && names.contains("__retarget_lock_acquire_recursive"))
        // newlib's locks refer to the one, its streams in memory to the other.
        for absent in ["sys_futex_wait", "sys_futex_wake", "sys_realloc"] {
            #expect(!names.contains(absent))
            #expect(!names.contains("__hermit_kernel_" + absent))
        }
        for module in ["KernelTime", "KernelTasks", "KernelEntropy", "KernelVirtio", "KernelConsole"] {
            #expect(!names.contains { $0.contains(module) }, "\(module)")
        }
    }

    /// Sockets within the program are no network.
    @Test func aPairOfSocketsHasNoNetwork() async throws {
        let source = { (call: String) in
            """
            #include <hermit.h>
            int main(void)
            {
                int fds[2];
                return \(call) < 0 || sys_write(fds[0], "x", 1) < 0;
            }

            """
        }
        let modules = ["KernelNetwork", "KernelSockets", "KernelWire", "KernelVsock", "KernelVirtualSockets"]
        let pair = try await functions(of: source("sys_socketpair(HERMIT_AF_UNIX, HERMIT_SOCK_STREAM, 0, fds)"))
        #expect(pair.contains("sys_socketpair"))
        // The type of an array is data that is there with all of its module's, and its
        // few functions are with it, as is what ends its elements.
        let functions = pair.filter { !$0.contains("ContiguousArrayStorage") && !$0.hasSuffix("WOh") }
        for module in modules { #expect(!functions.contains { $0.contains(module) }, "\(module)") }
        let sockets = try await self.functions(of: source("(fds[0] = sys_socket(HERMIT_AF_INET, HERMIT_SOCK_STREAM, 0))"))
        for module in modules { #expect(sockets.contains { $0.contains(module) }, "\(module)") }
            // Nothing asks for names yet.
        for absent in ["DNSLookup"] {
            #expect(!sockets.contains { $0.contains(absent) }, "\(absent)")
        }
    }

    @Test func whoMakesTasksAndWhoResizesHasWhatThatTakes() async throws {
        let tasks = try await functions(
            of: """
                #include <hermit.h>
                #include <stdio.h>
                static void other(size_t argument) { printf("%d\\n", (int)argument); }
                int main(void) { return sys_spawn(NULL, other, 1, 2, 0); }

                """)
        #expect(tasks.contains("sys_futex_wait") && tasks.contains("sys_futex_wake"))
        let blocks = try await functions(
            of: """
                #include <stdlib.h>
                #include <stdio.h>
                int main(int count, char **words) { return printf("%p\\n", realloc(words, count)); }

                """)
        #expect(blocks.contains("sys_realloc"))
        #expect(!blocks.contains("sys_futex_wait"))
    }

    @Test func theBareProgramNeedsOnlyPlainCommands() async throws {
        let folder = try TemporaryFolder()
        // The tool's run installs QEMU where it is missing.
        let first = try await Hermit.run(["run", "--timeout", "60", "examples-c/bare"])
        #expect(first.status == 0, "\(first.errors)")
        let sysroot = try await Hermit.run(["sysroot"]).text
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let object = folder.path + "/bare.o"
        let image = folder.path + "/bare"
        let compiled = try await Hermit.command(
            Tools.path("clang"),
            [
                "--target=x86_64-unknown-none-elf", "-ffreestanding", "-fPIE", "-O2", "-I", "include",
                "-c", "examples-c/bare/bare.c", "-o", object,
            ])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let linked = try await Hermit.command(
            Tools.path("ld.lld"),
            [
                "-pie", "--no-dynamic-linker", "-z", "text", "--gc-sections", object,
                sysroot + "/lib/libhermit.a", "-o", image,
            ])
        #expect(linked.status == 0, "\(linked.errors)")
        let booted = try await Hermit.command(
            "/usr/bin/env",
            [
                "timeout", "60", "qemu-system-x86_64", "-machine", "q35", "-cpu", "max", "-m",
                "64M", "-display", "none", "-no-reboot", "-serial", "stdio", "-device",
                "isa-debug-exit,iobase=0xf4,iosize=0x04", "-kernel",
                sysroot + "/lib/hermit-loader-x86_64", "-initrd", image, "-append", "-- one two",
            ])
        #expect(booted.status == 1)
        #expect(
            booted.text == "Hello without a C library\none\ntwo\n[hermit] exit status 0\n")
    }

    @Test func theHelloImageAndItsLoaderAreSmall() async throws {
        let folder = try TemporaryFolder()
        let image = folder.path + "/hello"
        let built = try await Hermit.run(
            ["build", "--strip", "examples-c/hello_world", "-o", image])
        #expect(built.status == 0, "\(built.errors)")
        let sysroot = try await Hermit.run(["sysroot"]).text
            .trimmingCharacters(in: .whitespacesAndNewlines)
        var size = 0
        for path in [image, sysroot + "/lib/hermit-loader-x86_64"] {
            size += try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 1 << 30
        }
        #expect(size <= 350_000)
    }

    /// Bad images, and words of the line that each gets.
    static let faults: [(String, [UInt8], String)] = [
        ("empty", [], "cut off"),
        ("text", Array("#!/bin/sh\n".utf8), "not an ELF file"),
        ("short", [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1], "cut off"),
        ("random", (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }, "not an ELF file"),
    ]

    @Test(arguments: faults.indices)
    func aBadImageIsRefusedByTheToolAndByTheLoader(index: Int) async throws {
        let (name, bytes, words) = Self.faults[index]
        let folder = try TemporaryFolder()
        let path = folder.path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let refused = try await Hermit.run(["run", path])
        #expect(refused.status == 1)
        #expect(refused.errors.contains(words), "\(refused.errors)")
        guard !bytes.isEmpty else { return }
        let first = try await Hermit.run(["run", "--timeout", "60", "examples-c/bare"])
        #expect(first.status == 0, "\(first.errors)")
        let sysroot = try await Hermit.run(["sysroot"]).text
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let booted = try await Hermit.command(
            "/usr/bin/env",
            [
                "timeout", "60", "qemu-system-x86_64", "-machine", "q35", "-cpu", "max", "-m",
                "64M", "-display", "none", "-no-reboot", "-serial", "stdio", "-device",
                "isa-debug-exit,iobase=0xf4,iosize=0x04", "-kernel",
                sysroot + "/lib/hermit-loader-x86_64", "-initrd", path,
            ])
        #expect(booted.status == 3)
        #expect(booted.text.contains(words), "\(booted.text)")
    }

    @Test func anythingThatIsNotThereIsNamed() async throws {
        let result = try await Hermit.run(["run", "/nonexistent/program"])
        #expect(result.status == 1)
        #expect(result.errors.contains("/nonexistent/program"))
    }

    @Test func tooLittleMemoryIsSaidWithTheNumber() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "big.c",
            """
            static volatile char big[64 << 20];
            int main(void) { return big[12345]; }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", "--memory", "16M", source])
        #expect(result.status == 1)
        #expect(
            result.errors.contains("loader: too little memory to load it; KiB needed: 6"),
            "\(result.errors)")
    }
}
