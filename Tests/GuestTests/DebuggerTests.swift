import Foundation
import TestSupport
import Testing

/// `hermit run --gdb` with gdb at the other end.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct DebuggerTests {
    private static let source = """
        #include <hermit.h>
        #include <stdio.h>

        static volatile int sum;

        __attribute__((noinline)) static void add(size_t number)
        {
            sum += (int)number;
            sys_set_priority(sys_getpid(), 2);
            sum += 1;
        }

        static void work(size_t number)
        {
            for (size_t i = 0; i < 3; i++)
                add(number + i);
            sum += 1;
        }

        int main(void)
        {
            hermit_tid_t task = sys_spawn2(work, 40, HERMIT_PRIO_NORMAL, 0, -1);

            sys_join(task);
            printf("%d\\n", sum);
            return sum == 127 ? 0 : 1;
        }

        """

    /// Breakpoints in the first task, in another, and in the kernel; backtraces
    /// from there, through the gate, to the task's beginning.
    @Test(
        .enabled("gdb is not there and can't be installed: apt-get install gdb") {
            await Tools.installed("gdb", package: "gdb") != nil
        }, arguments: [1, 2], ["pvh", "multiboot"])
    func breakpointsAndBacktracesWork(processors: Int, loader: String) async throws {
        let gdb = try #require(await Tools.installed("gdb", package: "gdb"))
        let folder = try TemporaryFolder()
        let source = try folder.write("debugged.c", Self.source)
        // QEMU itself takes a space in a Multiboot module's name for the name's end.
        let image = folder.path + (loader == "pvh" ? "/an image" : "/image")
        let built = try await Hermit.run(["build", source, "-o", image])
        try #require(built.status == 0, "\(built.errors)")
        let port = try #require(Tools.freePort())
        let script = "\(Hermit.root)/.build/hermit/gdb/port-\(port).gdb"
        try? FileManager.default.removeItem(atPath: script)
        async let run = Hermit.run([
            "run", "--gdb", "--gdb-port", "\(port)", "--timeout", "240", "--cpus",
            "\(processors)", "--loader", loader, image,
        ])
        // It is written before the machine starts; gdb tries again until that has.
        while !FileManager.default.fileExists(atPath: script) {
            try await Task.sleep(for: .milliseconds(20))
        }
        // Nothing is to go on from a breakpoint that stays: QEMU's stub does not always
        // step off it.
        let commands = [
            "tbreak main", "break add", "continue", "backtrace", "continue", "print number",
            "hermit-backtrace", "delete", "break __hermit_kernel_sys_set_priority", "continue",
            "hermit-backtrace", "delete", "info threads", "continue",
        ]
        let session = try await Hermit.command(
            "/usr/bin/timeout",
            ["200", gdb, "-q", "-batch", "-nx", "-x", script] + commands.flatMap { ["-ex", $0] })
        let result = try await run
        let text = session.text
        #expect(result.status == 0, "\(result.errors)\n\(text)\n\(session.errors)")
        #expect(result.text == "127\n")
        #expect(result.errors.contains("hermit: waiting for a debugger; type: gdb -x "))

        // In order, each behind the one before.
        var rest = text[...]
        for expected in [
            #"reakpoint \d+, main \(\) at .*/debugged\.c:\d+"#, #"#0 +main \(\) at"#,
            #"Breakpoint \d+, add \(number=40\) at .*/debugged\.c:8"#, #"\$\d+ = 40"#,
            #"#0 +add \(number=40\) at"#, #"#1 .* work \(number=40\) at"#,
            #"Breakpoint \d+, "#, #"#\d+ .*sys_set_priority \("#, #"called by:"#,
            #"#0 .*add \(number=.*\) at .*/debugged\.c:\d+"#, #"#1 .* work \(number=40\) at"#,
        ] {
            let match = try rest.firstMatch(of: Regex(expected))
            guard let match else {
                Issue.record("no \(expected) in\n\(rest)\nof\n\(text)\n\(session.errors)")
                return
            }
            rest = rest[match.range.upperBound...]
        }
        #expect(rest.split(separator: "CPU#").count - 1 == processors, "\(text)")
    }
}
