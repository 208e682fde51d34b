import Conformance
import Foundation
import TestSupport

/// Runs GCC's tests: each on the host, and those that pass there on Hermit.
struct TortureRun {
    /// Tests in one image.
    static let batchSize = 100
    /// Images that are made and run at the same time.
    static let workers = 2
    private static let folder = Hermit.root + "/.build/conformance/work"

    let sysroot: String
    let toolchain: String

    /// The verdict of each test.
    func run(_ tests: [CompiledTest]) async throws -> ResultTable {
        var table = ResultTable()
        for test in tests {
            if let reason = test.skipReason { table.add(test.name, .skipped(reason)) }
        }
        let eligible = tests.filter { $0.skipReason == nil }
        let batches = stride(from: 0, to: eligible.count, by: Self.batchSize).map {
            Array(eligible[$0..<min($0 + Self.batchSize, eligible.count)])
        }
        return try await withThrowingTaskGroup(of: ResultTable.self) { group in
            var done = 0
            for (number, batch) in batches.enumerated() {
                if number >= Self.workers, let result = try await group.next() {
                    table.merge(result)
                    done += 1
                    Self.tell(done, of: batches.count, table)
                }
                group.addTask { try await run(batch, number) }
            }
            for try await result in group {
                table.merge(result)
                done += 1
                Self.tell(done, of: batches.count, table)
            }
            return table
        }
    }

    private static func tell(_ done: Int, of all: Int, _ table: ResultTable) {
        let words = "conformance: \(done) of \(all) batches, \(table.passedCount) passed, \(table.failures.count) failed\n"
        FileHandle.standardError.write(Data(words.utf8))
    }

    /// One batch, on the host and on Hermit.
    private func run(_ batch: [CompiledTest], _ number: Int) async throws -> ResultTable {
        var table = ResultTable()
        let tests = Dictionary(uniqueKeysWithValues: batch.enumerated().map { ($0, $1) })
        let place = "\(Self.folder)/\(number)"
        let onHost = TestCompiler(
            way: TortureSources.way, system: .host, compiler: toolchain + "/clang", toolchain: toolchain,
            folder: place + "/host")
        let baseline = try await outcomes(tests, onHost)
        var passing: [Int: CompiledTest] = [:]
        for (index, test) in tests {
            if let reason = Self.failure(baseline[index]) {
                table.add(test.name, .notOnHost(reason))
            } else {
                passing[index] = test
            }
        }
        let here = TestCompiler(
            way: TortureSources.way, system: .hermit, compiler: sysroot + "/bin/x86_64-hermit-cc", toolchain: toolchain,
            folder: place + "/hermit")
        let results = try await outcomes(passing, here)
        for (index, test) in passing {
            table.add(test.name, Self.failure(results[index]).map { .failed($0) } ?? .passed)
        }
        return table
    }

    private enum Result {
        case ran(BatchRun.Outcome)
        case notMade(String)
    }

    private static func failure(_ result: Result?) -> String? {
        switch result {
        case .none: return "did not run"
        case .notMade(let reason): return reason
        case .ran(let outcome):
            if outcome.status == 0 { return nil }
            let words = outcome.words.split(separator: "\n").prefix(3).joined(separator: "; ")
            return "status \(outcome.status)" + (words.isEmpty ? "" : ": " + words)
        }
    }

    private func outcomes(_ tests: [Int: CompiledTest], _ compiler: TestCompiler) async throws
        -> [Int: Result]
    {
        if tests.isEmpty { return [:] }
        let product = try await compiler.make(tests)
        var results = product.reasons.mapValues { Result.notMade($0) }
        if product.tests.isEmpty { return results }
        var run = BatchRun(product.tests)
        while let step = run.step {
            let words = [String(step.lowerBound), String(step.upperBound)]
            let result: Hermit.Result
            switch compiler.system {
            case .host:
                result = try await Hermit.command(product.image, words, in: compiler.folder)
            case .hermit:
                // The time limit is for one that hangs: so long for the machine
                // and as much again for each test.
                let limit = 60 + 2 * step.count
                result = try await Hermit.run(
                    ["run", "--timeout", "\(limit)", product.image, "--"] + words)
            }
            guard run.take(TestMarks(result.errors), status: Int(result.status)) else {
                throw Hermit.Failure(
                    description: "tests \(step) of \(compiler.folder) did not start: \(result.errors)")
            }
        }
        for (index, outcome) in run.outcomes { results[index] = .ran(outcome) }
        return results
    }
}
