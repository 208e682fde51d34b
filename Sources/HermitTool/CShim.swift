import Foundation

/// `Sources/Newlib`: newlib's names and constants on the functions of
/// hermit.h. Compiled with what a program is compiled with, it becomes a part
/// of `libc.a`. A change of the kernel alone does not compile it again.
struct CShim {
    let sysroot: Sysroot

    /// Beside what every program is compiled with.
    private static let flags = [
        "-Wall", "-Wextra", "-Werror", "-O2", "-g0", "-fno-exceptions", "-c",
        // Most of it passes calls on; the report of a fault finds the callers of such.
        "-momit-leaf-frame-pointer",
    ]
    private static let dialects = [".c": "-std=gnu23", ".cpp": "-std=gnu++20"]

    var sources: String { sysroot.project.root + "/Sources/Newlib" }
    private var folder: String { sysroot.project.kernelBuild + "/shim" }

    /// Compiles what is out of date and puts `libc.a` and `crt0.o` into the
    /// sysroot, whose other parts are there.
    func make(newlib: CLibrary, drivers: CompilerDrivers) async throws {
        var inputs = Fingerprint()
        inputs.add("shim 1 \(CLibrary.replaced) \(sysroot.programs.toolchain) \(Self.flags) \(drivers.files)")
        for input in [newlib.stamp, sources, sysroot.project.root + "/include"] {
            inputs.add(path: input)
        }
        let stamp = folder + "/stamp"
        if !inputs.matches(stamp: stamp) {
            try? FileManager.default.removeItem(atPath: folder)
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try await Terminal.step("building the C library's ground floor") {
                try await build(newlib)
            }
            try inputs.write(stamp: stamp)
        }
        for name in ["libc.a", "crt0.o"] {
            try Sysroot.replace(sysroot.path + "/lib/" + name, with: folder + "/" + name)
        }
    }

    private func build(_ newlib: CLibrary) async throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: sources).sorted()
        let configuration = "--config=" + sysroot.compilerConfiguration
        var objects: [String] = []
        for suffix in [".c", ".cpp", ".S"] {
            let part = names.filter { $0.hasSuffix(suffix) }
            // The compiler takes any number of files, and names the objects after them.
            try await sysroot.programs.run(
                "clang",
                [configuration] + (Self.dialects[suffix].map { [$0] } ?? []) + Self.flags
                    + part.map { sources + "/" + $0 }, in: folder)
            objects += part.map { String($0.dropLast(suffix.count)) + ".o" }
        }
        // The start-up file is no member: every link names it.
        objects.removeAll { $0 == "crt0.o" }
        try FileManager.default.copyItem(
            atPath: newlib.libraries + "/libc.a", toPath: folder + "/libc.a")
        try await sysroot.programs.run("llvm-ar", ["d", "libc.a"] + CLibrary.replaced, in: folder)
        try await sysroot.programs.run("llvm-ar", ["qcs", "libc.a"] + objects, in: folder)
    }
}
