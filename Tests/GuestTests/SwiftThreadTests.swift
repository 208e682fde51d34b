import Foundation
import TestSupport
import Testing

/// Threads, locks and sleeping of the library `Hermit`, by whole reports. What
/// they say does not depend on how many processors run the threads.
@Suite(.serialized, .prepared, .timeLimit(.minutes(15)))
struct SwiftThreadTests {
    static let processors = [1, 2, 4]

    @Test(arguments: processors)
    func threadsReturnValues(processors: Int) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--cpus", "\(processors)", "examples-swift/threads",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == """
                sums: 500500 1001000 1501500
                ticket: 7
                the first thread's own: 0
                destroyed: 3
                three ran by themselves
                counted: 60000
                joins itself: true
                stack: invalid argument
                core: invalid argument
                nobody: no such task
                priority: true true
                processors: true

                """)
    }

    @Test(arguments: processors)
    func locksAndConditionsWork(processors: Int) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--cpus", "\(processors)", "examples-swift/mutex",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == """
                counted: 20000
                taken twice: -1 free: 1
                taken: 125250 doubled: 250500
                nothing comes: true
                never more than two: true
                room for two: true true false false
                closed: false
                all four passed
                slept: true

                """)
    }

    /// The same sum as on the host, to the last bit, whoever adds it up.
    @Test(arguments: processors)
    func piIsTheHosts(processors: Int) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--cpus", "\(processors)", "examples-swift/parallel_pi",
            "--", "1000000",
        ])
        #expect(result.status == 0, "\(result.errors)")
        let (steps, parts) = (1_000_000, 64)
        let sums = (0..<parts).map { part in
            (steps * part / parts..<steps * (part + 1) / parts).reduce(0.0) { sum, step in
                let x = (Double(step) + 0.5) * (1 / Double(steps))
                return sum + 4 / (1 + x * x)
            }
        }
        let pi = sums.reduce(0, +) / Double(steps)
        #expect(result.text == "pi: \(pi)\nnear enough: true\n")
    }

    /// Builds a program once, and hands what each run of it came to to `check`.
    private func run(
        _ name: String, _ main: String, globals: String? = nil, on processors: [Int] = processors,
        options: [String] = [], arguments: [[String]] = [[]],
        _ check: (Hermit.Result, _ arguments: [String]) -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        try folder.writePackage(name, main: main)
        if let globals { _ = try folder.write("Sources/\(name)/Globals.swift", globals) }
        let image = folder.path + "/image"
        let built = try await Hermit.run(["build", folder.path, "-o", image])
        try #require(built.status == 0, "\(built.errors)")
        for count in processors {
            for words in arguments {
                let result = try await Hermit.run(
                    ["run", "--timeout", "120", "--cpus", "\(count)"] + options + [image, "--"] + words)
                check(result, words)
            }
        }
    }

    /// Whoever waits for a global's first value lets the thread run that makes it.
    @Test func aGlobalIsInitialisedOnce() async throws {
        let sum = (0..<100_000).reduce(0) { ($0 + $1 * $1) % 1_000_003 }
        try await run(
            "lazy",
            """
            import Hermit
            func all() throws(SystemError) {
                Thread.setPriority(.high)
                let slow = try Thread.spawn(priority: .low) { table.sum }
                started.wait()
                let a = try Thread.spawn(priority: .highest) { table.sum }
                let b = try Thread.spawn(priority: .highest) { table.sum }
                go.signal()
                print(try a.join(), try b.join(), table.sum, try slow.join())
            }
            do throws(SystemError) { try all() } catch { print("failed", error) }
            """,
            globals: """
                import Hermit
                let started = Semaphore()
                let go = Semaphore()
                final class Table: Sendable {
                    let sum: Int
                    init() {
                        started.signal()
                        go.wait()
                        var sum = 0
                        for i in 0..<100_000 { sum = (sum + i * i) % 1_000_003 }
                        self.sum = sum
                    }
                }
                let table = Table()
                """
        ) { result, _ in
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text == "\(sum) \(sum) \(sum) \(sum)\n")
        }
    }

    /// What a thread, a mutex or a thread-local value owns is destroyed when it
    /// should be, once; and nothing is lost in many rounds.
    @Test func whatIsOwnedIsDestroyed() async throws {
        try await run(
            "owning",
            """
            import Hermit
            import Synchronization
            let alive = Atomic(0)
            final class Thing: Sendable {
                init() { alive.add(1, ordering: .relaxed) }
                deinit { alive.subtract(1, ordering: .relaxed) }
            }
            final class Wrapper: Sendable {
                let mutex = Mutex<Thing?>(Thing())
                let local = ThreadLocal { Thing() }
                let ended = Semaphore()
            }
            struct Failure: Error {}
            let again = ThreadLocal { Thing() }
            /// Its end asks for another value of the thread.
            final class Last: Sendable { deinit { again.withValue { _ in } } }
            let last = ThreadLocal { Last() }

