import Foundation
import TestSupport
import Testing

/// Names of hosts, services and addresses.
@Suite(.serialized, .prepared, .timeLimit(.minutes(15)))
struct NameTests {
    private static let program = Hermit.root + "/Tests/Programs/names.c"

    private func compiled(_ source: String, in folder: TemporaryFolder) async throws -> String {
        let program = folder.path + "/host"
        let result = try await Hermit.command(Tools.path("clang"), ["-w", source, "-o", program])
        #expect(result.status == 0, "\(result.errors)")
        return program
    }

    /// What needs nobody to be asked: the host's Linux says the same.
    @Test func whatIsSaidOfNumbersIsWhatLinuxSays() async throws {
        let folder = try TemporaryFolder()
        let expected = try await Hermit.command(try await compiled(Self.program, in: folder), [])
        #expect(expected.status == 0)
        let result = try await Hermit.run(["run", "--timeout", "60", "--net", "none", Self.program])
        #expect(result.status == 0, "\(result.errors)")
        let lines = expected.text.split(separator: "\n")
        #expect(lines.count > 150)
        let differences = zip(lines, result.text.split(separator: "\n")).filter { $0 != $1 }
        #expect(differences.map { "\($0), not \($1)" } == [])
        #expect(result.text == expected.text)
    }

    /// The guest's own files: hosts, other services, and that nobody is to be asked.
    @Test func theGuestsFilesCount() async throws {
        let folder = try TemporaryFolder()
        let files = folder.path + "/files"
        try FileManager.default.createDirectory(atPath: files + "/etc", withIntermediateDirectories: true)
        try "10.9.8.7 box.example box # here\n2001:db8::99 box\n127.0.0.1 mine\n"
            .write(toFile: files + "/etc/hosts", atomically: true, encoding: .utf8)
        try "own 4567/tcp ours\n".write(toFile: files + "/etc/services", atomically: true, encoding: .utf8)
        let result = try await Hermit.run(
            ["run", "--timeout", "60", "--net", "none", "--initrd", files, Self.program, "--"]
                + [
                    "box,4,c,ours", "BOX.example,6", "box,6,m,http", "mine,any,g", "localhost,4", "x.localhost", "none.example",
                    "a.invalid", "-bad-", "#10.9.8.7", "=127.0.0.1,r", "=10.1.1.1", "=10.1.1.1,r", "@box", "@none.example",
                ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == """
                box ours family 4 type 1 protocol 0 flags 0x2: [10.9.8.7 4567 type 1 protocol 6 box.example]
                BOX.example - family 6 type 1 protocol 0 flags 0: AGAIN
                box http family 6 type 1 protocol 0 flags 0x8: [2001:db8::99 80 type 1 protocol 6]
                mine - family any type 1 protocol 0 flags 0x20: [127.0.0.1 0 type 1 protocol 6]
                localhost - family 4 type 1 protocol 0 flags 0: [127.0.0.1 0 type 1 protocol 6]
                x.localhost - family any type 1 protocol 0 flags 0: [::1 0 type 1 protocol 6] [127.0.0.1 0 type 1 protocol 6]
                none.example - family any type 1 protocol 0 flags 0: AGAIN
                a.invalid - family any type 1 protocol 0 flags 0: NONAME
                -bad- - family any type 1 protocol 0 flags 0: NONAME
                #10.9.8.7: box.example 10.9.8.7
                127.0.0.1 0 flags 0x8 room 256 0: mine\u{20}
                10.1.1.1 0 flags 0 room 256 0: 10.1.1.1\u{20}
                10.1.1.1 0 flags 0x8 room 256 0: AGAIN
                @box: box.example 10.9.8.7
                @none.example: the name server does not answer; try again

                """)
    }

    /// A server of names on the host's loopback, in a namespace of the test's own.
    @Test(
        .enabled(if: geteuid() == 0, "making a network namespace takes root"),
        arguments: [["--machine", "q35"], ["--machine", "microvm", "--cpus", "4"]])
    func aServerIsAsked(machine: [String]) async throws {
        let folder = try TemporaryFolder()
        let server = try await compiled(Hermit.root + "/Tests/Programs/name_server.c", in: folder)
        let files = folder.path + "/files"
        try FileManager.default.createDirectory(atPath: files + "/etc", withIntermediateDirectories: true)
        // The first one is not there.
        try "nameserver 127.0.0.1\nnameserver 10.0.2.2\nsearch test\noptions timeout:1 attempts:2\n"
            .write(toFile: files + "/etc/resolv.conf", atomically: true, encoding: .utf8)
        let result = try await Hermit.command(
            server,
            [Hermit.executable, "run", "--timeout", "120"] + machine + ["--initrd", files, Self.program, "--"]
                + [
                    "one.test,4,c", "one.test,6", "one.test,6,m", "both.test,any,c,http", "six.test,4", "alias.test,4,c",
                    "both,4", "many.test,4", "no.test", "refused.test", "counted.test,4", "counted.test,4", "silent.test",
                    "@alias.test", "=192.0.2.1", "=192.0.2.1,f", "=2001:db8::6,r", "=192.0.2.9,f", "=192.0.2.8",
                    "=192.0.2.8,r", "#2001:db8::6",
                ])
        if result.status == 77 { return }
        #expect(result.status == 0, "\(result.errors)")
        // Of as many as there is room for.
        let many = (1...16).map { " [198.51.100.\($0) 0 type 1 protocol 6]" }.joined()
        #expect(
            result.text == """
                one.test - family 4 type 1 protocol 0 flags 0x2: [192.0.2.1 0 type 1 protocol 6 one.test]
                one.test - family 6 type 1 protocol 0 flags 0: NODATA
                one.test - family 6 type 1 protocol 0 flags 0x8: [::ffff:192.0.2.1 0 type 1 protocol 6]
                both.test http family any type 1 protocol 0 flags 0x2: \
                [192.0.2.2 80 type 1 protocol 6 both.test] [192.0.2.3 80 type 1 protocol 6] [2001:db8::2 80 type 1 protocol 6]
                six.test - family 4 type 1 protocol 0 flags 0: NODATA
                alias.test - family 4 type 1 protocol 0 flags 0x2: [192.0.2.2 0 type 1 protocol 6 both.test]
                both - family 4 type 1 protocol 0 flags 0: [192.0.2.2 0 type 1 protocol 6] [192.0.2.3 0 type 1 protocol 6]
                many.test - family 4 type 1 protocol 0 flags 0:\(many)
                no.test - family any type 1 protocol 0 flags 0: NONAME
                refused.test - family any type 1 protocol 0 flags 0: AGAIN
                counted.test - family 4 type 1 protocol 0 flags 0: [203.0.113.1 0 type 1 protocol 6]
                counted.test - family 4 type 1 protocol 0 flags 0: [203.0.113.1 0 type 1 protocol 6]
                silent.test - family any type 1 protocol 0 flags 0: AGAIN
                @alias.test: both.test 192.0.2.2
                192.0.2.1 0 flags 0 room 256 0: one.test\u{20}
                192.0.2.1 0 flags 0x4 room 256 0: one\u{20}
                2001:db8::6 0 flags 0x8 room 256 0: six.test\u{20}
                192.0.2.9 0 flags 0x4 room 256 0: far.example\u{20}
                192.0.2.8 0 flags 0 room 256 0: 192.0.2.8\u{20}
                192.0.2.8 0 flags 0x8 room 256 0: NONAME
                #2001:db8::6: six.test 2001:db8::6

                """)
    }
}
