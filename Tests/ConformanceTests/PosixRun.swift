import Conformance
import Foundation
import TestSupport

/// Runs cases of the Open POSIX Test Suite: each on the host, and those that
/// pass there and do not fork on Hermit.
struct PosixRun {
    /// Cases in one image.
    private static let batchSize = 60
    /// Batches at the same time. Most of the time cases sleep.
    private static let workers = 4
    /// How often a case that fails is started again, alone: some measure time,
    /// and the machine may be busy.
    private static let attempts = 2
    private static let folder = Hermit.root + "/.build/conformance/posix-work"

    let sysroot: String
    let toolchain: String

    /// The verdict of each case.
    func run(_ cases: [CompiledTest]) async throws -> PosixTable {
        let batches = stride(from: 0, to: cases.count, by: Self.batchSize).map {
            Array(cases[$0..<min($0 + Self.batchSize, cases.count)])
        }
        return try await withThrowingTaskGroup(of: PosixTable.self) { group in
            var table = PosixTable()
            for (number, batch) in batches.enumerated() {
                if number >= Self.workers, let result = try await group.next() {
                    table.merge(result)
                    Self.tell(table, of: cases.count)
                }
                group.addTask { try await run(batch, number) }
            }
            for try await result in group {
                table.merge(result)
                Self.tell(table, of: cases.count)
            }
            return table
        }
    }

    private static func tell(_ table: PosixTable, of all: Int) {
        let words = "conformance: \(table.verdicts.count) of \(all) cases, \(table.passedCount) passed, \(table.failures.count) failed\n"
        FileHandle.standardError.write(Data(words.utf8))
    }

    /// One batch, on the host and on Hermit.
    private func run(_ batch: [CompiledTest], _ number: Int) async throws -> PosixTable {
        var table = PosixTable()
        let cases = Dictionary(uniqueKeysWithValues: batch.enumerated().map { ($0, $1) })
        func name(_ index: Int) -> String { batch[index].name }

        let onHost = compiler(.host, toolchain + "/clang", "\(Self.folder)/\(number)/host")
        let product = try await onHost.make(cases)
        for (index, reason) in product.reasons { table.add(name(index), .notOnHost(reason)) }
        for (index, function) in product.refusals { table.add(name(index), .forks(function)) }
        var passing: [Int: CompiledTest] = [:]
        for (index, outcome) in try await outcomes(product, onHost) {
            let result = PosixCase.Result(status: outcome.status)
            if result == .passed {
                passing[index] = cases[index]
            } else {
                table.add(name(index), .ran(host: result, here: nil, words: ""))
            }
        }
        if passing.isEmpty { return table }

        let here = compiler(
            .hermit, sysroot + "/bin/x86_64-hermit-cc", "\(Self.folder)/\(number)/hermit")
        let image = try await here.make(passing)
        for (index, reason) in image.reasons { table.add(name(index), .notOffered(reason)) }
        for (index, outcome) in try await outcomes(image, here) {
            let words = outcome.words.split(separator: "\n").prefix(3).joined(separator: "; ")
            table.add(
                name(index),
                .ran(host: .passed, here: PosixCase.Result(status: outcome.status), words: words))
        }
        return table
    }

    private func compiler(_ system: TestCompiler.System, _ path: String, _ folder: String)
        -> TestCompiler
    {
        TestCompiler(
            way: PosixSources.way, system: system, compiler: path, toolchain: toolchain,
            folder: folder)
    }

    private func outcomes(_ product: TestCompiler.Product, _ compiler: TestCompiler) async throws
        -> [Int: BatchRun.Outcome]
    {
        if product.tests.isEmpty { return [:] }
        var run = BatchRun(product.tests)
        while let step = run.step {
            let (marks, status) = try await start(product.image, step, compiler)
            guard run.take(marks, status: status) else {
                throw Hermit.Failure(
                    description: "cases \(step) of \(compiler.folder) did not start: \(marks.remainder)")
            }
        }
        var outcomes = run.outcomes
        guard compiler.system == .hermit else { return outcomes }
        for index in outcomes.keys.sorted() {
            for _ in 1..<Self.attempts where outcomes[index]?.status != 0 {
                var alone = BatchRun([index])
                let (marks, status) = try await start(product.image, index...index, compiler)
                _ = alone.take(marks, status: status)
                outcomes.merge(alone.outcomes) { $1 }
            }
        }
        return outcomes
    }

    private func start(_ image: String, _ step: ClosedRange<Int>, _ compiler: TestCompiler)
        async throws -> (TestMarks, status: Int)
    {
        let words = [String(step.lowerBound), String(step.upperBound)]
        let result: Hermit.Result
        switch compiler.system {
        case .host: result = try await Hermit.command(image, words, in: compiler.folder)
        case .hermit:
            // Cases sleep up to a minute; the limit is for one that hangs. One
            // that had to end for want of time is started again.
            let limit = 200 + 5 * step.count
            result = try await Hermit.run(
                ["run", "--cpus", "2", "--timeout", "\(limit)", image, "--"] + words)
        }
        return (TestMarks(result.errors), Int(result.status))
    }
}
