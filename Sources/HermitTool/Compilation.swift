import Foundation

/// A program in C, C++ or assembly: one file, or the files of a folder.
struct Compilation {
    let sysroot: Sysroot
    let sources: [String]
    /// The program's calls can be traced.
    let isTraced: Bool
    /// Where objects and the image go.
    let folder: String

    /// The suffixes of files that are compiled.
    private static let suffixes = [".c", ".cpp", ".cc", ".cxx", ".S"]

    /// Whether a file's name is one of C, C++ or assembly.
    static func isSource(_ name: String) -> Bool { suffixes.contains(where: name.hasSuffix) }

    /// - Parameter target: A source file, or a folder of such files.
    init(_ target: String, sysroot: Sysroot, isTraced: Bool = false) throws {
        self.sysroot = sysroot
        self.isTraced = isTraced
        var isFolder: ObjCBool = false
        _ = unsafe FileManager.default.fileExists(atPath: target, isDirectory: &isFolder)
        if isFolder.boolValue {
            sources = try FileManager.default.contentsOfDirectory(atPath: target)
                .filter(Self.isSource).sorted().map { target + "/" + $0 }
        } else {
            sources = [target]
        }
        guard !sources.isEmpty else { throw ToolError("\(target): there is no source file in it") }
        let full = URL(fileURLWithPath: target).resolvingSymlinksInPath().path
        let name = full.replacing("/", with: "_")
        folder = sysroot.project.kernelBuild + "/programs/" + name
    }

    /// Compiles and links what is out of date; the image's path.
    func make() async throws -> String {
        let lock = try BuildLock(folder: folder)
        defer { lock.release() }
        let objects = sources.map {
            ObjectFile(source: $0, folder: folder, sysroot: sysroot)
        }
        try await compile(objects.filter { !$0.isUpToDate })

        let image = folder + (isTraced ? "/image-traced" : "/image")
        let stamp = image + ".stamp"
        var inputs = Fingerprint()
        inputs.add("link 1 " + sysroot.programs.toolchain)
        for object in objects { inputs.add(path: object.path) }
        for input in sysroot.linkInputs { inputs.add(path: input) }
        if isTraced { inputs.add(path: sysroot.library(isTraced: true)) }
        if inputs.matches(stamp: stamp) && FileManager.default.fileExists(atPath: image) {
            return image
        }
        try? FileManager.default.removeItem(atPath: stamp)
        try await link(objects.map(\.path), to: image)
        try inputs.write(stamp: stamp)
        return image
    }

    /// Compiles as many files at once as there are processors. All that fail
    /// are reported, not the first alone.
    private func compile(_ objects: [ObjectFile]) async throws {
        let failure = await withTaskGroup(of: (any Error)?.self) { group in
            var failure: (any Error)?
            var running = 0
            for object in objects {
                if running >= ProcessInfo.processInfo.activeProcessorCount {
                    failure = (await group.next() ?? nil) ?? failure
                } else {
                    running += 1
                }
                group.addTask {
                    do { try await object.make() } catch { return error }
                    return nil
                }
            }
            for await result in group { failure = result ?? failure }
            return failure
        }
        if let failure { throw failure }
    }

    private func link(_ objects: [String], to image: String) async throws {
        let new = image + ".new"
        try await sysroot.programs.run(
            "clang",
            ["--config=" + sysroot.compilerConfiguration, "-Wl,--color-diagnostics=never", "-o", new]
                // Where -lhermit is looked for first.
                + (isTraced ? ["-L", sysroot.tracedLibraryFolder] : []) + objects)
        try ImageFile.markAsHermit(new)
        try? FileManager.default.removeItem(atPath: image)
        try FileManager.default.moveItem(atPath: new, toPath: image)
    }
}
