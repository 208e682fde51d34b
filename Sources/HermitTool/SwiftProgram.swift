import Foundation

/// An application that is a Swift package.
struct SwiftProgram {
    let package: String
    let sysroot: Sysroot
    let product: String?
    /// Its calls can be traced.
    let isTraced: Bool

    /// Builds what is out of date; the image's path.
    func make() async throws -> String {
        let kernel = sysroot.project.kernel
        let scratch =
            package + "/.build/hermit" + (kernel == .release ? "" : "-" + kernel.rawValue)
            + (isTraced ? "-traced" : "")
        let toolset = sysroot.toolset(isTraced: isTraced)
        let common = [
            "build", "-c", "release", "--package-path", package, "--triple", Sysroot.triple,
            "--toolset", toolset, "--scratch-path", scratch,
        ]
        var inputs = Fingerprint()
        inputs.add("swift 1 " + sysroot.programs.toolchain + " " + (product ?? ""))
        inputs.add(path: package)
        inputs.add(path: sysroot.library(isTraced: isTraced))
        inputs.add(path: toolset)
        let stamp = scratch + "/hermit.stamp"
        let note = scratch + "/hermit.image"
        if inputs.matches(stamp: stamp),
            let image = try? String(contentsOfFile: note, encoding: .utf8),
            FileManager.default.fileExists(atPath: image)
        {
            return image
        }
        try? FileManager.default.removeItem(atPath: stamp)
        // An executable is linked again only when its objects changed, and
        // libhermit.a is not among them: the old one goes.
        let name = try await productName()
        let image = "\(scratch)/\(Sysroot.triple)/release/\(name)"
        try? FileManager.default.removeItem(atPath: image)
        _ = try await Terminal.step("building \(name)") {
            try await sysroot.programs.run("swift", common + ["--product", name])
        }
        try ImageFile.check(image)
        try ImageFile.markAsHermit(image)
        try image.write(toFile: note, atomically: true, encoding: .utf8)
        try inputs.write(stamp: stamp)
        return image
    }

    /// The executable product that was asked for, or the only one.
    private func productName() async throws -> String {
        if let product { return product }
        let text = try await sysroot.programs.run(
            "swift",
            [
                "package", "--package-path", package, "--scratch-path", package + "/.build/hermit",
                "describe", "--type", "json",
            ])
        struct Description: Decodable {
            struct Target: Decodable {
                let name: String
                let type: String
                let product_memberships: [String]?
            }
            let targets: [Target]
        }
        let description = try JSONDecoder().decode(Description.self, from: Data(text.utf8))
        let executables = description.targets.filter { $0.type == "executable" }
        guard executables.count == 1, let only = executables.first else {
            let names = executables.map(\.name).joined(separator: ", ")
            throw ToolError(
                names.isEmpty
                    ? "\(package): the package has no executable"
                    : "\(package): which one, of \(names)? Say --product NAME")
        }
        return only.product_memberships?.first ?? only.name
    }
}
