/// The tables by which the kernel's tracer shows calls, as a file of C
/// (hermit_trace.h), made from the ABI's headers.
///
/// How a parameter is shown follows from its type, and from its name and
/// comment where the type does not say it:
///
/// - a comment that starts with `HERMIT_NAME_*` says which numbers have names;
///   with `, or-ed` behind it they are flags. A few names joined by `or`, with
///   `0`, are flags, too.
/// - `void *` or `uint8_t *` with a parameter `length` behind it are bytes,
///   and a pointer to a structure with a parameter `count` behind it an array.
/// - what a pointer that is not `const` names is shown when the function returns.
/// - a pointer to a number that is called `address` is shown as such: a
///   futex is known by where it is.
public struct TraceTable {
    private let headers: HeaderText
    /// Structures in the order in which they need each other.
    private var definitions: [String] = []
    private var names: [String: String] = [:]

    /// The table's text.
    public private(set) var text = ""

    /// The name of a function's table.
    static func symbol(of function: String) -> String {
        PublicInterface.prefix + "trace_of_" + function
    }

    /// What `hermit_trace.h` has room for.
    private static let maximumParameters = 6

    /// - Parameters:
    ///   - headers: The texts of the ABI's headers.
    ///   - functions: Those that there are.
    /// - Throws: A `ToolError` that names a function whose declaration is
    ///   missing, or which can't be shown.
    public init(headers texts: [String], functions: some Sequence<String>) throws {
        headers = try HeaderText(texts)
        let errors = try constants(matching: "HERMIT_E", in: "errno.h") { name in
            name.wholeMatch(of: /HERMIT_E[0-9A-Z]+/) != nil
        }
        let declared = Dictionary(headers.functions.map { ($0.name, $0) }) { first, _ in first }
        var tables: [String] = []
        for name in functions.sorted() {
            guard let function = declared[name] else {
                throw ToolError("include: \(name) is not declared in a way that can be traced")
            }
            tables.append(try table(of: function, errors: errors))
        }
        text =
            "/* Made from the headers in include/. */\n#include \"hermit_trace.h\"\n\n"
            + (definitions + tables).joined(separator: "\n") + "\n"
    }

    // MARK: - Functions

    private mutating func table(of function: HeaderText.Function, errors: String) throws -> String {
        guard function.parameters.count <= Self.maximumParameters else {
            throw ToolError("include: \(function.name): too many parameters to be traced")
        }
        let parameters = try function.parameters.indices.map { index in
            try parameter(index, of: function).initialiser
        }
        var result = try value(of: function.result, at: function.name, isResult: true)
        if result.kind == "SIGNED" { result.constants = "&" + errors }
        return """
            __attribute__((visibility("hidden")))
            const struct hermit_trace_function \(Self.symbol(of: function.name)) = {
            \t\(Self.quoted(function.name)), \(function.returns ? 1 : 0), \(parameters.count),
            \t\(result.initialiser),
            \t{ \(parameters.isEmpty ? "{ 0 }" : parameters.joined(separator: ",\n\t  ")) }
            };
            """
    }

    private mutating func parameter(
        _ index: Int, of function: HeaderText.Function
    ) throws -> Value {
        let parameter = function.parameters[index]
        let next = index + 1 < function.parameters.count ? function.parameters[index + 1] : nil
        let place = "\(function.name), \(parameter.name)"
        guard parameter.type.hasSuffix("*") else {
            return try number(parameter, at: place)
        }
        let isConstant = parameter.type.hasPrefix("const ")
        let target = Self.target(of: parameter.type)
        let isCounted = next.map { !$0.type.hasSuffix("*") } ?? false
        var result: Value
        switch target {
        case "function": return Value(kind: "ADDRESS")
        case "char": result = Value(kind: "STRING")
        case "void", "uint8_t":
            guard isCounted, next?.name == "length" || next?.name == "address_length" else {
                return Value(kind: "ADDRESS")
            }
            result = Value(kind: "BYTES", count: index + 2)
        default:
            let isStructure = isStructure(target)
            if !isStructure && parameter.name == "address" { return Value(kind: "ADDRESS") }
            result = Value(kind: "POINTER", type: "&" + (try type(target, at: place)))
            if isStructure, isCounted, next?.name == "count" { result.count = index + 2 }
        }
        result.isWritten = !isConstant
        return result
    }

    /// A parameter that is no address.
    private mutating func number(
        _ parameter: HeaderText.Parameter, at place: String
    ) throws -> Value {
        var result = try value(of: parameter.type, at: place)
        let description = parameter.description
        if let match = description.prefixMatch(of: /(HERMIT_[A-Z0-9_]+_)\*(, or-ed)?/) {
            let prefix = String(match.1)
            result.constants = "&" + (try constants(matching: prefix, in: place) { $0.hasPrefix(prefix) })
            result.kind = match.2 == nil ? "ONE_OF" : "FLAGS"
        } else if let match = description.prefixMatch(of: /(HERMIT_[A-Z0-9_]+(?: or HERMIT_[A-Z0-9_]+)*) or 0\b/) {
            let names = Set(match.1.matches(of: /HERMIT_\w+/).map { String($0.0) })
            result.constants =
                "&" + (try constants(matching: names.sorted().joined(separator: "_or_"), in: place) {
                    names.contains($0)
                })
            result.kind = "FLAGS"
        }
        return result
    }

    // MARK: - Values

    private struct Value {
        var kind: String
        var size = 8
        var isWritten = false
        var count = 0
        var constants = "0"
        var type = "0"

        var initialiser: String {
            "{ HERMIT_TRACE_\(kind), \(size), \(isWritten ? 1 : 0), \(count), \(constants), \(type) }"
        }
    }

