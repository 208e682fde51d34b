import Foundation

/// A Linux machine that runs one program of ours and nothing else: Debian's
/// kernel, and a static program as its first process, on musl's C library.
struct LinuxGuest {
    let sysroot: Sysroot

    private static let library = (path: "/usr/lib/x86_64-linux-musl", package: "musl-dev")
    private static let headers = "/usr/include/x86_64-linux-musl"
    /// The toolchain's clang, as for Hermit: the two programs differ by
    /// their C library and not by their compiler.
    private static let flags = [
        "--target=x86_64-unknown-linux-gnu", "-nostdlibinc", "-isystem", headers, "-O2", "-Wall",
        "-Wextra", "-fno-stack-protector", "-std=gnu17",
    ]

    private var folder: String { sysroot.project.build + "/linux" }
    var kernel: DebianKernel { DebianKernel(folder: folder) }
    private var archive: String { folder + "/initramfs" }

    /// Makes what is missing.
    ///
    /// - Parameter program: The folder of the program, and in `linux` below
    ///   it of what starts it.
    func make(_ program: String) async throws {
        try await Setup.install([Self.library.package], sysroot.project) {
            FileManager.default.fileExists(atPath: Self.library.path + "/libc.a")
        }
        let lock = try BuildLock(folder: folder)
        defer { lock.release() }
        try await kernel.make()

        var inputs = Fingerprint()
        inputs.add("linux 1 \(sysroot.programs.toolchain) \(Self.flags)")
        inputs.add(path: program)
        inputs.add(path: Self.library.path + "/libc.a")
        let stamp = archive + ".stamp"
        if inputs.matches(stamp: stamp) && FileManager.default.fileExists(atPath: archive) { return }
        try? FileManager.default.removeItem(atPath: stamp)
        let first = try await link(
            Compilation(program, sysroot: sysroot).sources,
            start: Compilation(program + "/linux", sysroot: sysroot).sources)
        try pack(first)
        try inputs.write(stamp: stamp)
    }

    private func link(_ sources: [String], start: [String]) async throws -> String {
        let clang = sysroot.programs
        let objects = folder + "/objects"
        try? FileManager.default.removeItem(atPath: objects)
        try FileManager.default.createDirectory(
            atPath: objects, withIntermediateDirectories: true)
        try await clang.run(
            "clang", Self.flags + ["-Dmain=run_benchmark", "-c"] + sources, in: objects)
        try await clang.run("clang", Self.flags + ["-c"] + start, in: objects)
        let names = try FileManager.default.contentsOfDirectory(atPath: objects).sorted()
        let runtime = try await clang.run("clang", ["-print-resource-dir"])
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let path = Self.library.path
        try await clang.run(
            "ld.lld",
            ["-static", "--gc-sections", "--strip-all", "-o", folder + "/init", path + "/crt1.o", path + "/crti.o"]
                + names.map { objects + "/" + $0 }
                + [
                    path + "/libc.a", runtime + "/lib/linux/libclang_rt.builtins-x86_64.a",
                    path + "/libc.a", path + "/crtn.o",
                ])
        return folder + "/init"
    }

    /// Makes the first file system: the program, and the device that it writes to.
    private func pack(_ program: String) throws {
        var cpio = CpioArchive()
        cpio.add(folder: "dev")
        cpio.add(device: "dev/console", major: 5, minor: 1)
        cpio.add(program: "init", contents: Array(try Data(contentsOf: URL(fileURLWithPath: program))))
        cpio.finish()
        try Data(cpio.bytes).write(to: URL(fileURLWithPath: archive), options: .atomic)
    }

    /// QEMU's arguments to boot it with everything on the terminal.
    ///
    /// - Parameter arguments: The program's; what is behind `--` on its
    ///   command line Linux gives to its first process.
    func words(_ machine: VirtualMachine, arguments: [String]) -> [String] {
        machine.arguments(
            kernel: kernel.image, initrd: archive,
            line: (["console=ttyS0", "quiet", "panic=-1", "--"] + arguments).joined(separator: " "),
            wiring: .terminal)
    }
}
