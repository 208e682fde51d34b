import Foundation

/// One compiled source file. It is out of date when the source, a header that
/// the compiler read for it, or the command has changed since.
struct ObjectFile: Sendable {
    let source: String
    /// The object file.
    let path: String
    private let compiler: Programs
    private let words: [String]

    /// - Parameters:
    ///   - source: A file of C, C++ or assembly.
    ///   - folder: Where the object goes, beside others of the same program.
    init(source: String, folder: String, sysroot: Sysroot) {
        self.source = source
        compiler = sysroot.programs
        path = "\(folder)/\(URL(fileURLWithPath: source).lastPathComponent).o"
        words = [
            "--config=" + sysroot.compilerConfiguration, "-O2", "-g", "-MD", "-MF", path + ".d",
            "-c", source, "-o", path,
        ]
    }

    private var dependencyFile: String { path + ".d" }
    private var stamp: String { path + ".stamp" }

    /// What the object was made from, the files being those that the
    /// compiler named; `nil` when it has not yet named any.
    private var inputs: (fingerprint: Fingerprint, files: [String])? {
        guard let text = try? String(contentsOfFile: dependencyFile, encoding: .utf8) else {
            return nil
        }
        let files = DependencyList(makeRule: text).files
        var inputs = Fingerprint()
        inputs.add("object 1 " + compiler.toolchain + " " + words.joined(separator: " "))
        for file in files { inputs.add(path: file) }
        return (inputs, files)
    }

    var isUpToDate: Bool {
        FileManager.default.fileExists(atPath: path)
            && inputs?.fingerprint.matches(stamp: stamp) == true
    }

    func make() async throws {
        try? FileManager.default.removeItem(atPath: stamp)
        let start = Date()
        try await compiler.run("clang", words)
        // A file that was changed after the compiler had started may have
        // been read before: then the next build compiles it again.
        guard let (fingerprint, files) = inputs,
            !files.contains(where: { Self.modified($0) >= start })
        else { return }
        try fingerprint.write(stamp: stamp)
    }

    private static func modified(_ path: String) -> Date {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.modificationDate] as? Date ?? .distantFuture
    }
}
