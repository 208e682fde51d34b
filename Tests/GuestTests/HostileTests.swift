import Foundation
import TestSupport
import Testing

/// Arguments that no honest program gives, to every function of hermit.h.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct HostileTests {
    private static let program = Hermit.root + "/Tests/Programs/hostile.c"
    /// Functions that end the program as they should.
    private static let ends: Set = ["sys_exit", "sys_abort", "sys_thread_exit", "sys_debug_fault"]

    @Test func everyFunctionReturnsWhatItsHeaderSays() async throws {
        let result = try await Hermit.run(["run", "--timeout", "60", Self.program], input: "input")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "input 5, 0 failures\n")
    }

    /// malloc of more than there is: NULL and ENOMEM, and the program goes on.
    @Test func memoryThatIsUsedUp() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "exhaust.c",
            """
            #include <errno.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            struct block { struct block *next; };
            static long fill(size_t size)
            {
                struct block *first = NULL, *block;
                /* The compiler may not know what the calls return. */
                void *(*volatile again)(void *, size_t) = realloc;
                void *(*volatile zeroed)(size_t, size_t) = calloc;
                long count = 0;
                errno = 0;
                while ((block = malloc(size))) {
                    memset(block, 0x5a, size);
                    block->next = first;
                    first = block;
                    count++;
                }
                int error = errno;
                errno = 0;
                if (error != ENOMEM || again(first, 1ul << 40) || errno != ENOMEM) exit(9);
                errno = 0;
                if (zeroed(1ul << 33, 1ul << 33) || errno != ENOMEM) exit(10);
                printf("used up at %zu\\n", size);
                while (first) {
                    block = first->next;
                    free(first);
                    first = block;
                }
                return count;
            }
            int main(void)
            {
                static const size_t sizes[] = { 4000000, 100000, 5000, 200 };
                for (int i = 0; i < 4; i++) {
                    long count = fill(sizes[i]);
                    if (count * sizes[i] < 8000000 || fill(sizes[i]) < count - count / 10) return i + 1;
                }
                puts("goes on");
                return 0;
            }

            """)
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--memory", "32M", source,
        ])
        #expect(result.status == 0, "\(result.errors)")
        let lines = [4_000_000, 100_000, 5000, 200].map { "used up at \($0)\n" }
        #expect(result.text == lines.map { $0 + $0 }.joined() + "goes on\n")
    }

    /// The program names every function that the headers declare.
    @Test func noFunctionIsForgotten() throws {
        let folder = Hermit.root + "/include/hermit"
        var declared: Set<String> = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder)
        where name.hasSuffix(".h") {
            let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
            // Declarations stand outside of comments.
            let code = text.replacing(/\/\*[^*]*\*+(?:[^\/*][^*]*\*+)*\//, with: "")
            for match in code.matches(of: /\b(sys_[a-z0-9_]+)\(/) { declared.insert(String(match.1)) }
        }
        #expect(declared.count > 100)
        let text = try String(contentsOfFile: Self.program, encoding: .utf8)
        let called = Set(text.matches(of: /\b(sys_[a-z0-9_]+)\(/).map { String($0.1) })
        #expect(declared.subtracting(called).subtracting(Self.ends) == [])
    }
}
