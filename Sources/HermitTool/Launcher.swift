import Glibc
import Subprocess
import SystemPackage

/// How QEMU is started: in a process group of its own, and never to outlive
/// the tool.
///
/// A terminal's Ctrl-C goes to the foreground group; QEMU is not in it, so the
/// tool alone decides what the signal means. When the tool dies without a word
/// (SIGKILL, a crash) the kernel sends QEMU SIGKILL, which `setpriv` asks for.
/// That signal comes when the *thread* that started the process ends:
/// Subprocess starts all from one thread, which lives as long as the tool.
struct Launcher {
    /// The program to start, and the words in front of QEMU's own.
    let path: String
    private let prefix: [String]

    /// - Parameter emulator: QEMU's path.
    init(emulator: String) {
        guard let setpriv = Programs.locate("setpriv") else {
            path = emulator
            prefix = []
            return
        }
        path = setpriv
        // A tool that died before the request was made is not a parent any more.
        prefix = [
            "--pdeathsig", "KILL", "/bin/sh", "-c", "test \"$PPID\" = \"$0\" && exec \"$@\"",
            String(getpid()), emulator,
        ]
    }

    /// The arguments that start QEMU with `words`.
    func arguments(_ words: [String]) -> Arguments { Arguments(prefix + words) }

    var options: PlatformOptions {
        var options = PlatformOptions()
        options.processGroupID = 0
        return options
    }
}
