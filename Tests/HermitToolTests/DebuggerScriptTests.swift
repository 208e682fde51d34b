import Testing

@testable import HermitTool

/// What gdb is told.
@Suite struct DebuggerScriptTests {
    @Test func theScriptSaysWhereTheImageIs() {
        let script = DebuggerScript(
            image: "/a b/100%/it's \"x\"\\n", entry: 0x1340, jump: 0x10_00e9, port: 4321)
        #expect(script.text.contains("target remote 127.0.0.1:4321\n"))
        #expect(script.text.contains("thbreak *0x1000e9\n"))
        #expect(
            script.text.contains(
                #"eval "add-symbol-file '/a b/100%%/it'\\''s \"x\"\\n' -o 0x%lx", $rdi - 0x1340"#))
    }

    @Test(arguments: [
        ("loader_main T 100ec0 1a\nloader_jump T 1000e9 \n", 0x10_00e9 as UInt64?),
        ("loader_jump T 1000e9", 0x10_00e9), ("loader_jumps T 1", nil), ("loader_jump U", nil),
        ("", nil), ("loader_jump T x", nil),
    ])
    func aSymbolIsFound(listing: String, address: UInt64?) {
        #expect(DebuggerScript.address(of: "loader_jump", in: listing) == address)
    }
}
