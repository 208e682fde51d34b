import Testing

@testable import HermitTool

/// The rules that compilers write with -MD.
struct DependencyListTests {
    @Test(arguments: [
        ("main.o: main.c\n", ["main.c"]),
        ("main.o: main.c \\\n  a.h \\\n  b/c.h\n", ["main.c", "a.h", "b/c.h"]),
        ("a\\ b.o: a\\ b.c d\\#.h\n", ["a b.c", "d#.h"]),
        ("x.o: cost$$.c\n", ["cost$.c"]),
        ("x.o: back\\slash.c \\\r\n y.h\r\n", ["back\\slash.c", "y.h"]),
        ("x.o:\n", []),
        ("", []),
        ("no rule", []),
    ])
    func filesOfARule(text: String, files: [String]) {
        #expect(DependencyList(makeRule: text).files == files)
    }
}
