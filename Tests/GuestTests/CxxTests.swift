import Foundation
import TestSupport
import Testing

/// C++ without its standard library: what works, and what is refused and when.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct CxxTests {
    private func run(_ text: String) async throws -> Hermit.Result {
        let folder = try TemporaryFolder()
        let source = try folder.write("program.cpp", text)
        return try await Hermit.run(["run", "--timeout", "60", source])
    }

    /// Programs that throw or ask for an object's type: they compile, and the
    /// linker says why there is no image.
    @Test(arguments: [
        ("int main() { throw 1; }", "Hermit has no C++ exceptions; the program uses 'throw'"),
        (
            "int main() { try { throw 1; } catch (int) { return 0; } }",
            "Hermit has no C++ exceptions; the program uses 'throw'"
        ),
        (
            """
            struct Base { virtual ~Base() {} };
            struct Derived : Base {};
            Base *volatile base = new Derived;
            int main() { return dynamic_cast<Derived *>(base) == nullptr; }
            """, "Hermit has no C++ runtime types; the program uses 'dynamic_cast'"
        ),
    ])
    func isRefusedByTheLinker(text: String, message: String) async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write("program.cpp", text)
        let sysroot = try await Hermit.sysroot()
        let compiled = try await Hermit.command(
            sysroot + "/bin/x86_64-hermit-c++", ["-c", source, "-o", folder.path + "/program.o"])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let result = try await Hermit.run(["run", "--timeout", "60", source])
        #expect(result.status == 1)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    /// Code that an exception would pass through links, and nothing passes.
    @Test func whatCatchesButNeverThrowsRuns() async throws {
        let result = try await run(
            """
            #include <stdio.h>
            struct Local { ~Local() { printf("goes\\n"); } };
            void (*volatile call)() = [] { printf("called\\n"); };
            void safe() noexcept { Local local; call(); }
            int main()
            {
                try { Local local; call(); safe(); } catch (...) { return 1; }
                return 0;
            }

            """)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "called\ncalled\ngoes\ngoes\n")
    }

    @Test func aPureVirtualCallIsNamed() async throws {
        let result = try await run(
            """
            struct Base {
                Base() { call(); }
                void call() { asm volatile("" : : "r"(this) : "memory"); method(); }
                virtual void method() = 0;
            };
            struct Derived : Base { void method() override {} };
            int main() { Derived derived; derived.method(); }

            """)
        #expect(result.status == 134)
        #expect(result.errors.contains("a pure virtual function was called\n"))
    }

    @Test func newWithoutMemory() async throws {
        let result = try await run(
            """
            #include <new>
            volatile std::size_t much = 1ull << 50;
            char *volatile block;
            int main()
            {
                block = new (std::nothrow) char[much];
                if (block) return 1;
                block = new (std::align_val_t(64), std::nothrow) char[much];
                if (block) return 2;
                block = new char[much];
            }

            """)
        #expect(result.status == 134)
        #expect(result.errors.contains("operator new: out of memory\n"))
    }

    /// The program's allocator is C++'s as well, and its operators are its own.
    @Test func aProgramMayReplaceTheAllocator() async throws {
        let result = try await run(
            """
            #include <stdio.h>
            #include <new>
            static char pool[4096];
            static std::size_t used;
            extern "C" void *malloc(std::size_t size)
            {
                void *block = pool + used;
                used += (size + 15) & ~15ul;
                return block;
            }
            extern "C" void free(void *) {}
            void operator delete[](void *block) noexcept { printf("deleted\\n"); free(block); }
            int main()
            {
                char *volatile block = new char[100];
                bool isOurs = block >= pool && block < pool + sizeof pool;
                delete[] block;
                return isOurs ? 0 : 1;
            }

            """)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "deleted\n")
    }

    @Test func aStaticThatNeedsItselfIsNamed() async throws {
        let result = try await run(
            """
            struct Itself { Itself(); int value; };
            Itself &itself() { static Itself it; return it; }
            Itself::Itself() { value = itself().value; }
            int main() { return itself().value; }

            """)
        #expect(result.status == 134)
        #expect(result.errors.contains("a static's initialisation came back to it\n"))
    }
}
