import Conformance
import Testing

/// The way through a batch, against a machine in which chosen tests fail.
struct BatchTests {
    enum Fault { case exits, crashes, hangs }

    /// What the driver of an image with `tests` writes until it ends.
    private func output(_ tests: [Int], _ step: ClosedRange<Int>, _ faults: [Int: Fault])
        -> (text: String, status: Int)
    {
        var text = "a log's line\n"
        for test in tests where step.contains(test) {
            text += "\n@conformance begin \(test)\n"
            switch faults[test] {
            case .crashes: return (text + "report\n", 139)
            case .hangs: return (text, 124)
            case .exits: text += "\n@conformance end \(test) 1\n"
            case nil: text += "words of the test\n\n@conformance end \(test) 0\n"
            }
        }
        return (text + "\n@conformance all 0\n", 0)
    }

    private func run(_ tests: [Int], _ faults: (_ step: ClosedRange<Int>) -> [Int: Fault])
        -> (BatchRun, starts: [ClosedRange<Int>])
    {
        var run = BatchRun(tests)
        var starts: [ClosedRange<Int>] = []
        while let step = run.step, starts.count < 50 {
            starts.append(step)
            let (text, status) = output(tests, step, faults(step))
            let tookIt = run.take(TestMarks(text), status: status)
            #expect(tookIt)
        }
        return (run, starts)
    }

    @Test func oneStartWhereAllPass() {
        let (run, starts) = run([2, 3, 7]) { _ in [:] }
        #expect(starts == [2...7])
        #expect(run.outcomes == [2: .init(status: 0), 3: .init(status: 0), 7: .init(status: 0)])
    }

    @Test func goesOnBehindOneThatCrashes() {
        let (run, starts) = run([0, 1, 2, 3, 9]) { _ in [1: .crashes, 2: .exits] }
        #expect(starts == [0...9, 2...9, 1...1, 2...2])
        #expect(run.outcomes[1] == .init(status: 139, words: "report\n"))
        #expect(run.outcomes[2] == .init(status: 1))
        #expect(run.outcomes[9] == .init(status: 0))
    }

    /// One that fails because of those before it passes by itself.
    @Test func whatCountsIsTheTestAlone() {
        let (run, starts) = run([0, 1, 2]) { $0.count > 1 ? [1: .exits] : [:] }
        #expect(starts == [0...2, 1...1])
        #expect(run.outcomes[1] == .init(status: 0))
    }

    @Test func oneThatHangsAtTheEnd() {
        let (run, starts) = run([4, 5]) { _ in [5: .hangs] }
        #expect(starts == [4...5, 5...5])
        #expect(run.outcomes[5]?.status == 124)
    }

    @Test func aLastOneAloneIsNotStartedTwice() {
        let (_, starts) = run([0, 1]) { _ in [0: .crashes, 1: .crashes] }
        #expect(starts == [0...1, 1...1, 0...0])
    }

    /// A test that ends the program with success has not come to its end.
    @Test func anEarlyEndIsNoSuccess() {
        var run = BatchRun([0])
        let marks = TestMarks("@conformance begin 0\n")
        let tookIt = run.take(marks, status: 0)
        #expect(tookIt)
        #expect(run.outcomes[0]?.status == -1)
    }

    @Test func aProgramThatDoesNotStart() {
        var run = BatchRun([0, 1])
        let took = run.take(TestMarks("no image\n"), status: 1)
        #expect(!took)
    }

    @Test func whoIsToBlameForALink() {
        let errors = """
            ld.lld: error: undefined symbol: mmap
            >>> referenced by loop.c:30
            >>>               /folder/test17.o:(test17)
            >>> referenced by other.c
            >>>               /folder/test3.o:(.text.f+0x4)
            ld.lld: error: relocation R_X86_64_32 cannot be used against symbol 'x'
            >>> defined in test5.o
            clang: error: linker command failed with exit code 1
            """
        #expect(
            LinkFailures.reasons(errors) == [
                17: "undefined symbol: mmap", 3: "undefined symbol: mmap",
                5: "relocation R_X86_64_32 cannot be used against symbol 'x'",
            ])
    }

    @Test func aChoiceIsTheSameEveryTime() {
        let all = Array(0..<1000)
        let choice = SeededChoice.choose(50, of: all, seed: 12)
        #expect(choice == SeededChoice.choose(50, of: all, seed: 12))
        #expect(choice != SeededChoice.choose(50, of: all, seed: 13))
        #expect(choice == choice.sorted() && Set(choice).count == 50)
        #expect(SeededChoice.choose(5, of: [1, 2], seed: 0) == [1, 2])
    }

    @Test func distancesInUnitsInTheLastPlace() {
        let results = VectorResults(
            """
            d sin 1 3ff0000000000001
            d sin 2 8000000000000001
            d sin 3 7ff8000000000000
            d sin 4 0000000000000000
            d sin 5 7ff0000000000000
            f sinf 1 3f800003
            t strtol 1 5 and more
            """,
            """
            d sin 1 3ff0000000000000
            d sin 2 0000000000000001
            d sin 3 fff8000000000000
            d sin 4 8000000000000000
            d sin 5 7fefffffffffffff
            f sinf 1 3f800000
            t strtol 1 5 and less
            """)
        #expect(results.unpaired == 0)
        #expect(results.distances["d sin"]?.count == 5)
        #expect(results.distances["d sin"]?.largest == 2)
        #expect(results.distances["d sin"]?.different == 2)
        #expect(results.distances["f sinf"]?.largest == 3)
        #expect(results.distances["t strtol"]?.different == 1)
        #expect(VectorResults("d sin 1 0\nd sin 2 0", "d sin 1 0\nd cos 2 0").unpaired == 1)
    }

    @Test func linesThatAreExpected() {
        let script = "load_lib x\nset expected_output {\n\"Set [a-z].\"\n\"* 1 Invalid\"\n}\nmore\n"
        #expect(ExpectedLines.patterns(script: script) == ["Set [a-z].", "* 1 Invalid"])
        #expect(ExpectedLines.mismatches("x: 1 Invalid\n", ["* 1 Invalid", "last"]) == [" for last"])
        #expect(ExpectedLines.patterns(script: "set output {\n\"a0cba\"\n}\n") == ["a0cba"])
        #expect(ExpectedLines.patterns(script: "nothing") == [])
    }

    @Test func theTable() {
        var table = ResultTable()
        table.add("a/one", .passed)
        table.add("a/two", .failed("status 134"))
        table.add("b/three", .skipped("needs mmap"))
        table.add("b/four", .notOnHost("not compiled: x"))
        #expect(table.rate == 0.5)
        #expect(
            table.text == """
                | family | passed | failed | not on the host | skipped |
                |---|---|---|---|---|
                | a | 1 | 1 | 0 | 0 |
                | b | 0 | 0 | 1 | 1 |

                Failed:

                - a/two: status 134

                Not on the host:

                - b/four: not compiled: x

                Skipped:

                - b/three: needs mmap

                """)
    }
}
