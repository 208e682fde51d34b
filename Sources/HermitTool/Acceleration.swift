import Foundation
import Glibc
import Subprocess
import SystemPackage

/// Whether this machine can run a guest on its processor.
///
/// A device file proves nothing, nor does a virtual processor that the kernel
/// gives: so QEMU boots the loader, without an image, which ends at once with
/// a known status. What comes out is kept until the host boots again.
struct Acceleration {
    let emulator: String
    let loader: String
    /// Where the answer is kept.
    let note: String

    /// What QEMU ends with when the loader has found no image.
    private static let expectedStatus: Int32 = 3
    private static let timeLimit = 0.9

    /// `true` when it works. An answer that is new is told on standard error.
    func works() async -> Bool {
        guard unsafe access("/dev/kvm", R_OK | W_OK) == 0 else {
            return await keep(false)
        }
        return await keep(nil)
    }

    private func keep(_ known: Bool?) async -> Bool {
        let boot =
            (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
        let old = (try? String(contentsOfFile: note, encoding: .utf8)) ?? ""
        for answer in [true, false] where old == boot + "\(answer)" { return answer }
        let answer = if let known { known } else { await bootsLoader() }
        if !answer { Terminal.say("no working hardware virtualisation; QEMU emulates the processor") }
        try? (boot + "\(answer)").write(toFile: note, atomically: true, encoding: .utf8)
        return answer
    }

    private func bootsLoader() async -> Bool {
        let words = [
            "-machine", "q35", "-accel", "kvm", "-cpu", "host", "-m", "32M", "-nodefaults",
            "-no-user-config", "-display", "none", "-no-reboot", "-serial", "null", "-device",
            "isa-debug-exit,iobase=0xf4,iosize=0x04", "-kernel", loader,
        ]
        let result = try? await Subprocess.run(
            .path(FilePath(emulator)), arguments: Arguments(words), input: .none,
            output: .discarded, error: .discarded
        ) { execution in
            let process = execution.processIdentifier
            var end = pollfd(fd: process.processDescriptor, events: Int16(POLLIN), revents: 0)
            if unsafe poll(&end, 1, Int32(Self.timeLimit * 1000)) <= 0 { kill(process.value, SIGKILL) }
        }
        return result?.terminationStatus == .exited(Self.expectedStatus)
    }
}
