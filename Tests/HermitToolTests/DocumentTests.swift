import Foundation
import Testing

/// What the documents list is what there is.
struct DocumentTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: Self.root + "/" + path, encoding: .utf8)
    }

    /// Every word of the kernel's is in docs/commandline.md's table, and no other.
    @Test func wordsOfTheCommandLine() throws {
        let source = try text("Sources/Kernel/Support/CommandLine.swift")
        let list = try #require(source.firstMatch(of: /let words: StaticString = """\n([^"]*)"""/)).1
        let known = Set(list.split { " \n\\".contains($0) }.map(String.init))
        #expect(known.count > 20)
        var documented: Set<String> = []
        for line in try text("docs/commandline.md").split(separator: "\n") where line.hasPrefix("| `") {
            let cell = line.dropFirst(2).prefix { $0 != "|" }
            for match in cell.matches(of: /`([^`]+)`/) { documented.insert(String(match.1)) }
        }
        #expect(documented == known)
    }
}
