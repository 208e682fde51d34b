import Foundation
import TestSupport
import Testing

/// The headers of the C library: each by itself, all in any order, and beside the host's.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct HeaderTests {
    /// Those that programs include.
    private func headers() async throws -> [String] {
        let include = try await Hermit.sysroot() + "/include"
        // Headers that only others include: their folders and names say so.
        return try FileManager.default.subpathsOfDirectory(atPath: include).filter {
            $0.hasSuffix(".h") && !$0.hasPrefix("hermit") && !$0.hasPrefix("machine/")
                && !$0.hasPrefix("ssp/") && !$0.hasPrefix("_") && !$0.contains("/_")
        }.sorted()
    }

    /// What programs of POSIX and Linux include most.
    @Test func thoseThatProgramsIncludeAreThere() async throws {
        let include = try await Hermit.sysroot() + "/include/"
        let wanted = """
            alloca arpa/inet assert byteswap complex ctype dirent dlfcn endian err errno error execinfo fcntl \
            features fenv fnmatch ftw getopt glob grp iconv ifaddrs inttypes langinfo libgen limits linux/limits \
            linux/types locale malloc math memory net/ethernet net/if net/if_arp netdb netinet/icmp6 netinet/if_ether \
            netinet/in netinet/in_systm netinet/ip netinet/ip6 netinet/ip_icmp netinet/tcp netinet/udp nl_types paths \
            poll pthread pwd regex sched search semaphore setjmp signal spawn stdint stdio stdio_ext stdlib string \
            strings sys/auxv sys/cdefs sys/epoll sys/eventfd sys/fcntl sys/file sys/ioctl sys/mman sys/param sys/poll \
            sys/prctl sys/queue sys/random sys/resource sys/select sys/sendfile sys/signal sys/socket sys/stat \
            sys/statvfs sys/syslog sys/sysinfo sys/sysmacros sys/time sys/timerfd sys/times sys/types sys/ucontext \
            sys/uio sys/un sys/utsname sys/wait sys/xattr sysexits syslog termios tgmath threads time uchar ucontext ulimit \
            unistd utime values wchar wctype wordexp
            """
        for name in wanted.split(separator: " ") {
            #expect(FileManager.default.fileExists(atPath: include + name + ".h"), "\(name).h")
        }
    }

    /// Each alone and twice; and all of them, in orders by a seed.
    @Test(arguments: ["c99", "c11", "gnu17", "c++17"])
    func headersStandAloneAndInAnyOrder(dialect: String) async throws {
        let sysroot = try await Hermit.sysroot()
        let headers = try await headers()
        #expect(headers.count > 120)
        let folder = try TemporaryFolder()
        let suffix = dialect.hasPrefix("c++") ? "cpp" : "c"
        var files: [String] = []
        for header in headers {
            let name = header.replacing("/", with: "_")
            let line = "#include <\(header)>\n"
            files.append(try folder.write("alone_\(name).\(suffix)", line + line + "extern int declared;\n"))
        }
        // Knuth's generator (MMIX), from a seed that is the test's own.
        var state: UInt64 = 2026
        for number in 0..<40 {
            var order = headers
            for index in order.indices.reversed() {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                order.swapAt(index, Int(state >> 33) % (index + 1))
            }
            let text = order.map { "#include <\($0)>\n" }.joined()
            files.append(try folder.write("order_\(number).\(suffix)", text))
        }
        let compiled = try await Hermit.command(
            sysroot + "/bin/x86_64-hermit-\(suffix == "c" ? "cc" : "c++")",
            ["-std=" + dialect, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O2", "-fsyntax-only"] + files)
        #expect(compiled.status == 0, "\(compiled.errors.prefix(4000))")
    }

    private func compilers() async throws -> (here: HeaderValues, host: HeaderValues) {
        let sysroot = try await Hermit.sysroot()
        return (
            HeaderValues(compiler: sysroot + "/bin/x86_64-hermit-cc", words: []),
            HeaderValues(compiler: Tools.path("clang"), words: [])
        )
    }

    /// Every constant that this system's headers and the host's have has the same value in both,
    /// but for those that have a reason.
    @Test func constantsAreThoseOfTheHost() async throws {
        let (here, host) = try await compilers()
        var count = 0
        var differences: [String: String] = [:]
        let (own, others) = (try await here.macros(""), try await host.macros(""))
        for header in try await headers() {
            let ours = try await here.constants(of: header, besides: own)
            let theirs = try await host.constants(of: header, besides: others)
            let names = ours.keys.filter { theirs[$0] != nil }.sorted()
            if names.isEmpty { continue }
            let expressions = names.map { (name: $0, text: $0) }
            let mine = try await here.values(of: expressions, including: [header])
            let known = try await host.values(of: expressions, including: [header])
            for name in names {
                guard let a = mine[name], let b = known[name] else { continue }
                count += 1
                if a != b { differences[name] = "\(header): \(name) is \(a), and \(b) on the host" }
            }
        }
        #expect(count > 5000)
        var used: Set<Int> = []
        for (name, text) in differences.sorted(by: { $0.key < $1.key }) {
            if let index = try OwnNumbers.place(of: name) { used.insert(index) } else { Issue.record("\(text)") }
        }
        for index in OwnNumbers.all.indices where !used.contains(index) {
            Issue.record("no constant differs for this reason: \(OwnNumbers.all[index].reason)")
        }
    }

    /// Structures that are the same on Linux, with their fields.
    private static let structures: [(header: String, type: String, fields: String)] = [
        ("pwd.h", "struct passwd", "pw_name pw_passwd pw_uid pw_gid pw_gecos pw_dir pw_shell"),
        ("grp.h", "struct group", "gr_name gr_passwd gr_gid gr_mem"),
        ("sys/utsname.h", "struct utsname", "sysname nodename release version machine domainname"),
        (
            "sys/sysinfo.h", "struct sysinfo",
            "uptime loads totalram freeram sharedram bufferram totalswap freeswap procs totalhigh freehigh mem_unit"
        ),
        ("sys/resource.h", "struct rlimit", "rlim_cur rlim_max"),
        ("sys/resource.h", "struct rusage", "ru_utime ru_stime ru_maxrss ru_minflt ru_nsignals ru_nvcsw ru_nivcsw"),
        ("sys/ioctl.h", "struct winsize", "ws_row ws_col ws_xpixel ws_ypixel"),
        ("sys/uio.h", "struct iovec", "iov_base iov_len"),
        ("poll.h", "struct pollfd", "fd events revents"),
        ("sys/timerfd.h", "struct itimerspec", "it_interval it_value"),
        ("sys/time.h", "struct timeval", "tv_sec tv_usec"),
        ("time.h", "struct timespec", "tv_sec tv_nsec"),
        ("sys/times.h", "struct tms", "tms_utime tms_stime tms_cutime tms_cstime"),
        ("netdb.h", "struct hostent", "h_name h_aliases h_addrtype h_length h_addr_list"),
        ("netdb.h", "struct servent", "s_name s_aliases s_port s_proto"),
        ("netdb.h", "struct protoent", "p_name p_aliases p_proto"),
        ("dlfcn.h", "Dl_info", "dli_fname dli_fbase dli_sname dli_saddr"),
        ("netinet/in.h", "struct in_addr", "s_addr"),
        ("netinet/in.h", "struct in6_addr", "s6_addr"),
        ("stdlib.h", "div_t", "quot rem"),
        ("stdlib.h", "ldiv_t", "quot rem"),
        ("search.h", "ENTRY", "key data"),
        ("stddef.h", "size_t", ""), ("sys/types.h", "ssize_t", ""), ("sys/types.h", "off_t", ""),
        ("sys/types.h", "pid_t", ""), ("sys/types.h", "uid_t", ""), ("sys/types.h", "gid_t", ""),
        ("sys/types.h", "mode_t", ""), ("sys/types.h", "dev_t", ""), ("sys/types.h", "ino_t", ""),
        ("sys/types.h", "loff_t", ""), ("time.h", "time_t", ""), ("wchar.h", "wchar_t", ""),
        ("signal.h", "sig_atomic_t", ""), ("poll.h", "nfds_t", ""), ("sys/socket.h", "socklen_t", ""),
        ("sys/wait.h", "idtype_t", ""), ("sys/resource.h", "rlim_t", ""),
    ]

    @Test func structuresAreThoseOfTheHost() async throws {
        let (here, host) = try await compilers()
        var expressions: [(name: String, text: String)] = []
        for (_, type, fields) in Self.structures {
            expressions.append((type, "sizeof(\(type))"))
            for field in fields.split(separator: " ") {
                expressions.append(("\(type).\(field)", "__builtin_offsetof(\(type), \(field))"))
                expressions.append(("\(type).\(field) size", "sizeof(((\(type) *)0)->\(field))"))
            }
        }
        let headers = Self.structures.map(\.header) + ["dlfcn.h"]
        let ours = try await here.values(of: expressions, including: headers)
        let theirs = try await host.values(of: expressions, including: headers)
        for (name, _) in expressions {
            let ours = try #require(ours[name], "\(name)")
            let theirs = try #require(theirs[name], "\(name)")
            #expect(ours == theirs, "\(name)")
        }
    }
}
