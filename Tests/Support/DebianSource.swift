import Foundation
import Subprocess

/// Sources of Debian packages as their authors published them, fetched through
/// apt and kept where `hermit run` keeps those of ports. The system's own list
/// of sources stays as it is: apt gets one of ours, made from the mirrors that
/// it uses.
package enum DebianSource {
    private static let folder = Hermit.root + "/.build/hermit/ports/archives"

    /// The archive of a package's original source.
    ///
    /// - Throws: A `Hermit.Failure` that says why it can't be had.
    package static func archive(_ package: String) async throws -> String {
        if let archive = fetched(package) { return archive }
        return try await fetches.archive(package)
    }

    /// Those who want the same package at once wait for one that fetches it.
    private actor Fetches {
        private var tasks: [String: Task<String, any Error>] = [:]

        func archive(_ package: String) async throws -> String {
            let task = tasks[package] ?? Task { try await DebianSource.fetch(package) }
            tasks[package] = task
            return try await task.value
        }
    }

    private static let fetches = Fetches()

    private static func fetch(_ package: String) async throws -> String {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/apt-get") else {
            throw Hermit.Failure(description: "there is no apt-get")
        }
        // A process of its own keeps what it makes, whoever else fetches.
        let work = "\(folder)/\(ProcessInfo.processInfo.processIdentifier)-\(package)"
        for part in ["lists/partial", "cache/archives/partial"] {
            try FileManager.default.createDirectory(
                atPath: work + "/" + part, withIntermediateDirectories: true)
        }
        defer { try? FileManager.default.removeItem(atPath: work) }
        let mirrors = try await mirrors()
        var failure: Hermit.Failure? = nil
        // A mirror may announce what it has not got, and another have it.
        let single = mirrors.count > 1 ? mirrors.map { [$0] } : []
        for list in [mirrors] + single {
            failure = try await fetch(package, from: list, in: work)
            if failure == nil { break }
        }
        if let failure { throw failure }
        let names = try FileManager.default.contentsOfDirectory(atPath: work)
        guard let name = names.first(where: isOriginal) else {
            throw Hermit.Failure(description: "\(package) has no original archive")
        }
        let place = folder + "/" + package
        try FileManager.default.createDirectory(
            atPath: place, withIntermediateDirectories: true)
        try? FileManager.default.moveItem(atPath: work + "/" + name, toPath: place + "/" + name)
        guard let archive = fetched(package) else {
            throw Hermit.Failure(description: "\(place): nothing has come")
        }
        return archive
    }

    /// Why a package's source can't be had here; `nil` when it can.
    package static func obstacle(_ package: String) async -> String? {
        do {
            _ = try await archive(package)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static func isOriginal(_ name: String) -> Bool {
        name.contains(".orig.tar.") && !name.hasSuffix(".asc")
    }

    private static func fetched(_ package: String) -> String? {
        let place = folder + "/" + package
        let names = try? FileManager.default.contentsOfDirectory(atPath: place)
        return names?.first(where: isOriginal).map { place + "/" + $0 }
    }

    /// Fetches a package's source into a folder; why that failed.
    private static func fetch(
        _ package: String, from mirrors: [String], in work: String
    ) async throws -> Hermit.Failure? {
        try (mirrors.joined(separator: "\n") + "\n").write(
            toFile: work + "/sources.list", atomically: true, encoding: .utf8)
        let options = [
            "-q", "-o", "Dir::Etc::SourceList=\(work)/sources.list", "-o",
            "Dir::Etc::SourceParts=/dev/null", "-o", "Dir::State::Lists=\(work)/lists", "-o",
            "Dir::Cache=\(work)/cache",
        ]
        for words in [["update"], ["source", "--download-only", package]] {
            let result = try await Hermit.command(
                "/usr/bin/timeout", ["300", "/usr/bin/apt-get"] + options + words, in: work)
            guard result.status == 0 else {
                return Hermit.Failure(
                    description: "apt-get \(words.joined(separator: " ")) failed: \(result.errors)")
            }
        }
        return nil
    }

    /// Where the system's own apt gets Debian's packages from, as entries of a
    /// list of sources.
    private static func mirrors() async throws -> [String] {
        let keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
        let result = try await Hermit.command(
            "/usr/bin/apt-get",
            [
                "indextargets", "--format",
                "deb-src [signed-by=\(keys)] $(REPO_URI) $(RELEASE) $(COMPONENT)",
                "Created-By: Packages", "Origin: Debian", "Component: main",
            ])
        let lines = Set(result.text.split(separator: "\n").map(String.init)).sorted()
        guard result.status == 0, !lines.isEmpty else {
            throw Hermit.Failure(description: "apt knows no mirror of Debian's")
        }
        return lines
    }
}
