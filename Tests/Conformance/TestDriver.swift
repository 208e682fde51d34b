/// The program around a batch of tests. Each test is an object in which only
/// the function `testN`, its former `main`, is global.
///
/// It takes two arguments, the first and the last test to run, and writes a
/// mark to standard error before and after each (`TestMarks`). On the host each
/// test is a process of its own. On Hermit, which has one, all run in turn
/// until one brings the program down.
public enum TestDriver {
    /// What a test's calls of `exit` become.
    public static let exit = "conformance_exit"

    /// The name of a test's function and object.
    public static func name(_ index: Int) -> String { "test\(index)" }

    /// - Parameters:
    ///   - indices: The tests in the image.
    ///   - seconds: How much of the processor's time a test may take on the host.
    public static func source(indices: [Int], seconds: Int) -> String {
        let declarations = indices.map { "int \(name($0))();" }.joined(separator: "\n")
        let numbers = indices.map(String.init).joined(separator: ", ")
        let cases = indices.map { "\tcase \($0): return \(name($0))(1, words, words + 1);" }
            .joined(separator: "\n")
        return """
            #include <setjmp.h>
            #include <signal.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <unistd.h>
            #ifndef __hermit__
            #include <sys/resource.h>
            #include <sys/wait.h>
            #endif

            \(declarations)

            static const int tests[] = { \(numbers) };
            static char *words[] = { "test", NULL };

            static int call(int test)
            {
            \tswitch (test) {
            \(cases)
            \tdefault: return -1;
            \t}
            }

            static void mark(const char *format, int test, int status)
            {
            \tchar text[64];
            \tint length = snprintf(text, sizeof text, format, test, status);
            \tif (write(2, text, length) != length) _exit(99);
            }

            #ifdef __hermit__
            static jmp_buf place;

            void conformance_exit(int status)
            {
            \tlongjmp(place, (status & 255) + 1);
            }

            static int run(int test)
            {
            \tint result = setjmp(place);
            \tif (result == 0) conformance_exit(call(test));
            \t/* What a test may have left behind in the processor. */
            \tunsigned control = 0x1f80;
            \t__asm__ volatile("cld; fninit; ldmxcsr %0" : : "m"(control));
            \tfor (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
            \treturn result - 1;
            }
            #else
            void conformance_exit(int status)
            {
            \texit(status);
            }

            static int run(int test)
            {
            \tint status = 0;
            \tpid_t child = fork();
            \tif (child == 0) {
            \t\tstruct rlimit limit = { \(seconds), \(seconds) }, none = { 0, 0 };
            \t\tsetrlimit(RLIMIT_CPU, &limit);
            \t\tsetrlimit(RLIMIT_CORE, &none);
            \t\t/* One that sleeps for ever. */
            \t\talarm(60 * \(seconds));
            \t\texit(call(test));
            \t}
            \tif (child < 0 || waitpid(child, &status, 0) != child) return 99;
            \treturn WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            }
            #endif

            int main(int argc, char **argv)
            {
            \tif (argc != 3) return 98;
            \tint first = atoi(argv[1]), last = atoi(argv[2]);
            \tfor (volatile unsigned place = 0; place < sizeof tests / sizeof *tests; place++) {
            \t\tint test = tests[place];
            \t\tif (test < first || test > last) continue;
            \t\tmark("\\n\(TestMarks.begin) %d\\n", test, 0);
            \t\tint status = run(test);
            \t\tfflush(stdout);
            \t\tmark("\\n\(TestMarks.end) %d %d\\n", test, status);
            \t}
            \tmark("\\n\(TestMarks.all) %d\\n", 0, 0);
            \t_exit(0);
            }

            """
    }
}

/// What the driver tells on standard error.
public struct TestMarks: Equatable, Sendable {
    static let begin = "@conformance begin"
    static let end = "@conformance end"
    static let all = "@conformance all"

    /// The status of each test that came to its end, by its number.
    public var statuses: [Int: Int] = [:]
    /// The test that was begun and came to no end.
    public var open: Int? = nil
    /// Whether the driver itself came to its end.
    public var isComplete = false
    /// What else was written since the last mark: how a test died.
    public var remainder = ""

    public init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix(Self.begin), words.count == 3, let test = Int(words[2]) {
                open = test
                remainder = ""
            } else if line.hasPrefix(Self.end), words.count == 4, let test = Int(words[2]),
                let status = Int(words[3])
            {
                statuses[test] = status
                open = nil
                remainder = ""
            } else if line.hasPrefix(Self.all) {
                isComplete = true
            } else {
                remainder += line + "\n"
            }
        }
    }
}
