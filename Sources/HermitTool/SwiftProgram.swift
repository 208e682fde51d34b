/// An application that is a Swift package.
struct SwiftProgram {
    let package: String
    let sysroot: Sysroot
    /// The executable product to build; `nil`: the only one.
    let product: String?

    private var scratch: String { package + "/.build/hermit" }

    /// Builds what is out of date; the image's path.
    ///
    /// SwiftPM is asked each time, since it alone knows what a package is
    /// made of. It does nothing when nothing changed.
    func make() async throws -> String {
        let name = try await productName()
        let linked = "\(scratch)/\(Sysroot.triple)/release/\(name)"
        let image = "\(scratch)/\(name).image"
        var library = Fingerprint()
        library.add(sysroot.programs.identity)
        library.add(path: sysroot.library)
        library.add(path: sysroot.toolset)
        let stamp = image + ".library"
        if !library.matches(stamp: stamp) {
            // SwiftPM does not know that libhermit.a is linked in.
            try Files.remove(linked)
        }
        let isFirst = !Files.exists(linked)
        func build() async throws {
            let output = try await sysroot.programs.run(
                "swift",
                [
                    "build", "-c", "release", "--package-path", package, "--scratch-path", scratch,
                    "--triple", Sysroot.triple, "--toolset", sysroot.toolset, "--product", name,
                ])
            if output.contains("warning:") && !sysroot.programs.isVerbose {
                Terminal.write(output)
            }
        }
        if isFirst {
            try await Terminal.step("building \(name)") { try await build() }
        } else {
            try await build()
        }
        try library.write(stamp: stamp)

        var source = Fingerprint()
        source.add(path: linked)
        if Files.exists(image), source.matches(stamp: image + ".stamp") { return image }
        try ImageFile.check(linked)
        // SwiftPM's file stays as it is: it would be linked again otherwise.
        let new = image + ".new"
        try Files.write(try Files.read(linked), to: new)
        try ImageFile.markAsHermit(new)
        try Files.move(new, to: image)
        try source.write(stamp: image + ".stamp")
        return image
    }

    /// The executable product that was asked for, or the only one.
    private func productName() async throws -> String {
        if let product { return product }
        var manifest = Fingerprint()
        manifest.add(path: package + "/Package.swift")
        manifest.add(path: package + "/Sources")
        let stamp = scratch + "/products.stamp"
        let list = scratch + "/products"
        if !manifest.matches(stamp: stamp) || !Files.exists(list) {
            let output = try await sysroot.programs.run(
                "swift",
                [
                    "package", "--package-path", package, "--scratch-path", scratch,
                    "show-executables",
                ])
            try Files.createFolder(scratch)
            try Files.write(output, to: list)
            try manifest.write(stamp: stamp)
        }
        let products = Self.products(inListing: try Files.text(list))
        guard let only = products.first else {
            throw ToolError("\(package): the package has no executable")
        }
        guard products.count == 1 else {
            let names = products.joined(separator: ", ")
            throw ToolError("\(package): which one, of \(names)? Say --product NAME")
        }
        return only
    }

    /// The names that `swift package show-executables` lists; those of other
    /// packages have the package's name behind them.
    static func products(inListing text: String) -> [String] {
        text.split(separator: "\n").filter { !$0.contains(" (") }.map(String.init)
    }
}
