/// What the ABI's headers declare: functions, structures, names of types and
/// constants, with what the comments say of parameters.
///
/// It reads the C that these headers are written in, not any.
struct HeaderText {
    struct Parameter: Equatable {
        var type: String
        var name: String
        /// What the comment in front of the declaration says of it.
        var description = ""
    }

    struct Function: Equatable {
        var name: String
        var result: String
        var parameters: [Parameter]
        var returns: Bool
    }

    struct Field: Equatable {
        var type: String
        var name: String
        /// Of an array; `nil` where it is none.
        var length: String?
    }

    private(set) var functions: [Function] = []
    private(set) var structures: [String: [Field]] = [:]
    private(set) var types: [String: String] = [:]
    private(set) var constants: [String: Int64] = [:]

    /// - Throws: A `ToolError` that names a declaration which can't be read.
    init(_ headers: [String]) throws {
        for header in headers { try read(header) }
    }

    private mutating func read(_ header: String) throws {
        // What a comment at a line's start says holds up to the next one.
        // Others are within declarations, and nothing.
        var comment = Substring()
        var end = header.startIndex
        for match in header.matches(of: /^\/\*(?s:.*?)\*\//.anchorsMatchLineEndings()) {
            try read(code: header[end..<match.range.lowerBound], comment: comment)
            comment = match.output
            end = match.range.upperBound
        }
        try read(code: header[end...], comment: comment)
    }

    private mutating func read(code: Substring, comment: Substring) throws {
        let code = code.replacing(/\/\*(?s:.*?)\*\//, with: " ")
        readConstants(code)
        let text = Self.withoutDirectives(code)
        for match in text.matches(of: /\bstruct\s+(hermit_\w+)\s*\{([^}]*)\}\s*(\w*)/) {
            let name = "struct " + match.1
            structures[name] = try Self.fields(String(match.2), of: name)
            if !match.3.isEmpty { types[String(match.3)] = name }
        }
        for match in text.matches(of: /\btypedef\s+([a-z]\w*)\s+(\w+)\s*;/) {
            types[String(match.2)] = String(match.1)
        }
        let declaration =
            /(?<result>[A-Za-z_][\w\s\*]*?)\b(?<name>sys_\w+)\s*\((?<list>(?:[^()]|\([^()]*\))*)\)[^;{]*;/
        let descriptions = Self.descriptions(comment)
        for match in text.matches(of: declaration) {
            let name = String(match.output.name)
            let words = match.output.result.split(whereSeparator: \.isWhitespace).map(String.init)
            let result = words.filter { !$0.hasPrefix("HERMIT_") }.joined(separator: " ")
            let parameters = try Self.parameters(String(match.output.list), of: name)
            functions.append(
                Function(
                    name: name, result: Self.normal(result),
                    parameters: parameters.map { parameter in
                        var parameter = parameter
                        parameter.description = descriptions[parameter.name] ?? ""
                        return parameter
                    }, returns: !words.contains("HERMIT_NORETURN")))
        }
    }

    // MARK: - Parts

    /// Numbers that have names.
    private mutating func readConstants(_ code: Substring) {
        for match in code.matches(of: /#define\s+(HERMIT_\w+)[ \t]+\(?(-?\w+)\)?/) {
            var digits = match.2.lowercased()
            while digits.hasSuffix("u") || digits.hasSuffix("l") { digits.removeLast() }
            let value: Int64? =
                if digits.hasPrefix("0x") {
                    Int64(digits.dropFirst(2), radix: 16)
                } else if digits.hasPrefix("0"), digits.count > 1 {
                    Int64(digits, radix: 8)
                } else {
                    Int64(digits)
                }
            if let value { constants[String(match.1)] = value }
        }
    }

    private static func withoutDirectives(_ code: Substring) -> String {
        code.replacing("\\\n", with: " ").split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("#") ? "" : $0 }.joined(separator: "\n")
    }

    /// A type with single spaces, and none in front of a star but one.
    static func normal(_ type: String) -> String {
        type.replacing("*", with: " * ").split(whereSeparator: \.isWhitespace)
            .joined(separator: " ").replacing("* *", with: "**").replacing("* *", with: "**")
    }

    private static func fields(_ text: String, of structure: String) throws -> [Field] {
        try text.split(separator: ";").map(\.trimming).filter { !$0.isEmpty }.map { part in
            let field = /(.*?)(\w+)\s*(?:\[(\w*)\])?/.dotMatchesNewlines()
            guard let match = part.wholeMatch(of: field) else {
                throw ToolError("include: \(structure): a field can't be read: \(part)")
            }
            return Field(
                type: normal(String(match.1)), name: String(match.2),
                length: match.3.map(String.init))
        }
    }

    private static func parameters(_ text: String, of function: String) throws -> [Parameter] {
        if text.trimming == "void" { return [] }
        var list: [String] = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                list.append("")
            } else {
                list[list.count - 1].append(character)
            }
        }
        return try list.map { part in
            if let match = part.trimming.wholeMatch(of: /.*\(\s*\*\s*(\w+)\s*\).*/.dotMatchesNewlines()) {
                return Parameter(type: "function *", name: String(match.1))
            }
            guard let match = part.trimming.wholeMatch(of: /(.*?)(\w+)/.dotMatchesNewlines()),
                !match.1.isEmpty
            else { throw ToolError("include: \(function): a parameter can't be read: \(part)") }
            return Parameter(type: normal(String(match.1)), name: String(match.2))
        }
    }

    /// What a comment says of parameters, by their names. It does so in lines
    /// of a name, or names with commas, two spaces or more, and words, which
    /// may go on in lines that are further in:
    ///
    ///      * flags  HERMIT_GRND_*, or-ed; and so
    ///      *        on
    private static func descriptions(_ comment: Substring) -> [String: String] {
        var result: [String: String] = [:]
        var names: [String] = []
        for line in comment.split(separator: "\n", omittingEmptySubsequences: false) {
            let text = line.drop { $0 == " " }.drop { $0 == "*" }
            if let match = text.wholeMatch(of: /\ ([a-z_0-9]+(?:, [a-z_0-9]+)*)\ \ +(\S.*)/) {
                names = match.1.split(separator: ",").map { String($0).trimming }
                for name in names { result[name] = String(match.2) }
            } else if text.hasPrefix("   ") {
                for name in names { result[name]! += " " + String(text).trimming }
            } else {
                names = []
            }
        }
        return result
    }
}

extension StringProtocol {
    fileprivate var trimming: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
