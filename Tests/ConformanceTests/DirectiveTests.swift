import Conformance
import Testing

/// What is read of GCC's tests, on lines as they stand in them.
struct DirectiveTests {
    private func read(_ source: String, script: String = "", level: String = "-O1") -> TestDirectives {
        TestDirectives(source: source, script: script, target: .hermit, level: level)
    }

    @Test(arguments: [
        ("/* { dg-options \"-fwrapv -fno-inline\" } */", ["-fwrapv", "-fno-inline"]),
        ("/* { dg-options { \"-fwrapv\" } } */", ["-fwrapv"]),
        ("// { dg-additional-options \"-std=c99\" }", ["-std=c99"]),
        ("/* { dg-options \"-fgnu89-inline\" } */\n/* { dg-additional-options \"-O2\" } */", ["-fgnu89-inline", "-O2"]),
        // Passes of GCC's own.
        ("/* { dg-options \"-O2 -ftree-vectorize -fno-vect-cost-model\" } */", ["-O2"]),
        ("/* { dg-options \"-mno-mmx\" { target { x86_64-*-* i?86-*-* } } } */", ["-mno-mmx"]),
        ("/* { dg-options \"-mno-eabi\" { target powerpc-*-eabi* } } */", []),
        ("/* { dg-options \"-mtune=i686\" { target { { i?86-*-* x86_64-*-* } && ia32 } } } */", []),
        ("/* { dg-additional-options \"-fpic\" { target fpic } } */", ["-fpic"]),
        ("/* { dg-additional-options \"-DSIGNAL_SUPPRESS\" { target { ! signal } } } */", []),
        ("int main() { return 0; } /* dg-options is no directive here */", []),
    ])
    func options(source: String, options: [String]) {
        #expect(read(source).options == options)
        #expect(read(source).skipReason == nil)
    }

    @Test(arguments: [
        ("/* { dg-require-effective-target int32plus } */", nil),
        ("/* { dg-require-effective-target mmap } */", "needs mmap"),
        ("/* { dg-skip-if \"requires io\" { freestanding } }  */", nil),
        ("/* { dg-skip-if \"small\" { pdp11-*-* } } */", nil),
        ("/* { dg-skip-if \"requires alloca\" { ! alloca } { \"-O0\" } { \"\" } } */", nil),
        ("/* { dg-skip-if \"\" { ! { i?86-*-* x86_64-*-* } } } */", nil),
        ("/* { dg-skip-if \"not here\" { x86_64-*-* } } */", "not here"),
        ("/* { dg-skip-if \"requires higher optimization\" { *-*-* } \"-O1\" \"\" } */", "requires higher optimization"),
        ("/* { dg-skip-if \"not at -O2\" { *-*-* } \"-O2\" \"\" } */", nil),
        ("/* { dg-skip-if \"without\" { *-*-* } { \"*\" } { \"-O1\" } } */", nil),
        ("/* { dg-skip-if \"signed zero not supported\" { \"vax-*-*\" } } */", nil),
        ("/* { dg-do run } */", nil),
        ("/* { dg-do compile } */", "is not to be run"),
    ] as [(String, String?)])
    func skips(source: String, reason: String?) {
        #expect(read(source).skipReason == reason)
    }

    @Test func scripts() {
        let script = """
            # set additional_flags "-not"
            if [istarget "avr-*-*"] {
                lappend additional_flags "-neither"
            }
            lappend additional_flags "-fno-trapping-math" "-fno-gcse"
            set additional_flags -fno-builtin-abs
            return 0
            """
        #expect(read("", script: script).options == ["-fno-trapping-math", "-fno-builtin-abs"])
    }

    @Test func textThatEndsEarly() {
        #expect(read("/* { dg-options \"-fwrapv").options == ["-fwrapv"])
        #expect(read("{ dg-options").options == [])
        #expect(read("{ dg-skip-if").skipReason == nil)
    }
}
