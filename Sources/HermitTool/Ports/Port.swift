import Foundation
import Subprocess
import SystemPackage

/// A program or a library of others, built from Debian's source package by a
/// recipe: a folder with a `Portfile` and what belongs to it.
struct Port {
    /// The folder with the recipe.
    let folder: String
    let recipe: Recipe
    let sysroot: Sysroot
    /// The ports whose libraries it uses, each behind those that it uses itself.
    let dependencies: [Port]

    static let recipeName = "Portfile"
    /// Of a build that fails, so many lines of its log are shown.
    private static let shownLines = 30

    static func isPort(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: folder + "/" + recipeName)
    }

    /// Reads a port's recipe.
    static func recipe(_ folder: String) throws -> Recipe {
        let path = folder + "/" + recipeName
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8) else {
            throw ToolError("\(path): can't be read as text")
        }
        return try RecipeReader(path: path).read(text)
    }

    /// - Parameter users: The folders of the ports that want this one.
    init(_ folder: String, sysroot: Sysroot, users: [String] = []) throws {
        let real = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        self.folder = real
        self.sysroot = sysroot
        recipe = try Self.recipe(real)
        guard !users.contains(real) else {
            let names = (users + [real]).map { URL(fileURLWithPath: $0).lastPathComponent }
            throw ToolError("the ports depend on each other in a circle: \(names.joined(separator: ", "))")
        }
        var all: [Port] = []
        for name in recipe.depends {
            let place = URL(fileURLWithPath: real).deletingLastPathComponent().path + "/" + name
            guard Self.isPort(place) else {
                throw ToolError("\(real)/\(Self.recipeName): depends: there is no port in \(place)")
            }
            let port = try Port(place, sysroot: sysroot, users: users + [real])
            for one in port.dependencies + [port] where !all.contains(where: { $0.folder == one.folder }) {
                all.append(one)
            }
        }
        dependencies = all
    }

    var name: String { URL(fileURLWithPath: folder).lastPathComponent }

    /// Everything of it that is built lies below this.
    private var work: String {
        sysroot.project.kernelBuild + "/ports/" + folder.replacing("/", with: "_")
    }
    private var source: String { work + "/source" }
    private var log: String { work + "/log" }
    private var stamp: String { work + "/stamp" }
    /// What the port was unpacked and built from, but for the kernel.
    private var inputStamp: String { work + "/inputs.stamp" }
    /// What the port installs for others.
    private var prefix: String { work + "/prefix" }
    /// The guest's files: the port's own folder `files`, and what the build adds.
    private var files: String { work + "/files" }
    private var archives: String { sysroot.project.build + "/ports/archives" }

    /// The files that come with the image, if there are any.
    var initrd: String? {
        let names = try? FileManager.default.contentsOfDirectory(atPath: files)
        return names?.isEmpty == false ? files : nil
    }

    /// Builds what is out of date; the path of the image.
    ///
    /// - Parameter product: The image's name, where it is not the first.
    func image(product: String?) async throws -> String {
        guard let program = try Self.program(product, of: recipe, name) else {
            throw ToolError("\(name): is a library, and there is nothing of it to boot")
        }
        try await make()
        return source + "/" + program
    }

    /// The path of a recipe's image in its source's folder; `nil` for a library.
    static func program(_ product: String?, of recipe: Recipe, _ name: String) throws -> String? {
        guard let product else { return recipe.programs.first }
        let last = { (path: String) in path.split(separator: "/").last.map(String.init) ?? path }
        guard let program = recipe.programs.first(where: { last($0) == product }) else {
            let names = recipe.programs.map(last).joined(separator: ", ")
            throw ToolError("\(name): has no program \(product)\(names.isEmpty ? "" : "; there are: \(names)")")
        }
        return program
    }

    /// Builds what is out of date of the port and of those it depends on.
    func make() async throws {
        for port in dependencies { try await port.makeAlone() }
        try await makeAlone()
    }

    private func makeAlone() async throws {
        let lock = try BuildLock(folder: work)
        defer { lock.release() }
        try await HostPrograms(recipe.needs, patches: !recipe.patches.isEmpty).install(sysroot.project)
        let archive = try await DebianArchive(package: recipe.source, folder: archives).fetch()

        var inputs = Fingerprint()
        inputs.add("port 1 " + sysroot.programs.toolchain)
        inputs.add(path: folder)
        inputs.add(path: archive)
        for port in dependencies { inputs.add(path: port.inputStamp) }
        let libraries = CLibrary(project: sysroot.project, programs: sysroot.programs)
        inputs.add(path: libraries.stamp)
        inputs.add(path: sysroot.compilerConfiguration)
        // The kernel is linked with images alone: a change of it asks for no more than that.
        var links = inputs
        for input in sysroot.linkInputs where !recipe.programs.isEmpty { links.add(path: input) }
        for copy in recipe.files { links.add(path: place(copy)) }
        let images = recipe.programs.map { source + "/" + $0 }
        let areThere = images.allSatisfy { FileManager.default.fileExists(atPath: $0) }
        if areThere && links.matches(stamp: stamp) { return }

        let isUnpacked = inputs.matches(stamp: inputStamp)
        for path in [stamp] + images { try? FileManager.default.removeItem(atPath: path) }
        if !isUnpacked {
            try? FileManager.default.removeItem(atPath: inputStamp)
            try await unpack(archive)
            for patch in recipe.patches { try await apply(patch) }
        }
        try await Terminal.step("building \(name); its log is \(log)") { try await build() }
        for (image, path) in zip(images, recipe.programs) where !FileManager.default.fileExists(atPath: image) {
            throw ToolError("\(name): the build has made no \(path); its log is \(log)")
        }
        for image in images { try ImageFile.check(image) }
        if !isUnpacked { try inputs.write(stamp: inputStamp) }
        try links.write(stamp: stamp)
    }

    /// Unpacks the archive, without the one folder that everything is in.
    private func unpack(_ archive: String) async throws {
        try Self.empty(source)
        try Self.empty(prefix)
        try await Programs.run("/usr/bin/env", ["tar", "-xf", archive, "--strip-components=1", "-C", source])
    }

    /// Makes a folder with nothing in it.
    private static func empty(_ folder: String) throws {
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// A folder of the host's whose files the guest gets; the recipe says where it is from its own.
    private func place(_ copy: Recipe.FolderCopy) -> String { folder + "/" + copy.folder }

    private func copyFiles() throws {
        try Self.empty(files)
        let own = Recipe.FolderCopy(folder: "files", path: "/")
        let copies = (FileManager.default.fileExists(atPath: place(own)) ? [own] : []) + recipe.files
        for copy in copies {
            guard FileManager.default.fileExists(atPath: place(copy)) else {
                throw ToolError("\(folder)/\(Self.recipeName): files: there is no folder \(place(copy))")
            }
            try FileManager.default.createDirectory(atPath: files + copy.path, withIntermediateDirectories: true)
            try CLibrary.copy(place(copy), over: files + copy.path)
        }
    }

    private func apply(_ patch: String) async throws {
        let path = folder + "/" + patch
        guard FileManager.default.fileExists(atPath: path) else {
            throw ToolError("\(path): there is no such patch")
        }
        let result = try await Subprocess.run(
            .name("patch"), arguments: ["-p1", "--batch", "--forward", "--fuzz=0", "--no-backup-if-mismatch", "-i", path],
            workingDirectory: FilePath(source), output: .bytes(limit: 1 << 20), error: .bytes(limit: 1 << 20))
        guard result.terminationStatus.isSuccess else {
            let said = String(decoding: result.standardOutput + result.standardError, as: UTF8.self)
            throw ToolError("\(path): the patch does not apply to the source of \(recipe.source):\n\(said)")
        }
    }

    private func build() async throws {
        try copyFiles()
        let script = work + "/build.sh"
        try recipe.build.write(toFile: script, atomically: true, encoding: .utf8)
        try? FileManager.default.removeItem(atPath: log)
        let descriptor = try unsafe FileDescriptor.open(
            log, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: [.ownerReadWrite, .groupRead, .otherRead])
        let result = try await Subprocess.run(
            .path("/bin/sh"), arguments: ["-eux", script], environment: environment,
            workingDirectory: FilePath(source), input: .none,
            output: .fileDescriptor(descriptor, closeAfterSpawningProcess: false),
            error: .fileDescriptor(descriptor, closeAfterSpawningProcess: true))
        guard result.terminationStatus.isSuccess else {
            let text = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
            Terminal.write(text.split(separator: "\n").suffix(Self.shownLines).joined(separator: "\n") + "\n")
            throw ToolError("\(name): the build failed; all that it said is in \(log)")
        }
    }

    /// What a build finds in its environment: the tools by the names that make
    /// and configure scripts know, and where things are. What the user's own
    /// builds are given is for another machine.
    private var environment: Environment {
        let tool = { (name: String) in "\(sysroot.path)/bin/x86_64-hermit-\(name)" }
        let used = dependencies.map(\.prefix)
        let values: [Environment.Key: String?] = [
            "PATH": "\(sysroot.path)/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"),
            "LC_ALL": "C.UTF-8",
            "CONFIG_SITE": sysroot.path + "/share/config.site",
            "CC": tool("cc"), "CXX": tool("c++"), "AR": tool("ar"), "RANLIB": tool("ranlib"), "NM": tool("nm"),
            "STRIP": tool("strip"), "CC_FOR_BUILD": sysroot.programs.toolchain + "/clang",
            "CPPFLAGS": used.map { "-I\($0)/include" }.joined(separator: " "),
            "LDFLAGS": used.map { "-L\($0)/lib" }.joined(separator: " "),
            "PKG_CONFIG_LIBDIR": used.map { $0 + "/lib/pkgconfig" }.joined(separator: ":"),
            "MAKEFLAGS": "-j\(ProcessInfo.processInfo.activeProcessorCount)",
            "SYSROOT": sysroot.path, "PORT": folder, "FILES": files, "PREFIX": prefix,
            "CFLAGS": nil, "CXXFLAGS": nil, "LIBS": nil, "CPATH": nil, "C_INCLUDE_PATH": nil, "LIBRARY_PATH": nil,
            "DESTDIR": nil, "MAKELEVEL": nil, "MFLAGS": nil, "PKG_CONFIG_PATH": nil,
        ]
        return .inherit.updating(values)
    }
}
