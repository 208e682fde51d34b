import Foundation
import TestSupport
import Testing

/// Programs that go wrong: what is told of it, and that the machine ends at once.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct FaultTests {
    /// Seconds that a guest may take to its failing end.
    private static let limit = "5"

    /// The number of the only line of a file with this text.
    private static func line(with text: String, in file: String) throws -> Int {
        let source = try String(contentsOfFile: Hermit.root + "/" + file, encoding: .utf8)
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        let found = lines.indices.filter { lines[$0].contains(text) }
        return try #require(found.count == 1 ? found.first : nil, "\(text) in \(file)") + 1
    }

    /// Boots a program of one C file.
    private func run(_ source: String, _ options: [String] = []) async throws -> Hermit.Result {
        let folder = try TemporaryFolder()
        let file = try folder.write("main.c", "#include <hermit.h>\n" + source)
        return try await Hermit.run(["run", "--timeout", Self.limit] + options + [file])
    }

    // MARK: - The examples

    struct Way: Sendable, CustomTestStringConvertible {
        let name: String
        let status: Int32
        /// What the cause says.
        let cause: String
        let function: String
        /// Text of the line in the source that goes wrong.
        let text: String
        /// Noticed with the kernel's word heap=check alone.
        var checksHeap = false

        var testDescription: String { name }
    }

    static let ways = [
        Way(
            name: "null", status: 139, cause: "page fault: read of 0x0 (the null page)",
            function: "read_null", text: "return *null_pointer;"),
        Way(
            name: "jump", status: 139, cause: "page fault: jump to 0x0 (the null page)",
            function: "jump_to_null", text: "\tnull_function();"),
        Way(
            name: "divide", status: 136, cause: "division by zero",
            function: "divide_by_zero", text: "return 42 / zero;"),
        Way(
            name: "rodata", status: 139, cause: "(the program's constants, read-only)",
            function: "write_constant", text: "&constant = 43;"),
        Way(
            name: "nx", status: 139, cause: "(the program's data, not executable)",
            function: "run_data", text: "\tfunction();"),
        Way(
            name: "stack", status: 139,
            cause: "stack overflow: task 1 (main) has used up its application stack of ",
            function: "recurse", text: "return recurse(here + 1) + here;"),
        Way(
            name: "heap", status: 139, cause: "(freed heap memory)",
            function: "use_freed_block", text: "return block[0];"),
        Way(
            name: "doublefree", status: 134, cause: "double free: the block was given back before",
            function: "free_twice", text: "free(block); /* again */", checksHeap: true),
        Way(
            name: "wildfree", status: 134, cause: "wild free: a block is there, and starts earlier by 16",
            function: "free_wildly", text: "free(block + 16);", checksHeap: true),
        Way(
            name: "writefreed", status: 134,
            cause: "block was written to after it was given back, at its byte 24",
            function: "write_freed_block", text: "other = malloc(40);", checksHeap: true),
        Way(
            name: "assert", status: 134, cause: "the program aborted",
            function: "fail_assertion", text: "assert(zero == 1);"),
        Way(
            name: "abort", status: 134, cause: "the program aborted",
            function: "give_up", text: "static int give_up(void)"),
        Way(
            name: "kernelstack", status: 139,
            cause: "stack overflow: task 1 (main) has used up its kernel stack of 32 KiB",
            function: "use_up_kernel_stack", text: "int error = sys_debug_fault("),
    ]

    private func checkExample(_ way: Way, machine: String) async throws {
        let file = "examples-c/faults/main.c"
        let result = try await Hermit.run([
            "run", "--timeout", Self.limit, "--machine", machine,
        ] + (way.checksHeap ? ["--kernel-args", "heap=check"] : []) + [
            "examples-c/faults", "--", way.name,
        ])
        #expect(result.status == way.status, "\(result.errors)")
        #expect(result.errors.contains("[hermit] error: ") && result.errors.contains(way.cause), "\(result.errors)")
        // give_up's call is two lines below its name.
        let line = try Self.line(with: way.text, in: file) + (way.name == "abort" ? 2 : 0)
        #expect(result.errors.contains(" \(way.function) at \(file):\(line):"), "\(result.errors)")
        #expect(result.errors.contains(" main at \(file):"), "\(result.errors)")
        #expect(result.errors.contains("  in task 1 (main), image at 0x"))
        // assert's own line comes before the report.
        #expect(result.errors.contains("assertion \"zero == 1\" failed") == (way.name == "assert"))
        #expect(result.output.isEmpty)
    }

    @Test(arguments: ways) func theExampleNamesItsFault(way: Way) async throws {
        try await checkExample(way, machine: "q35")
    }

    @Test func soItDoesOnMicrovm() async throws {
        try await checkExample(Self.ways[0], machine: "microvm")
    }

    @Test(arguments: [
        ("index", "Index out of range", "readBehindTheEnd(of:)", "numbers[numbers.count]"),
        ("overflow", "arithmetic overflow", "addOne(to:)", "number + 1"),
        (
            "unwrap", "Unexpectedly found nil while unwrapping an Optional value",
            "firstWord(in:)", "words.first!"
        ),
    ])
    func theSwiftExampleNamesItsFault(
        way: String, cause: String, function: String, text: String
    ) async throws {
        let file = "examples-swift/faults/Sources/faults/main.swift"
        let result = try await Hermit.run([
            "run", "--timeout", Self.limit, "examples-swift/faults", "--", way,
        ])
        #expect(result.status == 132, "\(result.errors)")
        #expect(result.errors.contains("[hermit] error: trap: "))
        #expect(result.errors.contains("[hermit] error: Swift runtime failure: \(cause)\n"))
        let line = try Self.line(with: text, in: file)
        #expect(result.errors.contains(" \(function) at \(file):\(line):"), "\(result.errors)")
        #expect(result.errors.contains(" faults_main at \(file):"), "\(result.errors)")
    }

    @Test(arguments: ["examples-c/faults", "examples-swift/faults"])
    func withoutAWayTheExampleTellsThem(example: String) async throws {
        let result = try await Hermit.run(["run", "--timeout", Self.limit, example])
        #expect(result.status == 2)
        #expect(result.errors.contains("usage: faults WAY"))
    }

    // MARK: - Images with less in them

    @Test func anImageWithoutSymbolsTellsAddresses() async throws {
        let folder = try TemporaryFolder()
        let image = folder.path + "/faults"
        let built = try await Hermit.run(["build", "--strip", "examples-c/faults", "-o", image])
        #expect(built.status == 0, "\(built.errors)")
        let result = try await Hermit.run(["run", "--timeout", Self.limit, image, "--", "null"])
        #expect(result.status == 139)
        #expect(result.errors.contains("page fault: read of 0x0 (the null page)"))
        #expect(
            result.errors.contains(/\[hermit\] error:   #0 at 0x[0-9a-f]+ image\+0x[0-9a-f]+\n/),
            "\(result.errors)")
        #expect(result.errors.contains(/error:   #1 from 0x[0-9a-f]+ image\+0x[0-9a-f]+\n/))
    }

    @Test func anImageWithoutLinesTellsFunctions() async throws {
        let folder = try TemporaryFolder()
        let image = folder.path + "/faults"
        let built = try await Hermit.run(["build", "examples-c/faults", "-o", image])
        #expect(built.status == 0, "\(built.errors)")
        let stripped = try await Hermit.command(
            Tools.path("llvm-objcopy"), ["--strip-debug", image])
        #expect(stripped.status == 0)
        let result = try await Hermit.run(["run", "--timeout", Self.limit, image, "--", "kernelstack"])
        #expect(result.status == 139)
        #expect(result.errors.contains(/\ #0 kernel: static DebugFaults\.recurse\(_:\) \+ [0-9]+\n/))
        #expect(result.errors.contains(/\ use_up_kernel_stack \+ [0-9]+\n/), "\(result.errors)")
    }

    @Test func theKernelsFunctionsHaveLines() async throws {
        let result = try await run(
            "int main(void) { return sys_debug_fault(HERMIT_DEBUG_KERNEL_NULL) == 0; }\n")
        #expect(result.status == 139)
        let line = try Self.line(
            with: "null.unsafelyUnwrapped.pointee", in: "Sources/Kernel/Main/DebugFaults.swift")
        #expect(
            result.errors.contains(
                "kernel: static DebugFaults.readNull() at Sources/Kernel/Main/DebugFaults.swift:\(line):"),
            "\(result.errors)")
        #expect(result.errors.contains(/\ main at .*main\.c:2:/))
    }

    @Test func withoutTheToolTheReportIsOnTheTerminal() async throws {
        let line = try await Hermit.run(["run", "--dry-run", "examples-c/faults", "--", "null"])
        #expect(line.status == 0, "\(line.errors)")
        let result = try await Hermit.command("/bin/sh", ["-c", "timeout \(Self.limit) " + line.text])
        #expect(result.status == 3)
        #expect(result.text.hasPrefix("[hermit] error: page fault: read of 0x0 (the null page)\n"))
        #expect(result.text.contains(/\[hermit\] error:   #1 from 0x[0-9a-f]+ image\+0x/))
        #expect(result.text.hasSuffix("[hermit] exit status 139\n"), "\(result.text)")
    }

    // MARK: - The report itself

    @Test func aFaultOfTheReportEndsIt() async throws {
        let result = try await run(
            "int main(void) { return sys_debug_fault(HERMIT_DEBUG_REPORT); }\n")
        #expect(result.status == 132, "\(result.errors)")
        #expect(
            result.errors.contains(
                "the report ends, because of another fault in it: general protection fault at 0x"),
            "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count { $0.hasPrefix("[hermit]") } <= 2)
    }

    @Test func aCheckOfTheKernelsOwnIsATrap() async throws {
        let result = try await run(
            "int main(void) { return sys_debug_fault(HERMIT_DEBUG_KERNEL_TRAP); }\n")
        #expect(result.status == 132)
        #expect(result.errors.contains("Swift runtime failure: precondition failure\n"))
        #expect(result.errors.contains("kernel: static DebugFaults.trap()"), "\(result.errors)")
    }

    @Test func debugFaultRefusesWhatItDoesNotKnow() async throws {
        let result = try await run(
            "int main(void) { return sys_debug_fault(0) == -HERMIT_EINVAL && sys_debug_fault(1000) == -HERMIT_EINVAL ? 0 : 1; }\n")
        #expect(result.status == 0, "\(result.errors)")
    }

    /// Frame pointers that lead nowhere, into kernel memory, in circles, downwards.
    @Test(arguments: [
        "movq $-1, %%rbp", "movabsq $0x4141414141414141, %%rbp", "movq $8, %%rbp",
        "movq %%rsp, %%rbp; andq $-8, %%rbp; movq %%rbp, (%%rbp)",
        "leaq -64(%%rsp), %%rax; andq $-8, %%rax; leaq 32(%%rax), %%rbp; movq %%rax, (%%rbp)",
        "movabsq $0xffffc00000000000, %%rbp", "movabsq $0x20000080fffc, %%rbp",
    ])
    func damagedFramePointersEndTheBacktrace(damage: String) async throws {
        let result = try await run(
            """
            int main(void)
            {
                __asm__ volatile("\(damage); movl $0, 16" : : : "rax", "memory");
                return 0;
            }

            """)
        #expect(result.status == 139, "\(result.errors)")
        #expect(result.errors.contains("page fault: write to 0x10 (the null page)"))
        #expect(result.errors.contains(/\ #0 main at .*main\.c:/), "\(result.errors)")
        #expect(result.errors.contains("error:   no further: the frame pointer 0x"), "\(result.errors)")
    }

    @Test(arguments: [
        ("$0x123456789000", 139, "page fault: write to 0x123456788ff8 (nothing)"),
        ("$8", 139, "page fault: write to 0x0 (the null page)"),
        // A stack-segment fault on a processor, which an emulated one may not tell apart.
        ("$0x4141414141414148", 135, "stack-segment fault: no canonical address is in rsp"),
    ])
    func aWildStackPointerIsReported(value: String, status: Int32, cause: String) async throws {
        let result = try await run(
            """
            int main(void)
            {
                __asm__ volatile("movabsq \(value), %%rsp; pushq %%rax" : : : "memory");
                return 0;
            }

            """)
        if status == 135 && result.errors.contains("general protection fault") {
            #expect(result.status == 139)
            #expect(result.errors.contains("general protection fault: no canonical address is in rsp\n"))
        } else {
            #expect(result.status == status, "\(result.errors)")
            #expect(result.errors.contains(cause), "\(result.errors)")
        }
        #expect(result.errors.contains(/\ #0 main at .*main\.c:/), "\(result.errors)")
    }

    /// The first task state's stack for exceptions goes: the processor can't
    /// deliver the exception, and has one more stack for that.
    @Test(
        .enabled(
            if: ["off", nil].contains(ProcessInfo.processInfo.environment["HERMIT_ISOLATION"]),
            "isolated, the program can't write to the task state"))
    func aDoubleFaultHasAStackOfItsOwn() async throws {
        let result = try await run(
            """
            int main(void)
            {
                struct __attribute__((packed)) { uint16_t limit; uint64_t base; } gdt;
                uint16_t task;
                __asm__ volatile("sgdt %0" : "=m"(gdt));
                __asm__ volatile("str %0" : "=r"(task));
                const uint64_t *entry = (const uint64_t *)(gdt.base + task);
                uint64_t state = (entry[0] >> 16 & 0xffffff) | (entry[0] >> 56) << 24 | entry[1] << 32;
                *(volatile uint64_t *)(state + 36) = 0x123456789000;
                *(volatile int *)(uintptr_t)16 = 0;
                return 0;
            }

            """)
        #expect(result.status == 139, "\(result.errors)")
        #expect(result.errors.contains("[hermit] error: double fault"), "\(result.errors)")
        #expect(result.errors.contains(/\ #0 main at .*main\.c:/), "\(result.errors)")
    }

    // MARK: - What lies there

    @Test(arguments: [
        (
            "volatile char *block = sys_malloc(70000, 16); block[75000] = 1;",
            "page fault: write to 0x", " bytes behind a heap block of 73728)"
        ),
        ("*(volatile char *)0x3000000000;", "read of 0x3000000000", "(nothing)"),
        ("*(volatile char *)0x1ffffffff000;", "read of 0x1ffffffff000", "(nothing)"),
        ("*(volatile char *)0x2000;", "read of 0x2000 ", "(nothing, close to null)"),
        ("*(volatile char *)0x103000000000;", "read of 0x103000000000 ", "(an unused part of the heap)"),
        ("*(volatile char *)0xffffc03000000000;", "read of 0xffffc03000000000 ", "(the kernel's heap)"),
        ("*(volatile char *)0xffffe00000000000;", "read of 0xffffe00000000000 ", "(the guard below the kernel stack)"),
        ("*(volatile char *)0xffff900000000000;", "read of 0xffff900000000000 ", "(the kernel's map of memory)"),
        ("*(volatile char *)act = 1;", "write to 0x", "(the program's code, read-only)"),
        ("((void (*)(void))0xffff800000100000)();", "jump to 0xffff800000100000 ", "(the kernel's map of memory, not executable)"),
        ("static void *const self = (void *)&self; *(void *volatile *)&self = 0;", "write to 0x", "(the program's relocated constants, read-only)"),
        ("*(volatile char *)0x4141414141414141;", "general protection fault: no canonical address is in r", ""),
        // A processor refuses the return, an emulated one what comes after it.
        ("*(void *volatile *)((void **)__builtin_frame_address(0) + 1) = (void *)0x4141414141414141; return 0;", " to 0x4141414141414141", "(no canonical address)"),
    ])
    func thePlaceIsNamed(statement: String, cause: String, place: String) async throws {
        let result = try await run(
            "__attribute__((noinline)) static int act(void) { \(statement) return 1; }\n"
                + "int main(void) { volatile int r = act(); return r; }\n")
        #expect(result.status == 139, "\(result.errors)")
        let line = try #require(
            result.errors.split(separator: "\n").first { $0.hasPrefix("[hermit] error: ") })
        #expect(line.contains(cause) && line.hasSuffix(place), "\(result.errors)")
        // The overwritten return address was main's.
        if !statement.contains("frame_address") {
            #expect(result.errors.contains(/\ main at .*main\.c:3:/), "\(result.errors)")
        }
    }

    @Test func theCallerOfARoutineWithoutAFrameIsThere() async throws {
        let result = try await run(
            """
            void *memcpy(void *to, const void *from, size_t count);
            static void *volatile nowhere; static volatile size_t size = 100;
            static char bytes[100];
            __attribute__((noinline)) static void copy(void) { memcpy(nowhere, bytes, size); bytes[0]++; }
            int main(void) { copy(); return bytes[0]; }

            """)
        #expect(result.status == 139)
        #expect(result.errors.contains(/\ #0 .*memcpy/), "\(result.errors)")
        #expect(result.errors.contains(/\ #1 copy at .*main\.c:5:/), "\(result.errors)")
        #expect(result.errors.contains(/\ #2 main at .*main\.c:6:/), "\(result.errors)")
    }

    // MARK: - Stacks

    /// Every call's frame is sixteen times as large as the guard.
    @Test func aFrameLargerThanTheGuardIsAStackOverflowToo() async throws {
        let result = try await run(
            """
            __attribute__((noinline)) static void fill(volatile char *first) { *first = 1; }
            __attribute__((noinline)) static int recurse(int depth)
            {
                char block[1 << 20];
                fill(block);
                return recurse(depth + 1) + block[depth & 1];
            }
            int main(void) { return recurse(0) + 1; }

            """)
        #expect(result.status == 139)
        #expect(
            result.errors.contains(
                "[hermit] error: stack overflow: task 1 (main) has used up its application stack of"),
            "\(result.errors)")
        #expect(result.errors.contains(/\ #[1-7] recurse at .*main\.c:7:/), "\(result.errors)")
        #expect(result.errors.contains(/\ main at .*main\.c:9:/), "\(result.errors)")
    }

    @Test func anOverflowInsideASwiftProgramIsNamed() async throws {
        let folder = try TemporaryFolder()
        try folder.writePackage(
            "deep",
            main: """
                import Hermit
                @inline(never) func depth(of list: [Int], _ level: Int) -> Int {
                    var copy = list
                    copy.append(level)
                    return depth(of: copy.count > 8 ? [] : copy, level + 1) + copy.count
                }
                print(depth(of: [], CommandLine.arguments.count))
                """)
        let result = try await Hermit.run(["run", "--timeout", Self.limit, "--memory", "32M", folder.path])
        #expect(result.status == 139, "\(result.errors)")
        #expect(
            result.errors.contains(
                "stack overflow: task 1 (main) has used up its application stack of 3"),
            "\(result.errors)")
        #expect(result.errors.contains(/\ depth\(of:_:\) at .*main\.swift:[35]:/), "\(result.errors)")
        #expect(result.errors.contains(/\ deep_main at .*main\.swift:7:/), "\(result.errors)")
    }

    // MARK: - Statuses

    @Test(arguments: [
        ("ud2", 132, "trap: a check has failed"), ("int3", 133, "breakpoint"),
        (".byte 0x0f, 0xff", 132, "invalid instruction"),
        ("xorl %%eax, %%eax; movl %%eax, %%edx; divl %%eax", 136, "division by zero"),
    ])
    func theStatusIsTheSignalsOfAShell(code: String, status: Int32, cause: String) async throws {
        let result = try await run(
            "int main(void) { __asm__ volatile(\"\(code)\" : : : \"rax\", \"rdx\"); return 0; }\n")
        #expect(result.status == status, "\(result.errors)")
        #expect(result.errors.contains("[hermit] error: " + cause), "\(result.errors)")
    }
}
