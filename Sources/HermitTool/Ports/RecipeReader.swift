import Foundation

/// Reads a `Portfile`: fields as Debian's control files have them - a name, a
/// colon, a value, and more of the value on lines that are indented.
struct RecipeReader {
    /// The file's path, for what is said of its faults.
    let path: String

    private struct Field {
        let name: String
        let line: Int
        /// The value's lines; the first is what stands behind the colon.
        var lines: [String]

        var words: String { lines.joined(separator: " ") }
    }

    /// - Throws: A `ToolError` that names the file and the line.
    func read(_ text: String) throws -> Recipe {
        var recipe = Recipe()
        var seen: Set<String> = []
        for field in try fields(text) {
            guard seen.insert(field.name).inserted else { throw fault(field.line, "\(field.name): is there twice") }
            try apply(field, to: &recipe)
        }
        for name in ["source", "build"] where !seen.contains(name) {
            throw ToolError("\(path): has no field '\(name)'")
        }
        if recipe.programs.isEmpty, !recipe.arguments.isEmpty || !recipe.defaultArguments.isEmpty {
            throw ToolError("\(path): has arguments, and no field 'program'")
        }
        return recipe
    }

    private func fault(_ line: Int, _ what: String) -> ToolError { ToolError("\(path):\(line): \(what)") }

