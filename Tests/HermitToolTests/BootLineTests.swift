import Testing

@testable import HermitTool

@Suite struct BootLineTests {
    @Test func wordsAreQuotedForTheKernel() {
        #expect(Quoting.boot("plain") == "plain")
        #expect(Quoting.boot("") == "\"\"")
        #expect(Quoting.boot("a b") == "a\\ b")
        #expect(Quoting.boot("\"\\") == "\\\"\\\\")
    }

    @Test func wordsAreQuotedForAShell() {
        #expect(Quoting.shell("a/b-c=d") == "a/b-c=d")
        #expect(Quoting.shell("") == "''")
        #expect(Quoting.shell("it's") == "'it'\\''s'")
    }

    @Test func theGateIsMadeForDeclaredFunctionsOnly() {
        let symbols = SymbolTable(
            posixListing: "x.o:\nsys_write T 0 1\nsys_inner T 0 1\nmemcpy T 0 1\nlocal t 0 1\nother U\n")
        let interface = PublicInterface(headers: ["int sys_write(int fd);"], symbols: symbols)
        #expect(interface.functions == ["sys_write"])
        #expect(interface.hidden == ["memcpy", "sys_inner"])
        #expect(symbols.missing == ["other"])
    }
}
