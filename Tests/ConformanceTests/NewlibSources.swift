import Foundation
import TestSupport

/// newlib's own tests, from the source that the sysroot's C library is built of.
enum NewlibSources {
    private static let place = "/usr/src/newlib"
    private static let folder = Hermit.root + "/.build/conformance/newlib"
    /// Programs and headers of ours that the tests want.
    static let additions = Hermit.root + "/Tests/Programs/newlib"

    /// The folder `newlib` of the source, with its tests only.
    static func unpacked() async throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: place)
        guard let archive = names.filter({ $0.contains(".tar") }).max() else {
            throw Hermit.Failure(description: "the package newlib-source has no archive")
        }
        let tests = folder + "/" + archive
        if !FileManager.default.fileExists(atPath: tests) {
            let work = tests + ".\(ProcessInfo.processInfo.processIdentifier)"
            try FileManager.default.createDirectory(
                atPath: work, withIntermediateDirectories: true)
            let result = try await Hermit.command(
                "/usr/bin/env",
                [
                    "tar", "-C", work, "-xf", place + "/" + archive, "--strip-components=2",
                    "--wildcards", "*/newlib/testsuite", "*/newlib/libm/test",
                ])
            guard result.status == 0 else {
                throw Hermit.Failure(description: "tar of \(archive): \(result.errors)")
            }
            // Another process may have been faster.
            try? FileManager.default.moveItem(atPath: work, toPath: tests)
        }
        return tests
    }

    /// Compiles C for Hermit; the image's path.
    ///
    /// - Parameter compiler: The path of the host's, to compile for the host.
    static func compile(
        _ words: [String], to image: String, compiler: String? = nil
    ) async throws -> String {
        let path: String
        if let compiler { path = compiler } else {
            path = try await Hermit.sysroot() + "/bin/x86_64-hermit-cc"
        }
        let result = try await Hermit.command(path, words + ["-o", image, "-lm"])
        guard result.status == 0 else { throw Hermit.Failure(description: result.errors) }
        return image
    }
}
