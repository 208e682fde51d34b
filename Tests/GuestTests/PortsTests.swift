import Foundation
import TestSupport
import Testing

/// The programs of others in the folder `ports`, as `hermit run ports/NAME` boots them.
@Suite(.serialized, .prepared, .timeLimit(.minutes(15)))
struct PortsTests {
    /// Whether the tests that take minutes are wanted.
    private static let isAll = ProcessInfo.processInfo.environment["HERMIT_CONFORMANCE"] == "all"

    /// Whether apt gives all of these source packages.
    private static func gives(_ packages: String...) async -> Bool {
        for package in packages where await DebianSource.obstacle(package) != nil { return false }
        return true
    }

    private func run(
        _ port: String, _ options: [String] = [], words: [String] = [], input: String = "", seconds: Int = 240
    ) async throws -> Hermit.Result {
        try await Hermit.inOneTurn(building: "ports/" + port) {
            try await Hermit.run(
                ["run", "--timeout", String(seconds)] + options + ["ports/" + port]
                    + (words.isEmpty ? [] : ["--"] + words), input: input)
        }
    }

    /// How a server ended.
    private struct Served: Sendable {
        let status: Int32
        let text: String
        let errors: String
    }

    /// Boots a server, does `body` with the port of the host's that leads to it, and ends it by SIGTERM.
    private func serve(
        _ port: String, at guestPort: Int, _ options: [String] = [], words: [String] = [],
        _ body: @Sendable (UInt16) async throws -> Void
    ) async throws -> Served {
        try await Hermit.inOneTurn(building: "ports/" + port) {
            let own = try #require(Tools.freePort())
            let folder = try TemporaryFolder()
            let output = try folder.write("output", "")
            let errors = try folder.write("errors", "")
            let guest = Process()
            guest.executableURL = URL(fileURLWithPath: Hermit.executable)
            guest.arguments = ["run", "--timeout", "600", "--forward", "\(own):\(guestPort)"] + options + ["ports/" + port]
                + (words.isEmpty ? [] : ["--"] + words)
            guest.currentDirectoryURL = URL(fileURLWithPath: Hermit.root)
            guest.standardOutput = FileHandle(forWritingAtPath: output)
            guest.standardError = FileHandle(forWritingAtPath: errors)
            try guest.run()
            defer {
                guest.terminate()
                guest.waitUntilExit()
            }
            try await body(own)
            guest.terminate()
            guest.waitUntilExit()
            return Served(
                status: guest.terminationStatus, text: try String(contentsOfFile: output, encoding: .utf8),
                errors: try String(contentsOfFile: errors, encoding: .utf8))
        }
    }

    private func host(_ program: String, _ words: [String], seconds: Int = 240) async throws -> Hermit.Result {
        try await Hermit.command("/usr/bin/timeout", [String(seconds), program] + words)
    }

    /// zlib's test, and gzip in small: the host's gunzip reads what it makes.
    @Test(.enabled("apt gives no source of zlib") { await gives("zlib") })
    func zlib() async throws {
        let test = try await run("zlib")
        #expect(test.status == 0, "\(test.errors)")
        // What it inflates, and the last of its checks.
        #expect(test.text.split(separator: "\n").filter { $0.hasSuffix(": hello, hello!") }.count == 5, "\(test.text)")
        #expect(test.text.hasSuffix("inflate with dictionary: hello, hello!\n"))

        let text = (0..<20000).map { "\($0 &* 7919 % 1009)" }.joined(separator: " ")
        let folder = try TemporaryFolder()
        let packed = try await run("zlib", ["--product", "minigzip"], input: text)
        #expect(packed.status == 0 && packed.output.count < text.utf8.count / 2, "\(packed.errors)")
        try Data(packed.output).write(to: URL(fileURLWithPath: folder.path + "/packed.gz"))
        let unpacked = try await host("gunzip", ["-c", folder.path + "/packed.gz"])
        #expect(unpacked.status == 0 && unpacked.text == text)
    }