            func all() throws(SystemError) {
                do {
                    let wrapper = Wrapper()
                    let joined = try Thread.spawn { () -> Thing in
                        wrapper.local.withValue { _ in }
                        last.withValue { _ in }
                        return Thing()
                    }
                    let thing = try joined.join()
                    print("of a thread:", alive.load(ordering: .relaxed))
                    do throws(Failure) {
                        try wrapper.mutex.withLock { value throws(Failure) in
                            value = nil
                            throw Failure()
                        }
                    } catch { print("thrown, free:", wrapper.mutex.withLockIfAvailable { $0 == nil } ?? false) }
                    _ = thing
                }
                print("all gone:", alive.load(ordering: .relaxed))
                // Dropped handles: the value ends with the thread.
                let wrapper = Wrapper()
                for _ in 0..<200 {
                    _ = try Thread.spawn { () -> Thing in
                        let thing = Thing()
                        wrapper.ended.signal()
                        return thing
                    }
                    wrapper.ended.wait()
                }
                // The last have perhaps not yet ended.
                while alive.load(ordering: .relaxed) > 1 { try sleep(for: .milliseconds(1)) }
                print("dropped:", alive.load(ordering: .relaxed))
                for round in 0..<1500 {
                    let thread = try Thread.spawn { () -> [Int] in
                        wrapper.local.withValue { _ in }
                        return [Int](repeating: round, count: 100)
                    }
                    guard try thread.join()[99] == round else { print("wrong"); return }
                }
                print("rounds:", alive.load(ordering: .relaxed))
            }
            do throws(SystemError) { try all() } catch { print("failed", error) }
            """, options: ["--memory", "16M"]
        ) { result, _ in
            #expect(result.status == 0, "\(result.errors)")
            #expect(
                result.text == """
                    of a thread: 2
                    thrown, free: true
                    all gone: 0
                    dropped: 1
                    rounds: 1

                    """)
        }
    }

    /// The answers to programs that are wrong.
    @Test func mistakesAreNoticed() async throws {
        let statuses = [
            "nested": 132, "negative": 132, "overflow": 132, "swapped": 132, "back": 0,
            "priority": 7,
        ]
        try await run(
            "wrong",
            """
            import Hermit
            let local = ThreadLocal { 0 }
            let a = Mutex(1)
            let b = Mutex(2)
            func wrong() {
                switch CommandLine.arguments[1] {
                case "nested": local.withValue { outer in local.withValue { outer += $0 } }
                case "negative": _ = Semaphore(value: -1)
                case "overflow": Semaphore(value: Semaphore.maximumValue).signal()
                case "swapped": a.withGuard { x in b.withGuard { y in swap(&x, &y) } }
                case "back": a.withGuard { x in b.withGuard { y in swap(&x, &y); swap(&x, &y) } }
                case "priority": exit(ThreadPriority(rawValue: 31) == nil ? 7 : 8)
                default: exit(1)
                }
            }
            wrong()
            """, on: [1], arguments: statuses.keys.sorted().map { [$0] }
        ) { result, arguments in
            #expect(Int(result.status) == statuses[arguments[0]], "\(arguments): \(result.errors)")
        }
    }

    /// A thread that C code ends in the middle of its closure returns nothing.
    @Test func errorsOfJoinAreTyped() async throws {
        let folder = try TemporaryFolder()
        try folder.writePackage("joining", main: """
            import Ending
            import Hermit
            func all() throws(SystemError) {
                let ended = try Thread.spawn { () -> Int in leave(3) }
                do throws(SystemError) { print(try ended.join()) } catch { print(error == .canceled) }
                // Joined by its number: what it has returned is there all the same.
                let taken = try Thread.spawn { 5 }
                print(steal(taken.identifier.rawValue))
                print(try taken.join())
                let lost = try Thread.spawn { () -> Int in leave(3) }
                print(steal(lost.identifier.rawValue))
                do throws(SystemError) { print(try lost.join()) } catch { print(error == .noSuchProcess) }
                // The thread's is read first: both go on.
                let own = Thread.processorTime
                print(Thread.current.rawValue, own > .zero, Thread.programProcessorTime >= own)
            }
            do throws(SystemError) { try all() } catch { print("failed", error) }
            """)
        let package = try String(contentsOfFile: folder.path + "/Package.swift", encoding: .utf8)
        _ = try folder.write(
            "Package.swift",
            package.replacing("targets: [", with: "targets: [.target(name: \"Ending\"),")
                .replacing("dependencies: [.product", with: "dependencies: [\"Ending\", .product"))
        _ = try folder.write(
            "Sources/Ending/include/Ending.h",
            """
            #include <stdint.h>
            _Noreturn void leave(int32_t status);
            int32_t steal(int32_t id);

            """)
        _ = try folder.write(
            "Sources/Ending/Ending.c",
            """
            #include "Ending.h"
            #include "\(Hermit.root)/include/hermit.h"
            _Noreturn void leave(int32_t status) { sys_thread_exit(status); }
            int32_t steal(int32_t id) { return sys_join(id); }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", folder.path])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "true\n0\n5\n0\ntrue\n1 true true\n")
    }
}