    private static let numbers: [String: (kind: String, size: Int)] = [
        "int8_t": ("SIGNED", 1), "uint8_t": ("UNSIGNED", 1), "char": ("SIGNED", 1),
        "int16_t": ("SIGNED", 2), "uint16_t": ("UNSIGNED", 2),
        "int": ("SIGNED", 4), "int32_t": ("SIGNED", 4), "unsigned int": ("UNSIGNED", 4),
        "uint32_t": ("UNSIGNED", 4), "int64_t": ("SIGNED", 8), "uint64_t": ("UNSIGNED", 8),
        "intptr_t": ("SIGNED", 8), "uintptr_t": ("UNSIGNED", 8), "size_t": ("UNSIGNED", 8),
    ]

    /// A type behind its other names.
    private func resolved(_ type: String) -> String {
        var type = type
        while let other = headers.types[type] { type = other }
        return type
    }

    private func isStructure(_ type: String) -> Bool {
        !type.hasSuffix("*") && resolved(type).hasPrefix("struct ")
    }

    /// What a pointer's type points at, without `const`.
    private static func target(of type: String) -> String {
        var target = type.dropLast()
        while target.last == " " { target.removeLast() }
        return target.hasPrefix("const ") ? String(target.dropFirst(6)) : String(target)
    }

    /// A value of a type, in a register or in a structure.
    private mutating func value(
        of type: String, at place: String, isResult: Bool = false
    ) throws -> Value {
        if type == "void" { return Value(kind: "NOTHING", size: 0) }
        if type.hasSuffix("*") {
            let isText = isResult && type == "const char *"
            return Value(kind: isText ? "STRING" : "ADDRESS")
        }
        if type == "hermit_mode_t" { return Value(kind: "OCTAL", size: 4) }
        let resolved = resolved(type)
        if let number = Self.numbers[resolved] {
            return Value(kind: number.kind, size: number.size)
        }
        guard resolved.hasPrefix("struct ") else {
            throw ToolError("include: \(place): \(type) is a type that the tracer does not know")
        }
        let layout = try layout(of: resolved, at: place)
        return Value(kind: "RECORD", size: layout.size, type: "&" + (try self.type(resolved, at: place)))
    }

    // MARK: - Structures

    /// The name of the table of what a pointer points at.
    private mutating func type(_ type: String, at place: String) throws -> String {
        let key = "type " + type
        if let name = names[key] { return name }
        let name = "type_\(names.count)"
        names[key] = name
        let resolved = resolved(type)
        var fields: [String] = []
        var size = 8
        if isStructure(type) {
            let layout = try layout(of: resolved, at: place)
            size = layout.size
            // Filled up so that they read as zeros: no values of their own.
            for field in layout.fields where !field.name.hasSuffix("_zero") {
                fields.append(
                    "{ \(Self.quoted(field.name)), \(field.offset), \(field.value.initialiser) }")
            }
        } else {
            let value = try value(of: type, at: place)
            size = value.size
            fields.append("{ 0, 0, \(value.initialiser) }")
        }
        definitions.append(
            """
            static const struct hermit_trace_field \(name)_fields[] = {
            \t\(fields.joined(separator: ",\n\t"))
            };
            static const struct hermit_trace_type \(name) = { \(size), \(fields.count), \(name)_fields };
            """)
        return name
    }

    private struct Layout {
        var size = 0
        var alignment = 1
        var fields: [(name: String, offset: Int, value: Value)] = []
    }

    /// Where a structure's fields lie, by the System V ABI's rules.
    private mutating func layout(of structure: String, at place: String) throws -> Layout {
        guard let fields = headers.structures[structure] else {
            throw ToolError("include: \(place): \(structure) is not declared")
        }
        var layout = Layout()
        for field in fields {
            let where_ = "\(structure), \(field.name)"
            var value = try value(of: field.type, at: where_)
            var alignment = value.size
            if value.kind == "RECORD" {
                alignment = try self.layout(of: resolved(field.type), at: where_).alignment
            }
            var size = value.size
            if let length = field.length {
                // One of no length is what follows the structure.
                if length.isEmpty || length == "HERMIT_FLEXIBLE" { continue }
                guard size == 1, let count = Int(length) ?? headers.constants[length].map({ Int($0) })
                else { throw ToolError("include: \(where_): such an array is not known to the tracer") }
                size = count
                value = Value(kind: "ARRAY", size: count)
            }
            layout.size = (layout.size + alignment - 1) / alignment * alignment
            layout.fields.append((field.name, layout.size, value))
            layout.size += size
            layout.alignment = max(layout.alignment, alignment)
        }
        layout.size = (layout.size + layout.alignment - 1) / layout.alignment * layout.alignment
        return layout
    }

    // MARK: - Constants

    /// The name of the table of the constants whose names `belongs` takes, the
    /// largest numbers first.
    private mutating func constants(
        matching key: String, in place: String, _ belongs: (String) -> Bool
    ) throws -> String {
        let key = "constants " + key
        if let name = names[key] { return name }
        let found = headers.constants.filter { belongs($0.key) }
        guard !found.isEmpty else { throw ToolError("include: \(place): there are no such constants") }
        let name = "constants_\(names.count)"
        names[key] = name
        let list = found.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { constant in
            "{ \(Self.quoted(String(constant.key.dropFirst("HERMIT_".count)))), \(constant.value) }"
        }
        definitions.append(
            """
            static const struct hermit_trace_constant \(name)_list[] = {
            \t\(list.joined(separator: ",\n\t"))
            };
            static const struct hermit_trace_constants \(name) = { \(list.count), \(name)_list };
            """)
        return name
    }

    private static func quoted(_ name: String) -> String { "\"" + name + "\"" }
}
