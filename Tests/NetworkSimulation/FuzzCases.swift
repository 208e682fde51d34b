import Foundation

/// How many cases a fuzz test runs; `HERMIT_FUZZ_CASES` asks for another number.
public let fuzzCases = ProcessInfo.processInfo.environment["HERMIT_FUZZ_CASES"].flatMap(Int.init) ?? 100_000