    /// What zstd makes of a million bytes of its own kind, Debian's zstd reads.
    @Test(
        .enabled("apt gives no source of libzstd") { await gives("libzstd") },
        .enabled("zstd can't be installed") { await Tools.installed("zstd", package: "zstd") != nil })
    func zstd() async throws {
        let folder = try TemporaryFolder()
        let data = try await run("zstd", ["--product", "datagen"], words: ["-g1000000"])
        #expect(data.status == 0 && data.output.count == 1_000_000, "\(data.errors)")
        try Data(data.output).write(to: URL(fileURLWithPath: folder.path + "/data"))
        let packed = try await run(
            "zstd", ["--product", "zstd", "--cpus", "2", "--initrd", folder.path], words: ["-q", "-c", "-T2", "data"])
        #expect(packed.status == 0 && packed.output.count < 500_000, "\(packed.errors)")
        try Data(packed.output).write(to: URL(fileURLWithPath: folder.path + "/packed"))
        let unpacked = try await host("zstd", ["-q", "-d", "-c", folder.path + "/packed"])
        #expect(unpacked.status == 0 && unpacked.output == data.output, "\(unpacked.errors)")
    }

    @Test(.enabled("apt gives no source of mujs") { await gives("mujs") })
    func mujs() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(
            "fib.js",
            """
            function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) }
            print(fib(20), JSON.stringify({ a: [1, "zwei", null] }), /(\\d+)-(\\d+)/.exec("10-20")[2])
            print([3, 1, 2].sort().join(), (0.1 + 0.2).toFixed(2), scriptArgs[0])
            try { undefined.x } catch (e) { print(e instanceof TypeError) }
            quit(7)
            """)
        let result = try await run("mujs", ["--initrd", folder.path], words: ["fib.js", "one"])
        #expect(result.status == 7, "\(result.errors)")
        #expect(result.text == "6765 {\"a\":[1,\"zwei\",null]} 20\n1,2,3 0.30 one\ntrue\n")
    }

    /// The protocol's conformance test of libmemcached's finds nothing wrong.
    @Test(
        .enabled("apt gives no source of memcached") { await gives("memcached", "libevent") },
        .enabled("libmemcached-tools can't be installed") {
            await Tools.installed("memccapable", package: "libmemcached-tools") != nil
        })
    func memcached() async throws {
        let result = try await serve("memcached", at: 11211) { port in
            try await untilServed(port)
            let test = try await host("memccapable", ["-h", "127.0.0.1", "-p", String(port), "-a", "-t", "20"])
            #expect(test.status == 0, "\(test.text)\(test.errors)")
            #expect(test.text.contains("ascii set"))
            #expect(!test.text.contains("[FAIL]"), "\(test.text)")
        }
        #expect(result.status == 0, "\(result.errors)")
    }

    /// Waits until whoever is behind a forwarded port says something to a question that all servers of
    /// these tests answer: the emulator takes connections before the guest does.
    private func untilServed(_ port: UInt16, asking question: String = "version\\r\\n") async throws {
        let script = """
            for turn in $(seq 300); do
              answer=$(printf '\(question)' | timeout 2 socat -t 2 - TCP4:127.0.0.1:\(port),connect-timeout=1 2>/dev/null)
              test -n "$answer" && exit 0
              sleep 0.2
            done
            exit 1
            """
        _ = await Tools.installed("socat", package: "socat")
        let result = try await Hermit.command("/bin/sh", ["-c", script])
        try #require(result.status == 0, "nothing answers at port \(port)")
    }

    /// Redis's own load, and what it can't do is said. The emulator's network takes two connections at
    /// once, and lets others wait for seconds: there are few.
    @Test(
        .enabled("apt gives no source of redis") { await gives("redis") },
        .enabled("redis-tools can't be installed") { await Tools.installed("redis-benchmark", package: "redis-tools") != nil })
    func redis() async throws {
        let result = try await serve("redis", at: 6379) { port in
            try await untilServed(port, asking: "PING\\r\\n")
            let load = try await host(
                "redis-benchmark",
                ["-p", String(port), "-n", "5000", "-c", "4", "-P", "16", "-q", "-t", "ping,set,get,incr,lpush,lpop,sadd,hset,zadd,mset"])
            expectLoad(load, commands: 11)
            let save = try await host("redis-cli", ["-p", String(port), "bgsave"])
            #expect(save.text.contains("ERR"), "\(save.text)")
            let sum = try await host("redis-cli", ["-p", String(port), "incrbyfloat", "sum", "10.5"])
            #expect(sum.text == "10.5\n")
        }
        #expect(result.status == 0, "\(result.errors)\(result.text.suffix(2000))")
        #expect(result.text.contains("Can't save in background: fork: Function not implemented"))
    }

    private func expectLoad(_ load: Hermit.Result, commands: Int) {
        #expect(load.status == 0, "\(load.errors)")
        let lines = load.text.split(whereSeparator: { $0 == "\n" || $0 == "\r" || $0 == "\r\n" })
        #expect(lines.filter { $0.contains("requests per second") }.count >= commands, "\(lines.suffix(3))")
        #expect(!load.text.lowercased().contains("error"), "\(lines.suffix(3))")
    }

    /// The whole of it, fifty connections with sixteen requests each under way, through a tap device.
    @Test(
        .enabled(if: isAll, "HERMIT_CONFORMANCE is not all"),
        .enabled(if: NetworkSpace.obstacle == nil, "\(NetworkSpace.obstacle ?? "")"),
        .enabled("apt gives no source of redis") { await gives("redis") },
        .enabled("redis-tools can't be installed") { await Tools.installed("redis-benchmark", package: "redis-tools") != nil })
    func redisOnATap() async throws {
        let space = try NetworkSpace(dnsmasq: nil)
        let guestAddress = NetworkSpace.guestAddress
        try await Hermit.inOneTurn(building: "ports/redis") {
            async let guest = space.boot("ports/redis", ["--ip", guestAddress + "/24"], seconds: 600)
            let script = """
                for turn in $(seq 300); do
                  test "$(timeout 2 redis-cli -h \(guestAddress) ping 2>/dev/null)" = PONG && break
                  sleep 0.2
                done
                redis-benchmark -h \(guestAddress) -n 100000 -P 16 -q
                """
            let load = try await space.run(script: script, seconds: 560)
            _ = try await space.run(script: "redis-cli -h \(guestAddress) shutdown nosave", seconds: 20)
            expectLoad(load, commands: 19)
            let result = try await guest
            #expect(result.status == 0, "\(result.errors)")
        }
    }

    /// Redis's tests of strings, hashes and lists, against the guest.
    @Test(
        .enabled(if: isAll, "HERMIT_CONFORMANCE is not all"),
        .enabled("apt gives no source of redis") { await gives("redis") },
        .enabled("tcl can't be installed") { await Tools.installed("tclsh", package: "tcl") != nil },
        arguments: ["string", "hash", "list"])
    func redisUnits(unit: String) async throws {
        let source = Hermit.root + "/.build/hermit/ports/" + (Hermit.root + "/ports/redis").replacing("/", with: "_") + "/source"
        _ = try await serve("redis", at: 6379) { port in
            try await untilServed(port, asking: "PING\\r\\n")
            let test = try await Hermit.command(
                "/usr/bin/timeout",
                [
                    "560", "tclsh", "tests/test_helper.tcl", "--host", "127.0.0.1", "--port", String(port), "--tags",
                    "-needs:repl -needs:debug -needs:save -slow", "--single", "unit/type/" + unit,
                ], in: source)
            #expect(test.status == 0, "\(test.text.suffix(3000))")
            #expect(test.text.contains("All tests passed without errors!"), "\(test.text.suffix(3000))")
        }
    }

    /// lighttpd shows the documents that come with it, and a folder of the host's.
    @Test(
        .enabled("apt gives no source of lighttpd") { await gives("lighttpd") },
        .enabled("curl or ab can't be installed") {
            let curl = await Tools.installed("curl", package: "curl")
            let ab = await Tools.installed("ab", package: "apache2-utils")
            return curl != nil && ab != nil
        })
    func lighttpd() async throws {
        let page = try String(contentsOfFile: Hermit.root + "/docs/porting.md", encoding: .utf8)
        let result = try await serve("lighttpd", at: 80) { port in
            let answer = try await host(
                "curl",
                [
                    "-s", "--retry", "200", "--retry-all-errors", "--retry-delay", "1", "--max-time", "200",
                    "http://127.0.0.1:\(port)/porting.md",
                ])
            #expect(answer.text == page)
            // By --forward the emulator accepts connections, with a backlog of one: of many that
            // begin at once the host resets some.
            let load = try await host(
                "ab", ["-n", Self.isAll ? "20000" : "1000", "-c", "4", "-s", "120", "http://127.0.0.1:\(port)/porting.md"],
                seconds: 500)
            #expect(load.status == 0, "\(load.text)\(load.errors)")
            #expect(load.text.contains(#/Failed requests: +0\n/#), "\(load.text)")
            #expect(!load.text.contains("Non-2xx"))
        }
        #expect(result.status == 0, "\(result.errors)")
    }

    /// A folder of the host's in the documents' place.
    @Test(
        .enabled("apt gives no source of lighttpd") { await gives("lighttpd") },
        .enabled("curl can't be installed") { await Tools.installed("curl", package: "curl") != nil },
        .enabled(if: geteuid() == 0, "virtiofsd needs root"))
    func lighttpdOnAFolder() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("page.html", "<p>of the host's</p>\n")
        let result = try await serve("lighttpd", at: 80, ["--mount", folder.path + ":/srv/www:ro"]) { port in
            let answer = try await host(
                "curl",
                [
                    "-s", "--retry", "200", "--retry-all-errors", "--retry-delay", "1", "--max-time", "200", "-i",
                    "http://127.0.0.1:\(port)/page.html",
                ])
            #expect(answer.text.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.text.hasSuffix("\r\n\r\n<p>of the host's</p>\n"))
        }
        #expect(result.status == 0, "\(result.errors)")
    }

    /// What is published with every assurance is delivered to who comes later.
    @Test(
        .enabled(if: isAll, "HERMIT_CONFORMANCE is not all"),
        .enabled("apt gives no source of mosquitto") { await gives("mosquitto") },
        .enabled("mosquitto-clients can't be installed") {
            await Tools.installed("mosquitto_pub", package: "mosquitto-clients") != nil
        })
    func mosquitto() async throws {
        let result = try await serve("mosquitto", at: 1883) { port in
            let script = """
                for turn in $(seq 300); do
                  timeout 5 mosquitto_pub -h 127.0.0.1 -p \(port) -r -q 2 -t t/0 -m "message 0" 2>/dev/null && break
                  sleep 0.2
                done
                for i in $(seq 19); do mosquitto_pub -h 127.0.0.1 -p \(port) -r -q 2 -t t/$i -m "message $i"; done
                mosquitto_sub -h 127.0.0.1 -p \(port) -q 2 -t 't/#' -C 20 -W 60 -F '%t %p'
                """
            let answer = try await host("sh", ["-c", script])
            let lines = answer.text.split(separator: "\n").map(String.init).sorted()
            #expect(lines == (0..<20).map { "t/\($0) message \($0)" }.sorted(), "\(answer.errors)")
        }
        #expect(result.status == 0, "\(result.errors)")
    }

    /// A page through TLS, from the server of examples that comes with Mbed TLS.
    @Test(
        .enabled(if: isAll, "HERMIT_CONFORMANCE is not all"),
        .enabled("apt gives no source of mbedtls") { await gives("mbedtls") },
        .enabled("curl can't be installed") { await Tools.installed("curl", package: "curl") != nil })
    func https() async throws {
        _ = try await serve("mbedtls", at: 4433, ["--product", "ssl_server2"], words: ["server_port=4433"]) { port in
            let answer = try await host(
                "curl",
                [
                    "-s", "-k", "--retry", "200", "--retry-all-errors", "--retry-delay", "1", "--max-time", "200",
                    "https://127.0.0.1:\(port)/",
                ])
            #expect(answer.status == 0 && answer.text.contains("<p>Successful connection using: TLS-"), "\(answer.text)")
        }
    }

    /// Tests that come with zstd and Mbed TLS, and SQLite's benchmark.
    @Test(
        .enabled(if: isAll, "HERMIT_CONFORMANCE is not all"),
        .enabled("apt gives no source") { await gives("libzstd", "mbedtls", "sqlite3") },
        arguments: [
            ("zstd", "fuzzer tests completed"), ("mbedtls", "[ All tests PASS ]"), ("sqlite", "TOTAL"),
        ])
    func ownTests(port: String, said: String) async throws {
        let result = try await run(port, seconds: 800)
        #expect(result.status == 0, "\(result.text.suffix(2000))\(result.errors)")
        #expect((result.text + result.errors).contains(said), "\(result.text.suffix(2000))")
    }

    /// Patches are ours, and few lines.
    @Test func patchesAreShort() throws {
        let folder = Hermit.root + "/ports"
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) where name.hasSuffix(".patch") {
            let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
            #expect(text.split(separator: "\n").count < 30, "\(name)")
        }
    }
}
