import Foundation

/// A Linux machine that runs one program of ours and nothing else: Debian's
/// kernel, and a static program as its first process, on musl's C library.
struct LinuxGuest {
    let sysroot: Sysroot
    /// The kernel's modules that its program loads, with those that they need, as `/modules/0`
    /// and so on.
    var modules: [String] = []

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
    /// Guests of one build are told apart by what they have loaded.
    private var archive: String { folder + "/" + (["initramfs"] + modules).joined(separator: "-") }

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
        inputs.add("linux 1 \(sysroot.programs.toolchain) \(Self.flags) \(modules) \(kernel.package)")
        inputs.add(path: program)
        inputs.add(path: Self.library.path + "/libc.a")
        let stamp = archive + ".stamp"
        if inputs.matches(stamp: stamp) && FileManager.default.fileExists(atPath: archive) { return }
        try? FileManager.default.removeItem(atPath: stamp)
        let first = try await link(
            Compilation(program, sysroot: sysroot).sources,
            start: Compilation(program + "/linux", sysroot: sysroot).sources)
        try pack(first, try await KernelModules(folder: kernel.modules).load(modules))
        try inputs.write(stamp: stamp)
    }

    /// Builds a program of Linux's for the host, with the guest's C library.
    ///
    /// - Returns: Its path.
    func program(_ source: String) async throws -> String {
        let lock = try BuildLock(folder: folder)
        defer { lock.release() }
        let objects = folder + "/objects"
        try? FileManager.default.removeItem(atPath: objects)
        try FileManager.default.createDirectory(atPath: objects, withIntermediateDirectories: true)
        try await sysroot.programs.run(
            "clang", Self.flags + ["-c"] + Compilation(source, sysroot: sysroot).sources, in: objects)
        return try await link(objects, to: folder + "/" + URL(fileURLWithPath: source).lastPathComponent)
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
        return try await link(objects, to: folder + "/init")
    }

    private func link(_ objects: String, to path: String) async throws -> String {
        let clang = sysroot.programs
        let names = try FileManager.default.contentsOfDirectory(atPath: objects).sorted()
        let runtime = try await clang.run("clang", ["-print-resource-dir"])
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let library = Self.library.path
        try await clang.run(
            "ld.lld",
            ["-static", "--gc-sections", "--strip-all", "-o", path, library + "/crt1.o", library + "/crti.o"]
                + names.map { objects + "/" + $0 }
                + [
                    library + "/libc.a", runtime + "/lib/linux/libclang_rt.builtins-x86_64.a",
                    library + "/libc.a", library + "/crtn.o",
                ])
        return path
    }

    /// Makes the first file system: the program, the device that it writes to, and modules.
    private func pack(_ program: String, _ modules: [[UInt8]]) throws {
        var cpio = CpioArchive()
        cpio.add(folder: "dev")
        cpio.add(device: "dev/console", major: 5, minor: 1)
        cpio.add(program: "init", contents: Array(try Data(contentsOf: URL(fileURLWithPath: program))))
        if !modules.isEmpty { cpio.add(folder: "modules") }
        for (number, module) in modules.enumerated() { cpio.add(program: "modules/\(number)", contents: module) }
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
