/// The programs of the host's that a port's build calls.
struct HostPrograms {
    private let programs: [Recipe.HostProgram]

    /// - Parameter patches: There are patches to apply.
    init(_ needs: [Recipe.HostProgram], patches: Bool) {
        let usual = [("make", "make"), ("tar", "tar"), ("xz", "xz-utils"), ("bzip2", "bzip2")]
        programs = (usual + (patches ? [("patch", "patch")] : [])).map {
            Recipe.HostProgram(name: $0.0, package: $0.1)
        } + needs
    }

    /// Those that are not there.
    var missing: [Recipe.HostProgram] { programs.filter { Programs.locate($0.name) == nil } }

    /// Installs what is missing, if this process may do that; otherwise the
    /// error names the packages and is the command to type.
    func install(_ project: Project) async throws {
        var packages: [String] = []
        for package in missing.map(\.package) where !packages.contains(package) { packages.append(package) }
        try await Setup.install(packages, project) { missing.isEmpty }
        guard let program = missing.first else { return }
        throw ToolError("\(program.name) is still missing after the installation of \(program.package)")
    }
}
