import Foundation

/// The Linux kernel of Debian's for virtual machines ("cloud"), fetched once,
/// into the build's folder; nothing is installed.
struct DebianKernel {
    /// Where it lies.
    let folder: String

    /// The kernel's image, as QEMU boots it.
    var image: String { folder + "/kernel" }

    /// Its modules.
    var modules: String { folder + "/modules" }

    /// The package that it is from.
    var package: String {
        let text = try? String(contentsOfFile: folder + "/package", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }

    /// Fetches it, unless it is there. The newest at that time stays, so that
    /// measurements can be compared; who removes the folder gets a newer one.
    func make() async throws {
        let isThere = [image, modules].allSatisfy(FileManager.default.fileExists)
        if isThere, !package.isEmpty { return }
        guard Programs.locate("apt-get") != nil else {
            throw ToolError("the Linux guest is made of Debian's packages, and there is no apt-get here")
        }
        try await Terminal.step("fetching Debian's kernel for virtual machines (once; 35 MB)") {
            let work = folder + "/work"
            try? FileManager.default.removeItem(atPath: work)
            try FileManager.default.createDirectory(
                atPath: work, withIntermediateDirectories: true)
            try await unpack(work, package: try await download(to: work))
            try FileManager.default.removeItem(atPath: work)
        }
    }

    /// Downloads the package by what the system's apt knows; where that is
    /// nothing, or too old, by lists that are fetched into our folder.
    ///
    /// - Returns: The package's name.
    private func download(to work: String) async throws -> String {
        if let newest = try await Self.search([]),
            (try? await Self.download(newest, to: work, [])) != nil
        {
            return newest
        }
        let options = [
            "-o", "Dir::State::Lists=\(work)/lists", "-o", "Dir::Cache=\(work)/cache",
        ]
        for name in ["lists/partial", "cache/archives/partial"] {
            try FileManager.default.createDirectory(
                atPath: work + "/" + name, withIntermediateDirectories: true)
        }
        do {
            try await Self.apt("apt-get", ["-o", "APT::Update::Error-Mode=any", "update"], options)
            guard let newest = try await Self.search(options) else {
                throw ToolError("apt offers no package linux-image-*-cloud-amd64")
            }
            try await Self.download(newest, to: work, options)
            return newest
        } catch {
            throw ToolError(
                "Debian's archive can't be reached through apt-get (\(error)): there is no Linux guest to compare with")
        }
    }

    /// The newest package that apt's lists have.
    private static func search(_ options: [String]) async throws -> String? {
        let lines = try await apt(
            "apt-cache", ["search", "--names-only", "^linux-image-[0-9].*-cloud-amd64$"], options)
        return newest(of: lines.split(separator: "\n").map { String($0.prefix { $0 != " " }) })
    }

    private static func download(
        _ package: String, to folder: String, _ options: [String]
    ) async throws {
        try await apt("apt-get", ["download", package], options, in: folder)
    }

    @discardableResult
    private static func apt(
        _ program: String, _ words: [String], _ options: [String], in folder: String? = nil
    ) async throws -> String {
        // Our folders are not for apt's own user.
        let all = ["LC_ALL=C", program, "-q", "-o", "APT::Sandbox::User="] + options + words
        return try await Programs.run("/usr/bin/env", all, in: folder)
    }

    private func unpack(_ work: String, package: String) async throws {
        let files = FileManager.default
        guard
            let archive = try files.contentsOfDirectory(atPath: work)
                .first(where: { $0.hasSuffix(".deb") })
        else { throw ToolError("apt-get download \(package) brought no package") }
        try await Programs.run("/usr/bin/env", ["dpkg-deb", "-x", work + "/" + archive, work])
        guard
            let kernel = try files.contentsOfDirectory(atPath: work + "/boot")
                .first(where: { $0.hasPrefix("vmlinuz-") })
        else { throw ToolError("\(package) has no kernel in it") }
        // Since Debian 13 below /usr.
        guard
            let modules = ["/lib/modules", "/usr/lib/modules"].map({ work + $0 })
                .first(where: files.fileExists)
        else { throw ToolError("\(package) has no modules in it") }
        for (from, to) in [(work + "/boot/" + kernel, image), (modules, self.modules)] {
            try? files.removeItem(atPath: to)
            try files.moveItem(atPath: from, toPath: to)
        }
        try package.write(toFile: folder + "/package", atomically: true, encoding: .utf8)
    }

    /// Which of these packages has the newest kernel: names are compared
    /// with runs of digits as numbers.
    ///
    /// - Parameter names: As apt lists them.
    /// - Returns: `nil` where none has a kernel's version in its name.
    static func newest(of names: [String]) -> String? {
        names.filter { $0.wholeMatch(of: /linux-image-[0-9]+\.[0-9]+\.[0-9][^ ]*-cloud-amd64/) != nil }
            .max { version($0).lexicographicallyPrecedes(version($1)) }
    }

    private static func version(_ name: String) -> [Int] {
        name.matches(of: /[0-9]+/).map { Int($0.0) ?? 0 }
    }
}
