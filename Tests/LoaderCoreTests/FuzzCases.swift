import Foundation

/// How many cases each fuzz test runs; `HERMIT_FUZZ_CASES` asks for more.
let fuzzCases = ProcessInfo.processInfo.environment["HERMIT_FUZZ_CASES"].flatMap(Int.init) ?? 100_000
