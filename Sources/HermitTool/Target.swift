import Foundation

/// What the user gives to be built and booted.
public enum Target: Equatable, Sendable {
    case image(String)
    case c(String)
    case swiftPackage(String)
    case port(String)

    /// Tells by what the path holds.
    public init(path: String) throws {
        var path = path
        while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ToolError("\(path): there is no such file or folder")
        }
        if isFolder.boolValue {
            if Port.isPort(path) {
                self = .port(path)
                return
            }
            if FileManager.default.fileExists(atPath: path + "/Package.swift") {
                self = .swiftPackage(path)
                return
            }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            guard names.contains(where: Compilation.isSource) else {
                throw ToolError("\(path): neither a Swift package, nor a port, nor a folder of C or C++ files")
            }
            self = .c(path)
        } else if Compilation.isSource(path) {
            self = .c(path)
        } else {
            self = .image(path)
        }
    }

    /// The name that the program sees as its own.
    ///
    /// - Parameter product: The one that was asked for, of a port with several.
    public func name(product: String? = nil) throws -> String {
        let path =
            switch self {
            case .image(let path), .c(let path), .swiftPackage(let path): path
            case .port(let path): try Port.program(product, of: Port.recipe(path), path) ?? path
            }
        let last = URL(fileURLWithPath: path).lastPathComponent
        guard Compilation.isSource(last) else { return last }
        return URL(fileURLWithPath: last).deletingPathExtension().lastPathComponent
    }

    /// Builds what is out of date; the image's path.
    ///
    /// - Parameter isTraced: The program's calls can be traced. An image that
    ///   is linked already stays as it is.
    func image(sysroot: Sysroot, product: String?, isTraced: Bool) async throws -> String {
        switch self {
        case .image(let path): return path
        case .c(let path):
            try await sysroot.makeWithCLibrary()
            if isTraced { try await sysroot.makeTraced() }
            return try await Compilation(path, sysroot: sysroot, isTraced: isTraced).make()
        case .swiftPackage(let path):
            if isTraced { try await sysroot.makeTraced() }
            return try await SwiftProgram(
                package: path, sysroot: sysroot, product: product, isTraced: isTraced
            ).make()
        case .port(let path):
            if isTraced { throw ToolError("--strace: \(path) is linked by its own build; trace it with gdb") }
            try await sysroot.makeWithCLibrary()
            return try await Port(path, sysroot: sysroot).image(product: product)
        }
    }
}
