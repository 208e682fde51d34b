import Foundation

/// newlib, built from Debian's source package with the toolchain's clang:
/// `include`, `lib/libc.a` and `lib/libm.a`, without what the system below it
/// gives (`Sources/Newlib`). It is built again only when its own inputs
/// change; the kernel is none of them.
struct CLibrary {
    let project: Project
    let programs: Programs

    /// What the build needs of Debian, by the file that shows it is there.
    private static let packages = [
        ("/usr/src/newlib", "newlib-source"), ("/usr/bin/make", "make"),
        ("/usr/bin/xz", "xz-utils"),
    ]
    private static let options = [
        "--host=x86_64-elf", "--prefix=/", "--disable-newlib-supplied-syscalls",
        "--enable-newlib-retargetable-locking", "--enable-newlib-global-atexit",
        "--enable-newlib-global-stdio-streams", "--enable-lite-exit",
        "--enable-newlib-io-long-long", "--enable-newlib-io-c99-formats",
        "--enable-newlib-io-long-double", "--enable-newlib-io-pos-args", "--enable-newlib-mb",
        "MAKEINFO=true",
    ]
    private static let compiler = ["--target=" + Sysroot.triple, "-nostdlibinc"]
    private static let flags = [
        "-O2", "-g0", "-fPIE", "-ffunction-sections", "-fdata-sections",
        "-fno-omit-frame-pointer", "-mno-omit-leaf-frame-pointer", "-fno-stack-protector",
        "-fno-asynchronous-unwind-tables", "-D__hermit__", "-D__DYNAMIC_REENT__",
        // Ours: the calls of the system with a reent, by their reserved names;
        // the allocator. And there is no program to execute.
        "-DREENTRANT_SYSCALLS_PROVIDED", "-UMISSING_SYSCALL_NAMES", "-DMALLOC_PROVIDED",
        "-DNO_EXEC",
        // The mathematics that is exact to the last digit but one, and faster.
        "-D__OBSOLETE_MATH=0",
        // newlib is in the C of its time.
        "-w", "-Wno-implicit-function-declaration", "-Wno-int-conversion", "-Wno-implicit-int",
    ]
    /// What newlib's build for a machine without an operating system leaves
    /// out, and works on one with our calls.
    private static let additions = [
        "posix/collate.c", "posix/collcmp.c", "posix/regcomp.c",
        "posix/regerror.c", "posix/regexec.c", "posix/regfree.c",
    ]
    /// Members of `libc.a` that `Sources/Newlib` and libhermit.a have in
    /// another form; the last ones want functions that no one has.
    static let replaced = [
        "abort", "aligned_alloc", "cxa_atexit", "exit", "getreent", "lock", "raise", "reallocarray", "signal",
        "stack_protector", "memcpy", "memmove", "memset", "memcmp",
        "mktemp", "remove", "strsep", "system", "tmpfile", "tmpnam",
        "init", "fini", "hash", "hash_bigkey", "hash_buf", "hash_log2", "hash_page", "ndbm",
    ].map { "lib_a-\($0).o" }

    /// Headers that are left out, as nothing is behind them here.
    private static let empty = [
        "ndbm.h", "regdef.h", "sys/custom_file.h", "sys/dir.h", "utmp.h",
        // The compiler has its own.
        "stdatomic.h",
    ]
    /// Headers that use types which they do not declare.
    private static let incomplete = ["regex.h"]

    private var folder: String { project.build + "/newlib" }
    /// Changes when newlib was built anew.
    var stamp: String { folder + "/stamp" }
    var headers: String { folder + "/include" }
    var libraries: String { folder + "/lib" }
    /// newlib's licence texts.
    var licences: [String] { Self.licenceFiles.map { folder + "/" + $0 } }
    private static let licenceFiles = ["COPYING.NEWLIB"]
    /// Headers that take the place of newlib's, and ones that it lacks.
    private var overlay: String { project.root + "/include/newlib" }

    /// Installs what the build needs, where that is missing.
    static func install(_ project: Project) async throws {
        let missing = packages.filter { !FileManager.default.fileExists(atPath: $0.0) }
        try await Setup.install(missing.map(\.1), project) {
            packages.allSatisfy { FileManager.default.fileExists(atPath: $0.0) }
        }
    }

