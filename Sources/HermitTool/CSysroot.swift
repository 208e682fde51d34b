import Foundation

/// The part of the sysroot that C and C++ programs need: newlib's headers and
/// libraries, the start-up file, and the compiler's side.
extension Sysroot {
    var compilerConfiguration: String { path + "/share/clang/x86_64-hermit.cfg" }

    /// What every program in C is linked with.
    var linkInputs: [String] {
        [library, linkerScript, compilerConfiguration, path + "/share/clang/x86_64-hermit.order"]
            + ["crt0.o", "libc.a", "libm.a", "libclang_rt.builtins.a"].map { path + "/lib/" + $0 }
    }

    /// Builds what is out of date of the whole sysroot.
    func makeWithCLibrary() async throws {
        if project.isInstalled { return }
        try await CLibrary.install(project)
        try await make()
        let lock = try BuildLock(project)
        defer { lock.release() }
        let newlib = CLibrary(project: project, programs: programs)
        try await newlib.make()

        let shim = CShim(sysroot: self)
        let drivers = CompilerDrivers(sysroot: path, toolchain: programs.toolchain)
        var inputs = Fingerprint()
        inputs.add("C 3 " + programs.toolchain)
        inputs.add(drivers.files.description)
        inputs.add(path: newlib.stamp)
        inputs.add(path: shim.sources)
        inputs.add(path: library)
        // In the sysroot: when that is made anew, this part is too.
        let stamp = path + "/share/hermit/c-library.stamp"
        if inputs.matches(stamp: stamp) { return }
        try? FileManager.default.removeItem(atPath: stamp)
        try await install(newlib, drivers)
        try await shim.make(newlib: newlib, drivers: drivers)
        try FileManager.default.createDirectory(
            atPath: path + "/share/hermit", withIntermediateDirectories: true)
        try inputs.write(stamp: stamp)
    }

    /// Puts everything but `libc.a` and the start-up file into place.
    private func install(_ newlib: CLibrary, _ drivers: CompilerDrivers) async throws {
        let files = FileManager.default
        try CLibrary.copy(newlib.headers, over: path + "/include")
        let licences = path + "/share/licenses/newlib"
        try files.createDirectory(atPath: licences, withIntermediateDirectories: true)
        for licence in newlib.licences {
            let name = URL(fileURLWithPath: licence).lastPathComponent
            try Self.replace(licences + "/" + name, with: licence)
        }
        try drivers.write()
        try Self.replace(path + "/lib/libm.a", with: newlib.libraries + "/libm.a")
        // Programs are linked with -lpthread, -lrt and -ldl; what they want of them is in libc.a.
        for name in ["libpthread.a", "librt.a", "libdl.a"] {
            try "!<arch>\n".write(toFile: path + "/lib/" + name, atomically: true, encoding: .utf8)
        }

        // The compiler's helper functions: 128-bit division, complex products
        // and so on. The toolchain's are for any x86-64 ELF system.
        let resources = try await programs.run("clang", ["-print-resource-dir"])
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let helpers = resources + "/lib/linux/libclang_rt.builtins-x86_64.a"
        guard files.fileExists(atPath: helpers) else {
            throw ToolError("the Swift toolchain has no \(helpers)")
        }
        try Self.replace(path + "/lib/libclang_rt.builtins.a", with: helpers)
    }

    static func replace(_ target: String, with source: String) throws {
        try? FileManager.default.removeItem(atPath: target)
        try FileManager.default.copyItem(atPath: source, toPath: target)
    }
}
