import Foundation
import Testing

@testable import HermitTool

/// The tables of the tracer, made from headers.
@Suite struct TraceTableTests {
    private static let header = """
        /* A comment. */
        #define HERMIT_EINVAL 22 /* invalid */
        #define HERMIT_X_A 01
        #define HERMIT_X_B 0x10u
        #define HERMIT_X_C (-100)
        #define HERMIT_MACRO(A) \\
        	other(sys_none)
        typedef int32_t hermit_tid_t;
        struct hermit_pair {
        	int32_t first; /* not first; but last */
        	int64_t second;
        	uint8_t rest[3];
        	int32_t a_zero;
        };
        typedef struct hermit_box {
        	void *handle;
        } hermit_box_t;

        /*
         * sys_a: does it.
         *
         * flags         HERMIT_X_*, or-ed;
         *               and more.
         * kind, length  HERMIT_X_*.
         *
         *   -HERMIT_EINVAL  no
         */
        HERMIT_LEAF int sys_a(uint32_t flags, int kind, const void *buffer, size_t length)
        	HERMIT_FRESH HERMIT_ALLOCATES(1, 2);
        HERMIT_NORETURN void sys_b(void);
        /* flags would be none here. */
        void *sys_c(void (*function)(size_t argument), struct hermit_pair *pairs, size_t count,
        	    const hermit_tid_t *id, char **names, hermit_box_t *box);

        """

    @Test func declarationsAreRead() throws {
        let text = try HeaderText([Self.header])
        #expect(text.functions.map(\.name) == ["sys_a", "sys_b", "sys_c"])
        #expect(text.functions.map(\.result) == ["int", "void", "void *"])
        #expect(text.functions.map(\.returns) == [true, false, true])
        #expect(
            text.functions[0].parameters == [
                .init(type: "uint32_t", name: "flags", description: "HERMIT_X_*, or-ed; and more."),
                .init(type: "int", name: "kind", description: "HERMIT_X_*."),
                .init(type: "const void *", name: "buffer"),
                .init(type: "size_t", name: "length", description: "HERMIT_X_*."),
            ])
        #expect(
            text.functions[2].parameters.map(\.type) == [
                "function *", "struct hermit_pair *", "size_t", "const hermit_tid_t *", "char **",
                "hermit_box_t *",
            ])
        #expect(
            text.structures["struct hermit_pair"] == [
                .init(type: "int32_t", name: "first", length: nil),
                .init(type: "int64_t", name: "second", length: nil),
                .init(type: "uint8_t", name: "rest", length: "3"),
                .init(type: "int32_t", name: "a_zero", length: nil),
            ])
        #expect(text.types == ["hermit_tid_t": "int32_t", "hermit_box_t": "struct hermit_box"])
        #expect(
            text.constants == [
                "HERMIT_EINVAL": 22, "HERMIT_X_A": 1, "HERMIT_X_B": 16, "HERMIT_X_C": -100,
            ])
    }

    @Test func tablesSayHowValuesAreShown() throws {
        let table = try TraceTable(
            headers: [Self.header], functions: ["sys_a", "sys_b", "sys_c"]
        ).text
        #expect(table.contains("\"sys_a\", 1, 4,\n"))
        #expect(table.contains("\"sys_b\", 0, 0,\n"))
        // Offsets and sizes are the ABI's: 4 bytes are between the first two.
        #expect(table.contains("{ \"first\", 0, { HERMIT_TRACE_SIGNED, 4,"))
        #expect(table.contains("{ \"second\", 8, { HERMIT_TRACE_SIGNED, 8,"))
        #expect(table.contains("{ \"rest\", 16, { HERMIT_TRACE_ARRAY, 3,"))
        #expect(!table.contains("a_zero"))
        #expect(table.contains(/type_\d = { 24, 3,/))
        // Largest first.
        #expect(
            table.contains("{ \"X_B\", 16 },\n\t{ \"X_A\", 1 },\n\t{ \"X_C\", -100 }"))
        let lines = table.split(separator: "\n").map(String.init)
        let first = try #require(lines.firstIndex { $0.contains("\"sys_a\"") })
        #expect(lines[first + 2].contains("HERMIT_TRACE_FLAGS, 4, 0, 0"))
        #expect(lines[first + 3].contains("HERMIT_TRACE_ONE_OF, 4, 0, 0"))
        #expect(lines[first + 4].contains("HERMIT_TRACE_BYTES, 8, 0, 4"))
        let last = try #require(lines.firstIndex { $0.contains("\"sys_c\"") })
        #expect(lines[last + 2].contains("HERMIT_TRACE_ADDRESS"))
        #expect(lines[last + 3].contains("HERMIT_TRACE_POINTER, 8, 1, 3"))
        #expect(lines[last + 5].contains("HERMIT_TRACE_POINTER, 8, 0, 0"))
        #expect(lines[last + 7].contains("HERMIT_TRACE_POINTER, 8, 1, 0"))
    }

    @Test(arguments: [
        ("int sys_x(float f);", "float is a type that the tracer does not know"),
        ("int sys_x(struct hermit_none *n);", "struct hermit_none is not declared"),
        ("int sys_x(int a, int b, int c, int d, int e, int f, int g);", "too many parameters"),
        ("int sys_other(int a);", "sys_x is not declared"),
        ("int sys_x(int);", "a parameter can't be read"),
        ("/*\n * a  HERMIT_NONE_*.\n */\nint sys_x(int a);", "there are no such constants"),
        ("struct hermit_s {\n\tint32_t a[2];\n};\nint sys_x(struct hermit_s *s);", "such an array"),
    ])
    func whatIsNotKnownIsNamed(declaration: String, message: String) {
        let header = "#define HERMIT_EINVAL 22\n" + declaration + "\n"
        #expect {
            try TraceTable(headers: [header], functions: ["sys_x"])
        } throws: { error in
            (error as? ToolError)?.description.contains(message) == true
        }
    }

    /// Every function of the headers can be traced.
    @Test func theHeadersAreKnown() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path + "/include"
        let headers = try FileManager.default.subpathsOfDirectory(atPath: folder)
            .filter { $0.hasPrefix("hermit") && $0.hasSuffix(".h") }
            .map { try String(contentsOfFile: folder + "/" + $0, encoding: .utf8) }
        var declared: Set<String> = []
        for header in headers {
            for match in header.matches(of: /^[A-Za-z].*?\b(sys_[a-z0-9_]+)\(/.anchorsMatchLineEndings()) {
                declared.insert(String(match.1))
            }
        }
        #expect(declared.count > 100)
        #expect(Set(try HeaderText(headers).functions.map(\.name)) == declared)
        _ = try TraceTable(headers: headers, functions: declared)
    }
}
