import Foundation
import TestSupport
import Testing

/// The kernel's memory is kept from programs by protection keys (docs/isolation.md).
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct IsolationTests {
    private static let limit = "20"

    private func run(_ words: [String]) async throws -> Hermit.Result {
        try await Hermit.run(["run", "--timeout", Self.limit] + words)
    }

    // MARK: - The example

    struct Kind: Sendable, CustomTestStringConvertible {
        let name: String
        /// What the cause says before the address, and behind it.
        let access: String
        let place: String
        let function: String

        var testDescription: String { name }
    }

    static let kinds = [
        Kind(name: "read-heap", access: "read of", place: "the kernel's heap, domain trusted", function: "read_heap"),
        Kind(name: "write-heap", access: "write to", place: "the kernel's heap, domain trusted", function: "write_heap"),
        Kind(name: "write-stack", access: "write to", place: "the kernel's stacks, domain trusted", function: "write_stack"),
        Kind(
            name: "write-pagetable", access: "write to", place: "the kernel's map of memory, domain trusted",
            function: "write_page_table"),
        Kind(name: "write-task", access: "write to", place: "the kernel's table of tasks, domain trusted", function: "write_task"),
        Kind(name: "write-core", access: "write to", place: "the kernel's data, domain published", function: "write_core"),
        Kind(
            name: "jump-into-kernel-data", access: "jump to", place: "the kernel's heap",
            function: "jump_into_kernel_data"),
    ]

    @Test(arguments: kinds, [1, 4])
    func aReachForTheKernelsMemoryEndsTheProgram(_ kind: Kind, processors: Int) async throws {
        let result = try await run(
            ["--isolation", "require", "--cpus", String(processors), "examples-c/isolation", "--", kind.name])
        #expect(result.status == 139, "\(result.errors)")
        #expect(result.text == "")
        let cause = try #require(result.log.first)
        #expect(cause.contains("isolation violation: page fault: \(kind.access) 0x"), "\(cause)")
        #expect(cause.contains("(\(kind.place)"), "\(cause)")
        #expect(
            result.log.contains { $0.contains("\(kind.function) at ") && $0.contains("isolation/main.c:") },
            "\(result.errors)")
    }

    @Test(arguments: [
        ("read-heap", "read of"), ("read-map", "read of"), ("write-stack", "write to"), ("write-task", "write to"),
        ("jump-heap", "jump to"),
    ])
    func aSwiftPointerToTheKernelsMemory(kind: String, access: String) async throws {
        let result = try await run(["--isolation", "require", "examples-swift/isolation", "--", kind])
        #expect(result.status == 139 && result.text == "", "\(result.text)\(result.errors)")
        #expect(result.log.first?.contains("isolation violation: page fault: \(access) 0xffff") == true, "\(result.errors)")
        let place = kind == "jump-heap" ? "#1 " : "#0 "
        #expect(result.log.contains { $0.contains(place) && $0.contains("isolation/main.swift:") }, "\(result.errors)")
    }

    @Test(arguments: ["off", "require"], ["pass-heap", "pass-map"])
    func aSwiftSpanOfTheKernelsMemory(isolation: String, kind: String) async throws {
        let result = try await run(["--isolation", isolation, "examples-swift/isolation", "--", kind])
        #expect(result.status == 0 && result.text == "bad address\n", "\(result.text)\(result.errors)")
    }

    @Test func aForgedRegisterIsNoticed() async throws {
        let result = try await run(["--isolation", "require", "examples-c/isolation", "--", "forge-rights"])
        #expect(result.status == 132, "\(result.errors)")
        #expect(result.log.first?.contains("isolation violation: others than the application's rights") == true)
    }

    @Test(arguments: ["off", "require"], ["pass-kernel-pointer", "mprotect-kernel"])
    func callsReturnErrors(isolation: String, kind: String) async throws {
        let result = try await run(["--isolation", isolation, "examples-c/isolation", "--", kind])
        #expect(result.status == 0 && result.text.hasSuffix("done\n"), "\(result.text)\(result.errors)")
    }

    // MARK: - Addresses

    @Test(arguments: [1, 4])
    func noAddressOfTheKernelsIsReadableOrWritable(processors: Int) async throws {
        let result = try await run(
            ["--isolation", "require", "--cpus", String(processors), "Tests/Programs/kernel_addresses.c"])
        #expect(result.text == "10000 addresses: 0 readable, 0 writable\n", "\(result.errors)")
        #expect(result.status == 0)
    }

    // MARK: - Programs that take the rights themselves

    @Test func anImageThatWritesTheRegisterIsRefused() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "main.c",
            """
            int main(void)
            {
                __asm__ volatile("wrpkru" : : "a"(0), "c"(0), "d"(0));
                return *(volatile char *)0xffffe00000010000 & 0;
            }
            """)
        let required = try await run(["--isolation", "require", file])
        #expect(required.status == 1)
        #expect(required.errors.contains("its code has the bytes of WRPKRU at main, 0x"), "\(required.errors)")
        let on = try await run(["--isolation", "on", file])
        #expect(on.status == 0 && on.errors.contains("its code has the bytes of WRPKRU at main, 0x"), "\(on.errors)")
    }

    // MARK: - The kernel's own unsafe code

    /// What `isolated` runs has the domain of devices, and nothing else is written by it.
    @Test(arguments: [1, 4])
    func isolatedCodeIsKeptFromTheRestOfTheKernel(processors: Int) async throws {
        let result = try await run(
            ["--isolation", "on", "--cpus", String(processors), "Tests/Programs/isolated_code.c"])
        let expected = """
            1 42
            1 42
            1 7
            1
            to read the kernel's heap: ended
            to write there: ended
            to write the kernel's stack: ended
            to read tables of pages: ended
            to write the table of tasks: ended
            to read the core's record: done
            to write there: ended
            to write the program's data: ended
            to use little stack: done
            to use it up: ended
            to give up: ended
            to divide by 0: ended
            20000 more: 0 wrong, variable 7

            """
        #expect(result.text == expected, "\(result.errors)")
        #expect(result.status == 0, "\(result.errors)")
    }

    // MARK: - By default

    /// Nobody asks for it: it is on where the processor has keys and is none of QEMU's emulation,
    /// for which one is taken that does not say so.
    @Test(arguments: ["max,-hypervisor", "max,tcg-cpuid=off"])
    func itIsOnByDefault(processor: String) async throws {
        let result = try await Hermit.run(
            ["run", "--timeout", Self.limit, "--cpu", processor, "examples-c/isolation", "--", "write-heap"],
            environment: ["HERMIT_ISOLATION": ""])
        #expect(result.status == 139 && result.text == "", "\(result.errors)")
        #expect(result.log.first?.contains("isolation violation: page fault: write to 0x") == true, "\(result.errors)")
    }

    /// Where it is not, plain programs are told nothing, and who asks for the log is told why.
    @Test(arguments: [("max", "the processor is emulated"), ("qemu64", "the processor has no protection keys")])
    func whyItIsNotOn(processor: String, reason: String) async throws {
        for (level, lines) in [("warn", 0), ("info", 1)] {
            let result = try await Hermit.run(
                [
                    "run", "--timeout", Self.limit, "--cpu", processor, "--log", level, "examples-c/hello_world",
                ], environment: ["HERMIT_ISOLATION": ""])
            #expect(result.status == 0 && result.text == "Hello from Hermit!\n", "\(result.errors)")
            let told = result.log.filter { $0.contains("isolation: none, as \(reason)") }
            #expect(told.count == lines, "\(result.errors)")
        }
    }

    // MARK: - Without keys

    @Test func aProcessorWithoutKeys() async throws {
        let message = "isolation: none, as the processor has no protection keys"
        let on = try await run(["--isolation", "on", "--cpu", "qemu64", "examples-c/hello_world"])
        #expect(on.status == 0 && on.text == "Hello from Hermit!\n")
        #expect(on.log.contains { $0.contains(message) })
        let required = try await run(["--isolation", "require", "--cpu", "qemu64", "examples-c/hello_world"])
        #expect(required.status == 1 && required.text == "")
        #expect(required.log.contains { $0.contains(message) })
    }
}
