import Foundation
import Subprocess
import SystemPackage

/// A Debian source package as its authors published it, fetched through apt
/// and kept. The system's own list of sources stays as it is: apt gets one of
/// ours, made from the mirrors that it uses. That needs no rights.
struct DebianArchive {
    let package: String
    /// Where archives are kept, each in a folder of its package's name.
    let folder: String
    /// apt's program; `nil` where there is none.
    var apt = Programs.locate("apt-get")

    /// The limit of each of apt's steps, in seconds.
    private static let limit = 300
    /// Of what apt says, so much goes to the user.
    private static let mostLines = 12

    private var place: String { folder + "/" + package }

    /// The archive that was fetched before.
    var kept: String? {
        let names = try? FileManager.default.contentsOfDirectory(atPath: place)
        return names?.first(where: Self.isOriginal).map { place + "/" + $0 }
    }

    /// The archive's path, fetched where it is not there.
    ///
    /// - Throws: A `ToolError` with what apt said.
    func fetch() async throws -> String {
        if let kept { return kept }
        let lock = try BuildLock(folder: folder)
        defer { lock.release() }
        if let kept { return kept }
        guard let apt else {
            throw ToolError(
                "the source package \(package) is not there, and no apt-get to fetch it: put its .orig.tar archive in \(place)")
        }
        return try await Terminal.step("fetching the source of \(package) with apt") {
            let work = folder + "/.work"
            try? FileManager.default.removeItem(atPath: work)
            for part in ["lists/partial", "cache/archives/partial"] {
                try FileManager.default.createDirectory(
                    atPath: work + "/" + part, withIntermediateDirectories: true)
            }
            defer { try? FileManager.default.removeItem(atPath: work) }
            try await download(with: apt, in: work)
            let names = try FileManager.default.contentsOfDirectory(atPath: work)
            guard let name = names.first(where: Self.isOriginal) else {
                throw ToolError("the source package \(package) has no archive of its authors'")
            }
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            try FileManager.default.moveItem(atPath: work + "/" + name, toPath: place + "/" + name)
            return place + "/" + name
        }
    }

    /// Further archives of a package (`NAME.orig-COMPONENT.tar`) are none.
    static func isOriginal(_ name: String) -> Bool {
        name.contains(".orig.tar.") && !name.hasSuffix(".asc")
    }

    private func download(with apt: String, in work: String) async throws {
        let all = try await mirrors(apt)
        // A mirror may announce what it has not got, and another have it.
        let single = all.count > 1 ? all.map { [$0] } : []
        var first: String? = nil
        for list in [all] + single {
            guard let said = try await download(from: list, with: apt, in: work) else { return }
            first = first ?? said
        }
        throw ToolError("apt can't fetch the source package \(package):\n\(first ?? "")")
    }

    /// What apt said when it failed; `nil` when the package is there.
    private func download(from mirrors: [String], with apt: String, in work: String) async throws -> String? {
        try (mirrors.joined(separator: "\n") + "\n").write(
            toFile: work + "/sources.list", atomically: true, encoding: .utf8)
        let options = [
            "-q", "-o", "Dir::Etc::SourceList=\(work)/sources.list", "-o", "Dir::Etc::SourceParts=/dev/null",
            "-o", "Dir::State::Lists=\(work)/lists", "-o", "Dir::Cache=\(work)/cache",
        ]
        for words in [["update"], ["source", "--download-only", package]] {
            let result = try await Subprocess.run(
                .name("timeout"), arguments: Arguments(["\(Self.limit)", apt] + options + words),
                environment: .inherit.updating(["LC_ALL": "C.UTF-8"]), workingDirectory: FilePath(work),
                output: .bytes(limit: 16 << 20), error: .bytes(limit: 16 << 20))
            if result.terminationStatus.isSuccess { continue }
            let lines = String(decoding: result.standardError, as: UTF8.self).split(separator: "\n")
            let errors = lines.filter { $0.hasPrefix("E:") }
            let told = (errors.isEmpty ? lines : errors).suffix(Self.mostLines)
            return told.isEmpty ? "apt-get \(words[0]) ended with \(result.terminationStatus)" : told.joined(separator: "\n")
        }
        return nil
    }

    /// Where the system's own apt gets Debian's packages from, as entries of a
    /// list of sources.
    private func mirrors(_ apt: String) async throws -> [String] {
        let keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
        let text = try await Programs.run(
            apt,
            [
                "indextargets", "--format", "deb-src [signed-by=\(keys)] $(REPO_URI) $(RELEASE) $(COMPONENT)",
                "Created-By: Packages", "Origin: Debian", "Component: main",
            ])
        let lines = Set(text.split(separator: "\n").map(String.init)).sorted()
        guard !lines.isEmpty else {
            throw ToolError("apt knows no mirror of Debian's: type apt-get update, or put the .orig.tar archive of \(package) in \(place)")
        }
        return lines
    }
}
