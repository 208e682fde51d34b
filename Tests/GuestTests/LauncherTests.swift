import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// How a run ends that does not end by itself: no process is left behind.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct LauncherTests {
    /// A guest that says that it runs, and then never ends.
    private static let endless = """
        #include <hermit.h>
        int main(void)
        {
            sys_write(1, "ready\\n", 6);
            for (;;);
        }

        """

    /// Processes whose command line has `marker` in it and that are no zombies.
    private func processes(with marker: String) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { process in
            guard let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else {
                return false
            }
            return String(decoding: line, as: UTF8.self).contains(marker)
        }
    }

    /// Boots the endless guest, sends the tool `signal` once the guest runs,
    /// and waits until nobody holds the tool's standard error any more: the
    /// tool and QEMU, which inherits it, are then both gone.
    ///
    /// - Returns: How the tool ended, and what of the guest's processes is left.
    private func endWith(_ signal: Signal) async throws -> (TerminationStatus, left: [Int32]) {
        let folder = try TemporaryFolder()
        let source = try folder.write("endless.c", Self.endless)
        let image = folder.path + "/image"
        let built = try await Hermit.run(["build", source, "-o", image])
        #expect(built.status == 0, "\(built.errors)")
        let marker = image
        // A limit, not a wait: it passes only when a process is left behind.
        let watchdog = Task {
            guard (try? await Task.sleep(for: .seconds(90))) != nil else { return false }
            for process in processes(with: marker) { kill(process, SIGKILL) }
            return true
        }
        let result = try await Subprocess.run(
            .path(FilePath(Hermit.executable)), arguments: ["run", image],
            environment: .inherit.updating(["HERMIT_HOME": Hermit.root]), input: .none,
            output: .sequence, error: .string(limit: 1 << 20)
        ) { execution in
            for try await line in execution.standardOutput.strings() where line.contains("ready") {
                #expect(!processes(with: "-initrd\0" + marker).isEmpty)
                try execution.send(signal: signal)
            }
        }
        watchdog.cancel()
        #expect(await !watchdog.value, "a process was left behind")
        // Who is killed can't wait for the guest, which dies of it a moment later.
        let limit = ContinuousClock.now + .seconds(60)
        while signal == .kill, !processes(with: marker).isEmpty, ContinuousClock.now < limit {
            await Task.yield()
        }
        return (result.terminationStatus, processes(with: marker))
    }

    @Test func interruptEndsTheGuest() async throws {
        let (status, left) = try await endWith(.interrupt)
        #expect(status == .exited(128 + SIGINT))
        #expect(left.isEmpty)
    }

    @Test func terminateEndsTheGuest() async throws {
        let (status, left) = try await endWith(.terminate)
        #expect(status == .exited(128 + SIGTERM))
        #expect(left.isEmpty)
    }

    @Test func aKilledToolLeavesNoGuest() async throws {
        let (status, left) = try await endWith(.kill)
        #expect(status == .signaled(SIGKILL))
        #expect(left.isEmpty)
    }

    @Test func aClosedOutputEndsTheGuest() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "flood.c",
            """
            #include <hermit.h>
            int main(void) { for (;;) sys_write(1, "0123456789abcde\\n", 16); }

            """)
        let result = try await Hermit.command(
            "/bin/sh", ["-c", "'\(Hermit.executable)' run --timeout 60 '\(source)' | head -n 1"])
        #expect(result.text == "0123456789abcde\n")
        #expect(processes(with: source).isEmpty)
    }
}
