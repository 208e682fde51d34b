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

    @Test func leafFunctionsAreThoseThatAHeaderMarks() {
        let header = """
            /* HERMIT_LEAF sys_open( is spoken of here. */
            #define HERMIT_LEAF
            int sys_close(int fd);
            HERMIT_LEAF int *sys_errno_location(void);
            HERMIT_LEAF int sys_clock_gettime(int clock,
                                              struct t *sys_time);
            int sys_open(int fd);
            HERMIT_LEAF int sys_absent(void);
            """
        let names = ["sys_close", "sys_errno_location", "sys_clock_gettime", "sys_open"]
        let symbols = SymbolTable(posixListing: names.map { $0 + " T 0 0\n" }.joined())
        let interface = PublicInterface(headers: [header], symbols: symbols)
        #expect(interface.functions == ["sys_close", "sys_open"])
        #expect(interface.leaves == ["sys_errno_location", "sys_clock_gettime"])
        #expect(interface.hidden.isEmpty)
        // The others get a gate that changes the stack; leaves keep their names.
        for name in names where !interface.leaves.contains(name) {
            let text = EntryGate.assembly(for: name)
            #expect(text.contains("%rsp"))
            #expect(text.contains("__hermit_kernel_" + name))
            #expect(interface.renaming.contains("\(name) __hermit_kernel_\(name)\n"))
        }
        #expect(!interface.renaming.contains("sys_clock_gettime"))
    }
}
