import Foundation
import Subprocess
import TestSupport
import Testing

/// Programs of others, built unpatched from Debian's sources by their own
/// build systems, as docs/porting.md tells.
@Suite(.serialized, .prepared, .timeLimit(.minutes(15)))
struct PortingTests {
    /// Unpacks a package's original source; the folder in it.
    private func unpack(_ package: String, in folder: TemporaryFolder) async throws -> String {
        let archive = try await DebianSource.archive(package)
        let result = try await Hermit.command("/usr/bin/env", ["tar", "-xf", archive, "-C", folder.path])
        try #require(result.status == 0, "\(result.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return folder.path + "/" + (try #require(names.first))
    }

    private func build(_ words: [String], in folder: String) async throws {
        let sysroot = try await Hermit.sysroot()
        let path = sysroot + "/bin:" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        let result = try await Hermit.command(
            "/usr/bin/env", words,
            environment: .inherit.updating([
                "PATH": path, "CONFIG_SITE": sysroot + "/share/config.site",
            ]), in: folder)
        try #require(result.status == 0, "\(words): \(result.text.suffix(4000))\(result.errors)")
    }

    @Test(.enabled("apt gives no source of lua5.4", { await DebianSource.obstacle("lua5.4") == nil }))
    func lua() async throws {
        let folder = try TemporaryFolder()
        let source = try await unpack("lua5.4", in: folder)
        try await build(
            [
                "make", "-j2", "generic", "CC=x86_64-hermit-cc", "AR=x86_64-hermit-ar rcu",
                "RANLIB=x86_64-hermit-ranlib",
            ], in: source)
        let lua = source + "/src/lua"
        func run(_ words: [String], input: String = "") async throws -> Hermit.Result {
            try await Hermit.run(["run", "--timeout", "120", lua, "--"] + words, input: input)
        }

        let issue = try await run(["-e", #"print(("x"):rep(3), math.pi, #arg)"#])
        #expect(issue.status == 0, "\(issue.errors)")
        #expect(issue.text == "xxx\t3.1415926535898\t2\n")

        // Numbers, strings, closures, coroutines, tables, the collector.
        let program = """
            local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
            print(fib(20), 7 // 2, 7 % -3, 2^53, 1 << 62, math.tointeger(3.0))
            print(string.format("%5.2f|%-5s|%05d|%x", 1 / 3, "ab", 42, 255))
            print(("key=value; other=thing"):gsub("(%w+)=(%w+)", "%2=%1"))
            local numbers = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end)
            print(numbers(), numbers(), numbers())
            local list = {}
            for i = 1, 200000 do list[i] = { i, tostring(i) } end
            table.sort(list, function(a, b) return a[2] < b[2] end)
            print(#list, list[1][1], list[200000][1])
            list = nil collectgarbage()
            print(collectgarbage("count") < 4000)
            print(pcall(error, { code = 7 }), select("#", table.unpack({}, 1, 100)))
            print(io.read("l"), io.read("n"), io.read("a"))
            os.exit(9)
            """
        let result = try await run(["-e", program], input: "a line\n42 rest")
        #expect(result.status == 9, "\(result.errors)")
        let lines = result.text.split(separator: "\n", omittingEmptySubsequences: false)
        try #require(lines.count == 9, "\(result.text)")
        #expect(lines[0] == "6765\t3\t-2\t9.007199254741e+15\t4611686018427387904\t3")
        #expect(lines[1] == " 0.33|ab   |00042|ff")
        #expect(lines[2] == "value=key; thing=other\t2")
        #expect(lines[3] == "1\t4\t9")
        #expect(lines[4] == "200000\t1\t99999")
        #expect(lines[5] == "true")
        #expect(lines[6] == "false\t100")
        #expect(lines[7] == "a line\t42\t rest")

        // Five seconds of the processor's time, each round with a known result.
        let benchmark = """
            local function primes(limit)
              local composite, count = {}, 0
              for i = 2, limit do
                if not composite[i] then
                  count = count + 1
                  for j = i * i, limit, i do composite[j] = true end
                end
              end
              return count
            end
            local function queens(n)
              local columns, up, down, count = {}, {}, {}, 0
              local function place(row)
                if row > n then count = count + 1 return end
                for c = 1, n do
                  if not (columns[c] or up[row + c] or down[row - c]) then
                    columns[c], up[row + c], down[row - c] = true, true, true
                    place(row + 1)
                    columns[c], up[row + c], down[row - c] = nil, nil, nil
                  end
                end
              end
              place(1)
              return count
            end
            local start, rounds = os.clock(), 0
            repeat
              assert(primes(10000) == 1229 and queens(8) == 92)
              rounds = rounds + 1
            until os.clock() - start >= 5
            print(rounds > 0, os.clock() - start < 60)
            """
        let timed = try await run(["-e", benchmark])
        #expect(timed.status == 0, "\(timed.errors)")
        #expect(timed.text == "true\ttrue\n")

        let failing = try await run(["-e", "error('on purpose')"])
        #expect(failing.status == 1)
        #expect(failing.errors.contains("on purpose"))
    }

    /// Whether the tests that take minutes are wanted.
    private static let isAll = ProcessInfo.processInfo.environment["HERMIT_CONFORMANCE"] == "all"

    /// Lua's scripts in Tests/Programs/lua say in the guest, where they come with the
    /// image, what they say to the host's Lua of the same version.
    @Test(
        .enabled("apt gives no source of lua5.4", { await DebianSource.obstacle("lua5.4") == nil }),
        .enabled("the host has no lua5.4", { FileManager.default.isExecutableFile(atPath: "/usr/bin/lua5.4") }))
    func luaScripts() async throws {
        let folder = try TemporaryFolder()
        let source = try await unpack("lua5.4", in: folder)
        try await build(
            [
                "make", "-j2", "generic", "CC=x86_64-hermit-cc", "AR=x86_64-hermit-ar rcu",
                "RANLIB=x86_64-hermit-ranlib",
            ], in: source)
        let scripts = Hermit.root + "/Tests/Programs/lua"
        let copy = folder.path + "/scripts"
        try FileManager.default.copyItem(atPath: scripts, toPath: copy)
        // Sorting a million numbers takes an emulated processor a minute.
        for script in ["modes.lua", "system.lua"] + (Self.isAll ? ["sort.lua"] : []) {
            let host = try await Hermit.command(
                "/usr/bin/env", ["-i", "GIVEN=yes", "TZ=UTC", "/usr/bin/lua5.4", script, "one"], in: copy)
            try #require(host.status == 0, "\(host.errors)")
            let guest = try await Hermit.run([
                "run", "--timeout", "600", "--initrd", scripts, "--env", "GIVEN=yes", "--env", "TZ=UTC",
                source + "/src/lua", "--", script, "one",
            ])
            #expect(guest.status == 0, "\(guest.errors)")
            let differences = zip(
                host.text.split(separator: "\n"), guest.text.split(separator: "\n")
            ).filter { $0 != $1 }
            #expect(differences.map { "\($0), not \($1)" } == [])
            #expect(guest.text == host.text)
        }
    }

    /// SQLite's own benchmark on files in memory; its database is whole afterwards.
    @Test(
        .enabled("apt gives no source of sqlite3", { await DebianSource.obstacle("sqlite3") == nil }),
        .enabled("the host has no tclsh", { FileManager.default.isExecutableFile(atPath: "/usr/bin/tclsh") }))
    func sqlite() async throws {
        let folder = try TemporaryFolder()
        let program = try await SQLiteProgram.build(["main.c"], benchmark: true, in: folder)
        let result = try await Hermit.run([
            "run", "--timeout", "600", "--memory", "256M", program,
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text.contains("TOTAL"))
        #expect(result.text.contains("speedtest1: 0\nintegrity: ok\nrows: 1\n"), "\(result.text.suffix(1000))")
    }

    /// A configure script that knows nothing of Hermit, some 600 questions long.
    @Test(.enabled("apt gives no source of hello", { await DebianSource.obstacle("hello") == nil }))
    func gnuHello() async throws {
        let folder = try TemporaryFolder()
        let source = try await unpack("hello", in: folder)
        try await build(["./configure", "--host=x86_64-hermit", "--disable-nls"], in: source)
        try await build(["make", "-j2"], in: source)
        let result = try await Hermit.run([
            "run", "--timeout", "60", source + "/hello", "--", "--greeting=Hello from configure",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "Hello from configure\n")
    }
}
