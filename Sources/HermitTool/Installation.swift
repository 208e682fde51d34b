import Foundation

/// The tool and all that it needs, below a folder of the user's (`hermit install`).
struct Installation {
    let prefix: String
    /// What is copied; all of it is up to date.
    let sysroot: Sysroot

    private var project: Project { sysroot.project }
    private var home: String { prefix + "/lib/hermit" }

    /// In the installed folder; nothing else has it.
    static let mark = "version"
    /// Parts of the package that programs in Swift depend on, by their places among the sources.
    private static let packageParts = ["include", "Sources/Hermit", "Sources/HermitStart", "LICENSE-APACHE", "LICENSE-MIT"]

    /// - Throws: A `ToolError` where nothing can be installed, or something else is there.
    func check() throws {
        let files = FileManager.default
        var isFolder: ObjCBool = false
        var place = prefix
        while place != "/", (try? files.attributesOfItem(atPath: place)) == nil {
            place = URL(fileURLWithPath: place).deletingLastPathComponent().path
        }
        guard unsafe files.fileExists(atPath: place, isDirectory: &isFolder), isFolder.boolValue else {
            throw ToolError("\(place): is no folder; nothing can be installed below it")
        }
        for part in ["", "/bin", "/lib", "/lib/hermit", "/share"] {
            let folder = prefix + part
            let existing = files.fileExists(atPath: folder) ? folder : place
            guard files.isWritableFile(atPath: existing) else {
                throw ToolError("\(existing): may not be written to; choose another --prefix, or be root")
            }
        }
        if files.fileExists(atPath: home), !files.fileExists(atPath: home + "/" + Self.mark) {
            throw ToolError("\(home): is there and is no installation of Hermit's; nothing was changed")
        }
    }

    /// - Parameter tool: The executable; `nil`: one is built.
    func make(tool: String?) async throws {
        let executable = try await self.executable(tool)
        try await Terminal.step("installing to \(prefix)") {
            do {
                try copyHome()
                try link(executable)
                try copyDocuments()
            } catch let error as CocoaError {
                throw ToolError("\(prefix): can't be written: \(error.localizedDescription)")
            }
        }
        let bin = prefix + "/bin"
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        Terminal.say(path.contains(bin) ? "type: hermit --help" : "put \(bin) into PATH, and type: hermit --help")
    }

    /// The tool for use: optimised, and without a need for the toolchain's libraries where it can be.
    private func executable(_ tool: String?) async throws -> String {
        if let tool {
            guard FileManager.default.isExecutableFile(atPath: tool) else {
                throw ToolError("\(tool): is no executable file")
            }
            return tool
        }
        let scratch = project.build + "/tool"
        let isStatic = FileManager.default.fileExists(atPath: sysroot.programs.toolchain + "/../lib/swift_static")
        _ = try await Terminal.step("building the tool (some minutes, the first time)") {
            try await sysroot.programs.run(
                "swift",
                [
                    "build", "-c", "release", "--product", "hermit", "--package-path", project.root,
                    "--scratch-path", scratch,
                ] + (isStatic ? ["--static-swift-stdlib"] : []))
        }
        // A quarter of it are symbols.
        let stripped = scratch + "/hermit"
        try await sysroot.programs.run(
            "llvm-objcopy", ["--strip-all", scratch + "/release/hermit", stripped])
        return stripped
    }

