/// What a test of GCC's says of itself in comments: `{ dg-NAME ARGUMENTS }`,
/// as the manual of GCC's internals describes ("Directives used within DejaGnu
/// tests").
public struct TestDirectives: Equatable, Sendable {
    /// The compiler's options for this target, those left out that clang has not got.
    public var options: [String] = []
    /// Why the test is none for this target; `nil` where it is one.
    public var skipReason: String? = nil

    /// - Parameters:
    ///   - source: The test's text.
    ///   - script: The file NAME.x beside it, which may add options; empty
    ///     where there is none.
    ///   - target: What is asked.
    ///   - level: The optimisation that the test is compiled with, as `-O1`.
    public init(source: String, script: String = "", target: TestTarget, level: String) {
        var options: [String] = []
        var skips: [[String]] = []
        for line in source.split(whereSeparator: \.isNewline) {
            guard let start = line.firstRange(of: /\{\s*dg-/) else { continue }
            let words = ToolCommandList.words(line[start.lowerBound...])
            guard let directive = words.first.map(ToolCommandList.words), !directive.isEmpty else {
                continue
            }
            let arguments = Array(directive.dropFirst())
            switch directive[0] {
            case "dg-options", "dg-additional-options":
                guard let text = arguments.first, Self.applies(arguments.dropFirst(), target)
                else { continue }
                options += ToolCommandList.words(text)
            case "dg-require-effective-target":
                if let name = arguments.first, !target.satisfies(name) {
                    skipReason = skipReason ?? "needs \(name)"
                }
            case "dg-skip-if":
                skips.append(arguments)
            case "dg-do":
                if let action = arguments.first, action != "run" {
                    skipReason = skipReason ?? "is not to be run"
                }
            default: break
            }
        }
        options += Self.options(script: script)
        self.options = options.filter(Self.isKnown)
        for skip in skips where skip.count >= 2 && target.satisfies(skip[1]) {
            let included = skip.count > 2 ? ToolCommandList.words(skip[2]) : ["*"]
            let excluded = skip.count > 3 ? ToolCommandList.words(skip[3]) : []
            let all = [level] + self.options
            func names(_ patterns: [String]) -> Bool {
                patterns.contains { pattern in
                    pattern == "*" || all.contains { ToolCommandList.matches($0, pattern) }
                }
            }
            if names(included) && !names(excluded) {
                skipReason = skipReason ?? (skip[0].isEmpty ? "is for others" : skip[0])
            }
        }
    }

    /// Whether a directive's last argument, `{ target SELECTOR }`, lets it hold.
    private static func applies(_ arguments: some Collection<String>, _ target: TestTarget) -> Bool {
        guard let last = arguments.first else { return true }
        let words = ToolCommandList.words(last)
        guard words.first == "target" else { return false }
        if words.count == 2 { return target.satisfies(words[1]) }
        return target.satisfies(words.dropFirst().joined(separator: " "))
    }

    /// The options that a script adds whatever the target is: the lines `set
    /// additional_flags` and `lappend additional_flags` outside of all braces.
    private static func options(script: String) -> [String] {
        var depth = 0
        var options: [String] = []
        for line in script.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let words = ToolCommandList.words(line)
            if depth == 0, words.count > 2, ["set", "lappend"].contains(words[0]),
                words[1] == "additional_flags"
            {
                options += words.dropFirst(2)
            }
            depth += line.count { $0 == "{" } - line.count { $0 == "}" }
        }
        return options
    }

    /// Whether clang has an option. Those it has not choose passes of GCC's
    /// optimiser, or what its linker does.
    private static func isKnown(_ option: String) -> Bool {
        let foreign = [
            "-fexpensive-*", "-fno-dce", "-fno-early-*", "-fno-gcse", "-fno-ipa-*", "-fno-ira-*",
            "-fno-ivopts", "-fno-tracer", "-fno-tree-*", "-fno-vect-*", "-fnon-call-*", "-fmodulo-*",
            "-foptimize-*", "-ftree-*", "-mpc64", "-mno-stv", "-Wl,*",
        ]
        return !foreign.contains { ToolCommandList.matches(option, $0) }
    }
}
