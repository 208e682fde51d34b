/// What the user gives to be built and booted.
public enum Target: Equatable, Sendable {
    case image(String)
    case c(String)
    case swiftPackage(String)

    /// Tells by what the path holds. Any other file is taken for an image,
    /// and is checked as one.
    public init(path: String) throws {
        guard let entry = Files.entry(path) else {
            throw ToolError("\(path): there is no such file or folder")
        }
        if !entry.isFolder {
            self = path.hasSuffix(".c") ? .c(path) : .image(path)
        } else if Files.exists(path + "/Package.swift") {
            self = .swiftPackage(Files.resolved(path))
        } else if try Files.names(in: path).contains(where: { $0.hasSuffix(".c") }) {
            self = .c(path)
        } else {
            throw ToolError("\(path): neither a Swift package nor a folder of C files")
        }
    }

    private var path: String {
        switch self {
        case .image(let path), .c(let path), .swiftPackage(let path): path
        }
    }

    /// The name that the program sees as its own.
    public var name: String {
        let last = Files.name(Files.resolved(path))
        return last.hasSuffix(".c") ? String(last.dropLast(2)) : last
    }

    /// What can be checked before anything is built.
    func check() throws {
        if case .image(let path) = self { try ImageFile.check(path) }
    }

    /// Builds what is out of date; the image's path.
    func image(sysroot: Sysroot, product: String?) async throws -> String {
        switch self {
        case .image(let path): return path
        case .c(let path): return try await Compilation(path, sysroot: sysroot).make()
        case .swiftPackage(let path):
            return try await SwiftProgram(package: path, sysroot: sysroot, product: product).make()
        }
    }
}