    private func archive() throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: "/usr/src/newlib")
        guard let name = names.filter({ $0.contains(".tar") }).max() else {
            throw ToolError("the package newlib-source has no archive in /usr/src/newlib")
        }
        return "/usr/src/newlib/" + name
    }

    /// Builds what is out of date. The caller holds the project's lock.
    func make() async throws {
        let archive = try archive()
        var inputs = Fingerprint()
        inputs.add("newlib 3")
        for correction in CLibraryCorrection.all { inputs.add("\(correction)") }
        for words in [
            Self.options, Self.compiler, Self.flags, Self.additions, Self.empty, Self.incomplete,
        ] {
            inputs.add(words.joined(separator: " "))
        }
        inputs.add(path: archive)
        inputs.add(path: overlay)
        inputs.add(path: programs.toolchain + "/clang")
        if inputs.matches(stamp: stamp) { return }
        try await Terminal.step("building the C library, newlib (once; about a minute)") {
            try? FileManager.default.removeItem(atPath: folder)
            let work = folder + "/work"
            try FileManager.default.createDirectory(
                atPath: work + "/build", withIntermediateDirectories: true)
            try await Programs.run("/usr/bin/env", ["tar", "-xf", archive, "-C", work])
            let names = try FileManager.default.contentsOfDirectory(atPath: work)
            guard let name = names.first(where: { $0.hasPrefix("newlib") }) else {
                throw ToolError("\(archive): there is no newlib in it")
            }
            try await build(work + "/" + name, in: work + "/build")
            try FileManager.default.removeItem(atPath: work)
        }
        try inputs.write(stamp: stamp)
    }

    private func build(_ source: String, in build: String) async throws {
        let files = FileManager.default
        let include = source + "/newlib/libc/include"
        try Self.copy(overlay, over: include)
        try Self.edit(include + "/sys/features.h") { $0 + "#include <sys/_hermit.h>\n" }
        for header in Self.incomplete {
            try Self.edit(include + "/" + header) { "#include <sys/types.h>\n" + $0 }
        }

        for correction in CLibraryCorrection.all {
            try Self.edit(source + "/newlib/" + correction.file) {
                try correction.apply(to: $0)
            }
        }

        let compiler = ([programs.toolchain + "/clang"] + Self.compiler).joined(separator: " ")
        try await Programs.run(
            "/usr/bin/env",
            [
                "CC=" + compiler, "CFLAGS=" + Self.flags.joined(separator: " "),
                "AR=\(programs.toolchain)/llvm-ar", "RANLIB=\(programs.toolchain)/llvm-ranlib",
                "sh", source + "/newlib/configure",
            ] + Self.options, in: build)
        let jobs = "-j\(ProcessInfo.processInfo.activeProcessorCount)"
        try await Programs.run("/usr/bin/env", ["make", "-s", jobs], in: build)
        let root = folder + "/root"
        try await Programs.run("/usr/bin/env", ["make", "-s", "install", "DESTDIR=" + root], in: build)

        try files.moveItem(atPath: root + "/x86_64-elf/include", toPath: headers)
        // Folders that newlib has not are not installed.
        for name in try files.contentsOfDirectory(atPath: overlay)
        where !name.hasSuffix(".h") && !files.fileExists(atPath: headers + "/" + name) {
            try files.copyItem(atPath: overlay + "/" + name, toPath: headers + "/" + name)
        }
        for header in Self.empty { try files.removeItem(atPath: headers + "/" + header) }
        try files.moveItem(atPath: root + "/x86_64-elf/lib", toPath: libraries)
        try files.removeItem(atPath: root)
        for name in try files.contentsOfDirectory(atPath: libraries)
        where name != "libc.a" && name != "libm.a" {
            try files.removeItem(atPath: libraries + "/" + name)
        }
        for (name, place) in zip(Self.licenceFiles, licences) {
            try files.moveItem(atPath: source + "/" + name, toPath: place)
        }
        try await complete(source + "/newlib/libc", in: build)
    }

    /// Adds what newlib's build left out.
    private func complete(_ source: String, in build: String) async throws {
        let archive = libraries + "/libc.a"
        try await programs.run(
            "clang",
            Self.compiler + Self.flags
                + ["-D_GNU_SOURCE", "-I", source + "/posix", "-isystem", headers, "-c"]
                + Self.additions.map { source + "/" + $0 }, in: build)
        let objects = Self.additions.map {
            URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent + ".o"
        }
        try await programs.run("llvm-ar", ["qcs", archive] + objects, in: build)
    }

    private static func edit(_ path: String, _ change: (String) throws -> String) throws {
        // newlib's headers are not all UTF-8.
        let text = try String(contentsOfFile: path, encoding: .isoLatin1)
        try change(text).write(toFile: path, atomically: true, encoding: .isoLatin1)
    }

    /// Copies all files below a folder to another one, over those it has.
    static func copy(_ source: String, over folder: String) throws {
        let files = FileManager.default
        for name in try files.subpathsOfDirectory(atPath: source) {
            let from = source + "/" + name
            let to = folder + "/" + name
            var isFolder: ObjCBool = false
            _ = unsafe files.fileExists(atPath: from, isDirectory: &isFolder)
            if isFolder.boolValue {
                try files.createDirectory(atPath: to, withIntermediateDirectories: true)
            } else {
                try? files.removeItem(atPath: to)
                try files.copyItem(atPath: from, toPath: to)
            }
        }
    }
}