    /// Makes `lib/hermit` anew beside the old one, which goes when the new one is whole.
    private func copyHome() throws {
        let files = FileManager.default
        let new = home + ".new"
        try? files.removeItem(atPath: new)
        try files.createDirectory(atPath: new, withIntermediateDirectories: true)
        try files.copyItem(atPath: sysroot.path, toPath: new + "/sysroot")
        // What it was made from, which nobody will ask for.
        for stamp in ["share/hermit/c-library.stamp", "lib/traced/stamp"] {
            try? files.removeItem(atPath: new + "/sysroot/" + stamp)
        }
        for kind in LoaderKind.allCases {
            try files.copyItem(
                atPath: sysroot.linkedLoader(kind), toPath: new + "/loader-" + kind.rawValue)
        }
        try copyPackage(to: new + "/swift/hermit")

        // What names its own place.
        let installed = Sysroot(
            project: Project(installed: home), programs: sysroot.programs, isVerbose: false)
        for isTraced in [false, true] {
            let toolset = SwiftToolset(
                library: installed.library(isTraced: isTraced), script: installed.linkerScript,
                toolchain: sysroot.programs.toolchain)
            try toolset.json.write(
                toFile: new + installed.toolset(isTraced: isTraced).dropFirst(home.count),
                atomically: true, encoding: .utf8)
            if isTraced { continue }
            try SwiftSDK(toolset: toolset, version: project.version())
                .write(below: new + "/sysroot/share/swift/sdks")
        }
        let drivers = CompilerDrivers(sysroot: installed.path, toolchain: sysroot.programs.toolchain)
        try drivers.write(below: new + "/sysroot")
        try (project.version() + "\n").write(toFile: new + "/" + Self.mark, atomically: true, encoding: .utf8)
        let old = home + ".old"
        try? files.removeItem(atPath: old)
        if files.fileExists(atPath: home) { try files.moveItem(atPath: home, toPath: old) }
        try files.moveItem(atPath: new, toPath: home)
        try? files.removeItem(atPath: old)
    }

    /// A package with the library Hermit alone, which needs no other package.
    private func copyPackage(to folder: String) throws {
        let files = FileManager.default
        for part in Self.packageParts {
            let place = folder + "/" + part
            try files.createDirectory(
                atPath: URL(fileURLWithPath: place).deletingLastPathComponent().path,
                withIntermediateDirectories: true)
            try files.copyItem(atPath: project.root + "/" + part, toPath: place)
        }
        try files.removeItem(atPath: folder + "/include/newlib")
        try Self.manifest.write(toFile: folder + "/Package.swift", atomically: true, encoding: .utf8)
    }

    private static let manifest = """
        // swift-tools-version: 6.2
        import PackageDescription

        let package = Package(
            name: "hermit",
            platforms: [.macOS(.v15)],
            products: [.library(name: "Hermit", targets: ["Hermit"])],
            targets: [
                .systemLibrary(name: "CHermit", path: "include"),
                .target(name: "CHermitStart", path: "Sources/HermitStart"),
                .target(
                    name: "Hermit", dependencies: ["CHermit", "CHermitStart"],
                    swiftSettings: [
                        .strictMemorySafety(), .enableExperimentalFeature("RawLayout"),
                        .enableExperimentalFeature("BuiltinModule"),
                    ]),
            ],
            swiftLanguageModes: [.v6]
        )

        """

    /// `bin`: the tool, and links to the compiler's programs.
    private func link(_ executable: String) throws {
        let files = FileManager.default
        let bin = prefix + "/bin"
        try files.createDirectory(atPath: bin, withIntermediateDirectories: true)
        // A running tool keeps its file.
        let new = bin + "/.hermit.new"
        try Sysroot.replace(new, with: executable)
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: new)
        try? files.removeItem(atPath: bin + "/hermit")
        try files.moveItem(atPath: new, toPath: bin + "/hermit")
        for name in try files.contentsOfDirectory(atPath: home + "/sysroot/bin") {
            let link = bin + "/" + name
            try? files.removeItem(atPath: link)
            try files.createSymbolicLink(
                atPath: link, withDestinationPath: "../lib/hermit/sysroot/bin/" + name)
        }
    }

    private func copyDocuments() throws {
        let files = FileManager.default
        let folder = prefix + "/share/doc/hermit"
        try? files.removeItem(atPath: folder)
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["README.md", "LICENSE-APACHE", "LICENSE-MIT"] {
            try files.copyItem(atPath: project.root + "/" + name, toPath: folder + "/" + name)
        }
        try files.copyItem(atPath: project.root + "/docs", toPath: folder + "/docs")
    }
}
