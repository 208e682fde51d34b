import Foundation
import TestSupport
import Testing

/// What the C library says of itself, of other programs and of the machine.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct LibraryAnswerTests {
    /// Functions that no system call is behind say what the host's say, on both streams.
    @Test func whatIsSaidIsWhatLinuxSays() async throws {
        let folder = try TemporaryFolder()
        let source = Hermit.root + "/Tests/Programs/library_answers.c"
        let compiled = try await Hermit.command(
            Tools.path("clang"), ["-w", source, "-o", folder.path + "/library_answers"])
        #expect(compiled.status == 0, "\(compiled.errors)")
        // By its name alone, as the guest has it.
        let expected = try await Hermit.command(
            "/usr/bin/env", ["PATH=\(folder.path)", "library_answers", folder.path])
        #expect(expected.status == 3)
        let result = try await Hermit.run(["run", "--timeout", "60", source, "--", "/tmp"])
        #expect(result.status == 3, "\(result.errors)")
        let lines = expected.text.split(separator: "\n")
        #expect(lines.count > 900)
        let differences = zip(lines, result.text.split(separator: "\n")).filter { $0 != $1 }
        #expect(differences.map { "\($0), not \($1)" } == [])
        #expect(result.text == expected.text)
        let messages = result.remarks.filter { !$0.hasPrefix("[hermit]") }
        #expect(messages == expected.errors.split(separator: "\n").map(String.init))
        #expect(
            result.log == [
                "[hermit] error: ident: written: text No such file or directory 5% %m",
                "[hermit] error: ident: with an end",
            ])
    }

    /// What there can't be on a machine of one program fails with the documented errno, and is
    /// told once; who the program is, and what the machine has.
    @Test func thereIsOneProgramAndOneUser() async throws {
        let source = Hermit.root + "/Tests/Programs/one_program.c"
        let result = try await Hermit.run(["run", "--timeout", "60", "--memory", "64M", source])
        #expect(result.status == 0, "\(result.errors)")
        let path = Hermit.root + "/Tests/Programs/one_program.txt"
        let expected = try String(contentsOfFile: path, encoding: .utf8)
        let differences = zip(expected.split(separator: "\n"), result.text.split(separator: "\n")).filter { $0 != $1 }
        #expect(differences.map { "\($0), not \($1)" } == [])
        #expect(result.text == expected)
        #expect(
            result.log == [
                "[hermit] warn: fork: ENOSYS; a machine has one process",
                "[hermit] warn: vfork: ENOSYS; a machine has one process",
                "[hermit] warn: exec: ENOSYS; a machine has one program",
                "[hermit] warn: posix_spawn: ENOSYS; a machine has one process",
                "[hermit] warn: daemon: ENOSYS; a machine has one process",
                "[hermit] warn: system: ENOSYS; a machine has one program",
                "[hermit] warn: popen: ENOSYS; a machine has one program",
                "[hermit] warn: dlopen: an image is linked as a whole",
                "[hermit] warn: dlsym: an image has no table of symbols",
                "[hermit] warn: one_program: from syslog?and on",
                "[hermit] error: named[1]: the last: Success",
            ])
    }

    /// The log's level is the program's line's, too.
    @Test func theLogsLevelHoldsForSyslog() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "levels.c",
            """
            #include <syslog.h>
            int main(void)
            {
                for (int level = LOG_EMERG; level <= LOG_DEBUG; level++)
                    syslog(level, "level %d", level);
                return 0;
            }

            """)
        for (word, last) in [("error", 3), ("warn", 4), ("info", 6), ("debug", 7)] {
            let result = try await Hermit.run([
                "run", "--timeout", "60", "--kernel-args", "log=\(word)", source,
            ])
            let told = result.log.filter { $0.contains("levels: level ") }.count
            #expect(told == last + 1, "\(word): \(result.errors)")
        }
    }
}
