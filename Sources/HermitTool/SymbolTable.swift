/// The symbols of an archive's members, as `llvm-nm --format=posix` prints them.
public struct SymbolTable: Equatable {
    /// Global symbols that some member defines.
    public private(set) var defined: Set<String> = []
    /// Symbols that some member refers to and leaves to others.
    public private(set) var undefined: Set<String> = []

    /// Reads `NAME TYPE ...` lines; what has another form is passed over.
    public init(posixListing text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 2, words[1].count == 1, let type = words[1].first else { continue }
            let name = String(words[0])
            if type == "U" || type == "w" || type == "v" {
                undefined.insert(name)
            } else if type.isUppercase {
                defined.insert(name)
            }
        }
    }

    /// Symbols that no member defines.
    public var missing: Set<String> { undefined.subtracting(defined) }
}

/// Which symbols of the kernel an application sees, and under which names.
public struct PublicInterface: Equatable {
    /// Reserved: no application's symbol starts with it.
    public static let prefix = "__hermit_kernel_"
    /// The image's entry, and what the application gives.
    public static let entry = "_start"
    public static let applicationEntry = "runtime_entry"
    /// What the linker defines (CMachine.h, hermit_heap.h).
    static let linkersOwn: Set<String> = [
        "__ehdr_start", "__start_hermit_list_changes", "__stop_hermit_list_changes",
        "__start_hermit_isolation_sites", "__stop_hermit_isolation_sites",
        "__hermit_published_start", "__hermit_data_start", "__hermit_data_end",
    ]

    /// The functions of the ABI that get a gate, sorted.
    public let functions: [String]
    /// Those that run on the caller's stack, and keep their names where no
    /// gate traces them.
    public let leaves: Set<String>
    /// The other global symbols, sorted.
    public let hidden: [String]

    /// - Parameters:
    ///   - headers: The texts of the ABI's headers.
    ///   - symbols: The kernel's symbols.
    ///   - isTraced: Leaves get gates, too.
    public init(headers: [String], symbols: SymbolTable, isTraced: Bool = false) {
        var declared: Set<String> = []
        var marked: Set<String> = []
        for header in headers {
            for match in header.matches(of: /\b(sys_[a-z0-9_]+)\s*\(/) {
                declared.insert(String(match.1))
            }
            for match in header.matches(of: /^HERMIT_LEAF\s[^;(]*?\b(sys_[a-z0-9_]+)\s*\(/.anchorsMatchLineEndings()) {
                marked.insert(String(match.1))
            }
        }
        let implemented = symbols.defined.intersection(declared)
        leaves = marked.intersection(implemented)
        functions = (isTraced ? implemented : implemented.subtracting(leaves)).sorted()
        hidden = symbols.defined.subtracting(implemented).subtracting([Self.entry]).sorted()
    }

    /// For `llvm-objcopy --redefine-syms`: everything but the entry gets the prefix.
    public var renaming: String {
        (functions + hidden).map { "\($0) \(Self.prefix)\($0)\n" }.joined()
    }

    /// Arguments of `llvm-objcopy` that keep each leaf within a page: an emulator
    /// does not go straight on from one page to the next, which takes it longer
    /// than all that such a function does.
    public var alignment: [String] {
        leaves.sorted().map { "--set-section-alignment=.text.\($0)=\(Self.leafSize)" }
    }

    /// Bytes that a leaf has at most.
    private static let leafSize = 256

    /// For `llvm-objcopy --set-symbols-visibility`: the renamed symbols.
    public var renamed: [String] { (functions + hidden).map { Self.prefix + $0 } }
}
