import Foundation
import TestSupport
import Testing

/// Swift packages booted in a virtual machine.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct SwiftProgramTests {
    @Test(arguments: ["q35", "microvm"])
    func helloPrintsItsArguments(machine: String) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--machine", machine, "--cpus", "2",
            "examples-swift/hello_world", "--", "a", "b c",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "Hello from Hermit!\na\nb c\n")
    }

    // What the two examples print is what the same sources print on a host.

    @Test(arguments: ["q35", "microvm"])
    func collectionsWork(machine: String) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--machine", machine, "examples-swift/collections",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == """
                numbers: 12
                [1, 4, 9, 5, 3, 3, 5, 9, 4, 1, 42, 7]
                sorted: [1, 1, 3, 3, 4, 4, 5, 5, 7, 9, 9, 42]
                largest: [42, 9, 9]
                even: [4, 4, 42]
                sum: 93 maximum: 42
                12 before, [7, 42, 9, 5, 5, 9] now
                brown=1
                jumps=1
                lazy=1
                over=1
                quick=1
                the: 3 cat: 0
                without it: 8
                3: ["dog", "end", "fox", "the"]
                4: ["lazy", "over"]
                5: ["brown", "jumps", "quick"]
                ["one": 1]
                squares: 5000 9801 -1
                both: [3, 5, 7]
                either: [1, 2, 3, 5, 7, 9]
                prime: 4 false 5 true
                areas: [3, 12, 12]
                counted to 27

                """)
    }

    @Test func textIsUnicode() async throws {
        let result = try await Hermit.run(["run", "--timeout", "60", "examples-swift/unicode"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == """
                café café equal: true
                bytes: 5 6
                scalars: 4 5
                characters: 4 4
                found: 2
                ordered: false false
                hangul: true
                angstrom: true
                2 4 8 16
                1 7 11 25
                1 2 4 8
                1 2 2 6
                1 3 3 5
                1 2 2 2
                🙂bña
                STRASSE àéî ασ
                a: true false false false
                Z: true false true false
                7: false true false false
                 : false false false true
                é: true false false false
                字: true false false false
                5,6,9 übermäßig
                true true true
                a�b�

                """)
    }

    @Test func linesOfInputAreEchoed() async throws {
        let long = String(repeating: "é", count: 1000)
        let result = try await Hermit.run(
            ["run", "--timeout", "60", "examples-swift/stdin"],
            input: "x\ny y\r\n\n\(long)\nno newline")
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == "1: x\n2: y y\n3: \n4: \(long)\n5: no newline\nlines: 5\n")
        let nothing = try await Hermit.run(["run", "--timeout", "60", "examples-swift/stdin"])
        #expect(nothing.text == "lines: 0\n")
    }

    @Test func randomNumbersAreSwifts() async throws {
        var keys: Set<String> = []
        for _ in 0..<2 {
            let result = try await Hermit.run(["run", "--timeout", "60", "examples-swift/random"])
            #expect(result.status == 0, "\(result.errors)")
            var lines = result.text.split(separator: "\n").map(String.init)
            let key = lines.popLast() ?? ""
            #expect(key.wholeMatch(of: /key: [0-9a-f]{32}/) != nil, "\(key)")
            keys.insert(key)
            // What Swift's algorithm makes of the same generator on a host.
            var repeatable = SplitMix(state: 42)
            let numbers = (0..<5).map { _ in Int.random(in: 1...100, using: &repeatable) }
            #expect(
                lines == [
                    "6000 rolls of a die, all sides about as often: true",
                    "shuffled, nothing is lost: true", "two numbers differ: true",
                    "seed 42: \(numbers)",
                ])
        }
        #expect(keys.count == 2)
    }

    @Test func clocksHaveTheShapeOfSwifts() async throws {
        let before = Int(Date().timeIntervalSince1970)
        let result = try await Hermit.run(["run", "--timeout", "60", "examples-swift/clocks"])
        let after = Int(Date().timeIntervalSince1970)
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.text.split(separator: "\n").map(String.init)
        try #require(lines.count == 6, "\(result.text)")
        #expect(lines[0] == "primes below a million: 78498")
        #expect(lines[2] == "in order: true")
        let seconds = Int(lines[3].split(separator: " ").last ?? "") ?? 0
        #expect(before - 2...after + 2 ~= seconds)
        #expect(lines[4] == "days since 1970: \(seconds / 86400)")
        #expect(lines[5] == "in order: true")
    }

    @Test func theWallClockCanBeSet() async throws {
        let folder = try TemporaryFolder()
        try folder.writePackage("setting", main: """
            import Hermit
            func all() throws(SystemError) {
                let day = WallClock.Instant(since1970: .seconds(86400) + .nanoseconds(5))
                try WallClock().set(to: day)
                let passed = day.duration(to: .now)
                print(passed >= .zero && passed < .seconds(10))
                print(MonotonicClock().minimumResolution == .nanoseconds(1))
                let start = MonotonicClock.Instant.now
                print(start.advanced(by: .seconds(-1)) < start, start + .seconds(2) - start == .seconds(2))
                try WallClock().set(to: WallClock.Instant(since1970: .seconds(-1)))
            }
            do throws(SystemError) { try all() } catch { print(error == .invalidArgument) }
            """)
        let result = try await Hermit.run(["run", "--timeout", "60", folder.path])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "true\ntrue\ntrue true\ntrue\n")
    }

    @Test func arithmeticIsTheHosts() async throws {
        let folder = try TemporaryFolder()
        try folder.writePackage("numbers", main: """
            import Hermit
            for line in numberLines(2000) + readingLines() { print(line) }
            """)
        let source = Hermit.root + "/Tests/GuestTests/Programs/Numbers.swift"
        _ = try folder.write(
            "Sources/numbers/Numbers.swift", String(contentsOfFile: source, encoding: .utf8))
        let result = try await Hermit.run(["run", "--timeout", "60", folder.path])
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.text.split(separator: "\n").map(String.init)
        #expect(lines == numberLines(2000) + readingLines())
    }

    @Test func printTakesWhatSwiftsTakes() async throws {
        let folder = try TemporaryFolder()
        try folder.writePackage("printing", main: """
            import Hermit
            func all() throws(SystemError) {
                let (number, text, half) = (5, "text", 2.5)
                print(number)
                print(text)
                print(half, number, text)
                print(true, "é" as Character, text.dropFirst(), separator: "|", terminator: "!\\n")
                print(text, terminator: "")
                print()
                print("\\([1, 2])", ["one": 1].count)
                print("1", 2, 3.5, "4", 5, 6)
                print(Environment["KEY"] ?? "no", Environment["MISSING"] ?? "no")
                try StandardOutput.write("out\\n")
                try StandardError.write("error\\n")
                do throws(SystemError) {
                    try FileDescriptor(rawValue: 77).writeAll("x")
                } catch {
                    print(error == .badFileDescriptor)
                }
            }
            do throws(SystemError) { try all() } catch { print("failed") }
            exit(200)
            """)
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--env", "KEY=a value", folder.path,
        ])
        #expect(result.status == 200, "\(result.errors)")
        #expect(result.errors.hasSuffix("error\n"), "\(result.errors)")
        #expect(
            result.text == """
                5
                text
                2.5 5 text
                true|é|ext!
                text
                [1, 2] 1
                1 2 3.5 4 5 6
                a value no
                out
                true

                """)
    }

    @Test func anOutsidePackagesTargetMayHaveAnyName() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(
            "Package.swift",
            """
            // swift-tools-version: 6.2
            import PackageDescription
            let package = Package(
                name: "outside",
                dependencies: [.package(name: "hermit", path: "\(Hermit.root)")],
                targets: [
                    .target(name: "Network"),
                    .executableTarget(
                        name: "outside",
                        dependencies: ["Network", .product(name: "Hermit", package: "hermit")]),
                ])
            """)
        _ = try folder.write(
            "Sources/Network/Network.swift", "public func answer() -> Int { 42 }\n")
        _ = try folder.write(
            "Sources/outside/main.swift",
            """
            import Hermit
            import Network
            print("outside:", answer())
            exit(3)
            """)
        let result = try await Hermit.run(["run", "--timeout", "60", folder.path])
        #expect(result.status == 3, "\(result.errors)")
        #expect(result.text == "outside: 42\n")
    }
}

/// The generator of examples-swift/random.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