    /// A blank line in an indented value belongs to it; one elsewhere, and a
    /// line that begins with a number sign, says nothing.
    private func fields(_ text: String) throws -> [Field] {
        var fields: [Field] = []
        for (index, part) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let number = index + 1
            var line = String(part)
            guard line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw fault(number, "has a control character in it")
            }
            let isBlank = line.allSatisfy { $0 == " " || $0 == "\t" }
            if isBlank || line.first == " " || line.first == "\t" {
                if fields.isEmpty {
                    if isBlank { continue }
                    throw fault(number, "is indented, and there is no field above it")
                }
                fields[fields.count - 1].lines.append(isBlank ? "" : line)
                continue
            }
            if line.hasPrefix("#") { continue }
            guard let colon = line.firstIndex(of: ":") else {
                throw fault(number, "is no field: it has no colon")
            }
            let name = String(line[..<colon])
            line = String(line[line.index(after: colon)...])
            fields.append(Field(name: name, line: number, lines: [Self.trimmed(line)]))
        }
        return fields
    }

    private func apply(_ field: Field, to recipe: inout Recipe) throws {
        switch field.name {
        case "source": recipe.source = try single(field, where: Self.isPackage, "the name of a Debian source package")
        case "depends": recipe.depends = try list(field, where: Self.isFileName, "the name of a folder beside this one")
        case "needs": recipe.needs = try list(field, where: { _ in true }, "").map { try hostProgram($0, field) }
        case "patches": recipe.patches = try list(field, where: Self.isFileName, "the name of a file beside this one")
        case "build": recipe.build = try script(field)
        case "program": recipe.programs = try list(field, where: Self.isPath, "a path in the source's folder")
        case "files": recipe.files = try list(field, where: { _ in true }, "").map { try folderCopy($0, field) }
        case "arguments": recipe.arguments = try words(field)
        case "default-arguments": recipe.defaultArguments = try words(field)
        case "memory":
            recipe.memory = try single(field, where: Self.isMemory, "a number with M or G behind it")
        case "cpus":
            let isCount = { (text: String) in Int(text).map { (1...255).contains($0) } ?? false }
            recipe.cpus = Int(try single(field, where: isCount, "a number from 1 to 255"))
        case "net": recipe.net = try single(field, where: { _ in true }, "")
        case "forward": recipe.forward = try list(field, where: { _ in true }, "")
        case "env":
            recipe.env = try words(field)
            for variable in recipe.env where !variable.dropFirst().contains("=") || variable.hasPrefix("=") {
                throw fault(field.line, "env: '\(variable)' is not KEY=VALUE")
            }
        case "mount": recipe.mount = try words(field)
        case "kernel-args": recipe.kernelWords = try list(field, where: { _ in true }, "")
        default: throw fault(field.line, "there is no field '\(field.name)'")
        }
    }

    // MARK: - Values

    private func words(_ field: Field) throws -> [String] {
        guard let words = Quoting.words(field.words) else {
            throw fault(field.line, "\(field.name): a quote or a backslash has nothing behind it")
        }
        guard !words.isEmpty else { throw fault(field.line, "\(field.name): has no value") }
        return words
    }

    private func list(_ field: Field, where isValid: (String) -> Bool, _ kind: String) throws -> [String] {
        let words = field.words.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        guard !words.isEmpty else { throw fault(field.line, "\(field.name): has no value") }
        for word in words where !isValid(word) {
            throw fault(field.line, "\(field.name): '\(word)' is not \(kind)")
        }
        return words
    }

    private func single(_ field: Field, where isValid: (String) -> Bool, _ kind: String) throws -> String {
        let words = try list(field, where: isValid, kind)
        guard let word = words.first, words.count == 1 else {
            throw fault(field.line, "\(field.name): takes one value")
        }
        return word
    }

    /// `NAME`, or `NAME=PACKAGE` where the package has another name.
    private func hostProgram(_ word: String, _ field: Field) throws -> Recipe.HostProgram {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let package = parts.last ?? ""
        guard Self.isFileName(parts[0]), Self.isPackage(package) else {
            throw fault(field.line, "needs: '\(word)' is neither a program nor PROGRAM=PACKAGE")
        }
        return Recipe.HostProgram(name: parts[0], package: package)
    }

    /// `FOLDER:/PATH`.
    private func folderCopy(_ word: String, _ field: Field) throws -> Recipe.FolderCopy {
        guard let colon = word.lastIndex(of: ":") else { throw fault(field.line, "files: '\(word)' is not FOLDER:/PATH") }
        let folder = String(word[..<colon])
        let path = String(word[word.index(after: colon)...])
        guard !folder.isEmpty, !folder.hasPrefix("/"), path.hasPrefix("/"), Self.isPath(String(path.dropFirst())) else {
            throw fault(field.line, "files: '\(word)' is not FOLDER:/PATH")
        }
        return Recipe.FolderCopy(folder: folder, path: path)
    }

    /// The lines without the indentation that all of them have.
    private func script(_ field: Field) throws -> String {
        var lines = field.lines
        if lines.first == "" { lines.removeFirst() }
        while lines.last == "" { lines.removeLast() }
        guard !lines.isEmpty else { throw fault(field.line, "build: has no line") }
        let isIndented = { (line: String) in line.first == " " || line.first == "\t" }
        var common: String? = nil
        for line in lines where isIndented(line) {
            let own = String(line.prefix { $0 == " " || $0 == "\t" })
            common = common.map { $0.commonPrefix(with: own) } ?? own
        }
        let width = common?.count ?? 0
        // What stands behind the colon is indented by nothing.
        return lines.map { isIndented($0) ? String($0.dropFirst(width)) : $0 }.joined(separator: "\n") + "\n"
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        let start = text.drop(while: isSpace)
        return String(start.reversed().drop(while: isSpace).reversed())
    }

    // MARK: - What a word may be

    /// Debian Policy 5.6.1.
    static func isPackage(_ word: String) -> Bool {
        let isPlain = { (byte: UInt8) in isDigit(byte) || (0x61...0x7A).contains(byte) }
        guard let first = word.utf8.first, isPlain(first), word.utf8.count >= 2 else { return false }
        return word.utf8.allSatisfy { isPlain($0) || "+-.".utf8.contains($0) }
    }

    /// No path and no option.
    static func isFileName(_ word: String) -> Bool {
        let isPlain = { (byte: UInt8) in
            isDigit(byte) || (0x41...0x5A).contains(byte & ~0x20) || "_+".utf8.contains(byte)
        }
        guard let first = word.utf8.first, isPlain(first) else { return false }
        return word.utf8.allSatisfy { isPlain($0) || "-.".utf8.contains($0) }
    }

    /// Below the folder that it is in.
    static func isPath(_ word: String) -> Bool {
        word.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { isFileName(String($0)) }
    }

    private static func isMemory(_ word: String) -> Bool {
        let number = word.utf8.dropLast()
        return (1...7).contains(number.count) && number.allSatisfy(isDigit) && number.first != 0x30
            && (word.last == "M" || word.last == "G")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
