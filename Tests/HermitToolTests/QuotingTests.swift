import Testing

@testable import HermitTool

@Suite struct QuotingTests {
    static let words = [
        "plain", "", " ", "a b", "\"", "\\", "a\\ b", "\\\"", "--", "'", "it's", "$HOME", "`x`",
        "a\nb", "\t", "äöü €", "*?[]", "log=trace", "a=\"b c\"", "\\\\", "end\\", "!", "~", "#", ";",
    ]

    /// The kernel's rule: spaces separate, quotes group, a backslash takes the next byte.
    private func split(_ line: String) -> [String] {
        var words: [String] = []
        var word: [UInt8]? = nil
        var isQuoted = false
        var isEscaped = false
        for byte in line.utf8 {
            if isEscaped {
                word = (word ?? []) + [byte]
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                word = word ?? []
                isQuoted.toggle()
            } else if byte == UInt8(ascii: " ") && !isQuoted {
                if let word { words.append(String(decoding: word, as: UTF8.self)) }
                word = nil
            } else {
                word = (word ?? []) + [byte]
            }
        }
        if let word { words.append(String(decoding: word, as: UTF8.self)) }
        return words
    }

    @Test func bootWordsComeBack() {
        let line = Self.words.map(Quoting.boot).joined(separator: " ")
        #expect(split(line) == Self.words)
    }

    @Test func plainBootWordsStayReadable() {
        #expect(Quoting.boot("env=A=B") == "env=A=B")
        #expect(Quoting.boot("b c") == "b\\ c")
        #expect(Quoting.boot("") == "\"\"")
    }

    @Test func shellWordsComeBack() async throws {
        let line = Self.words.map(Quoting.shell).joined(separator: " ")
        let output = try await Programs.run("/bin/sh", ["-c", "printf '%s\\1' " + line])
        let back = output.split(separator: "\u{1}", omittingEmptySubsequences: false).dropLast()
        #expect(back.map(String.init) == Self.words)
    }

    @Test func bootLineHasTheKernelsWordsInFront() {
        let line = BootLine(
            name: "my program", environment: ["A=b c"], logLevel: "debug", kernelWords: "x=1 y",
            arguments: ["--", "a b"])
        #expect(
            line.text(usesChannel: true)
                == "channel=com2 name=my\\ program log=debug env=A=b\\ c x=1 y -- -- a\\ b")
        #expect(BootLine().text(usesChannel: false) == "name=hermit --")
    }
}
