import Conformance
import Foundation
import TestSupport

/// The cases of the Open POSIX Test Suite, from Debian's source package.
enum PosixSources {
    static let package = "posixtestsuite"
    private static let folder = Hermit.root + "/.build/conformance/" + package
    private static let driver = Hermit.root + "/Tests/Programs/posix/driver.c"

    /// As the suite's own makefile compiles, in the C of its time.
    static let way = CompilerWay(
        options: [
            "-std=gnu99", "-O1", "-w", "-D_POSIX_C_SOURCE=200112L", "-D_XOPEN_SOURCE=600",
            "-Wno-error=implicit-function-declaration", "-Wno-error=implicit-int",
            "-Wno-error=int-conversion", "-Wno-error=incompatible-function-pointer-types",
            "-I\(folder)/source/include",
        ],
        renamed: [
            "exit": "conformance_exit", "_exit": "conformance__exit",
            "pthread_create": "conformance_pthread_create",
            "timer_create": "conformance_timer_create",
        ],
        driver: { numbers in
            "#define TESTS(X) " + numbers.map { "X(\($0))" }.joined(separator: " ")
                + "\n#include \"\(driver)\"\n"
        },
        hostLibraries: ["-static", "-lpthread", "-lrt"],
        refusal: PosixCase.processFunction)

    /// All cases of the families that are run, in order.
    static func cases() async throws -> [CompiledTest] {
        let root = try await unpacked() + "/conformance/interfaces"
        let functions = try FileManager.default.contentsOfDirectory(atPath: root).sorted()
        return try functions.filter { PosixCase.family(of: $0) != nil }.flatMap { function in
            let files = try FileManager.default.contentsOfDirectory(atPath: root + "/" + function)
            // Others are parts of cases, or have no main.
            return files.filter { $0.wholeMatch(of: /[0-9]+-[0-9]+\.c/) != nil }.sorted().map {
                CompiledTest(
                    name: function + "/" + $0.dropLast(2), sources: ["\(root)/\(function)/\($0)"],
                    options: [], skipReason: nil)
            }
        }
    }

    /// Whether a case neither sleeps nor measures: what a busy machine can't change.
    static func isQuick(_ test: CompiledTest) throws -> Bool {
        let slow = /\b(u?sleep|nanosleep|clock_nanosleep|alarm|timer_settime|sched_yield|times?)\s*\(|threads_scenarii/
        return try test.sources.allSatisfy {
            try String(contentsOfFile: $0, encoding: .isoLatin1).firstMatch(of: slow) == nil
        }
    }

    /// The suite's folder, unpacked at the first use.
    private static func unpacked() async throws -> String {
        let place = folder + "/source"
        if FileManager.default.fileExists(atPath: place + "/include/posixtest.h") { return place }
        let archive = try await DebianSource.archive(package)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let work = "\(folder)/\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: work) }
        let result = try await Hermit.command(
            "/usr/bin/env", ["tar", "-C", work, "-xf", archive, "--strip-components=1"])
        guard result.status == 0 else {
            throw Hermit.Failure(description: "tar of \(archive): \(result.errors)")
        }
        // Another process may have been faster.
        try? FileManager.default.moveItem(atPath: work, toPath: place)
        guard FileManager.default.fileExists(atPath: place + "/include/posixtest.h") else {
            throw Hermit.Failure(description: "\(archive) has no posixtest.h")
        }
        return place
    }
}
