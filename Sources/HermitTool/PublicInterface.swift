/// Which symbols of the kernel an application sees, and under which names.
///
/// The functions of the ABI are those that the headers declare and the kernel
/// defines. Their implementations get the reserved prefix, as every other
/// global symbol does; the gate takes the name (see `EntryGate`). So an
/// application may define any name that lacks the prefix.
public struct PublicInterface: Equatable, Sendable {
    /// Reserved: no application's symbol starts with it.
    public static let prefix = "__hermit_kernel_"
    /// The image's entry.
    public static let entry = "_start"
    /// What the application gives.
    public static let applicationEntry = "runtime_entry"
    /// Symbols that the linker makes.
    static let linkerDefined: Set<String> = ["__ehdr_start", "_GLOBAL_OFFSET_TABLE_", "_DYNAMIC"]

    /// The functions of the ABI that the kernel implements, sorted.
    public let functions: [String]
    /// The kernel's other global symbols, sorted.
    public let hidden: [String]
    /// What the kernel refers to and nobody gives, sorted: empty in a sound kernel.
    public let missing: [String]

    /// - Parameters:
    ///   - headers: The texts of the ABI's headers.
    ///   - symbols: The kernel's symbols.
    public init(headers: [String], symbols: SymbolTable) {
        let declared = Set(headers.flatMap(Self.functions(declaredIn:)))
        functions = symbols.defined.intersection(declared).sorted()
        hidden = symbols.defined.subtracting(functions).subtracting([Self.entry]).sorted()
        missing = symbols.missing.subtracting(Self.linkerDefined)
            .subtracting([Self.applicationEntry]).sorted()
    }

    /// The `sys_` names in front of a parenthesis; what stands in comments does not count.
    static func functions(declaredIn header: String) -> Set<String> {
        let code = header.replacing(/\/\*(?s:.*?)\*\/|\/\/[^\n]*/, with: " ")
        return Set(code.matches(of: /\b(sys_[a-z0-9_]+)\s*\(/).map { String($0.1) })
    }

    /// For `llvm-objcopy --redefine-syms`: everything but the entry gets the prefix.
    public var renaming: String {
        (functions + hidden).map { "\($0) \(Self.prefix)\($0)\n" }.joined()
    }

    /// For `llvm-objcopy --set-symbols-visibility`: the renamed symbols, one a line.
    public var renamed: String {
        (functions + hidden).map { "\(Self.prefix)\($0)\n" }.joined()
    }
}
