import Foundation
import TestSupport

/// What a compiler makes of headers, without running anything: values of constants and of
/// expressions that it knows.
struct HeaderValues {
    /// clang, and what it takes for its system's headers.
    let compiler: String
    let words: [String]

    /// The names that a header defines as something that may be a number, with that.
    ///
    /// - Parameter before: What is defined without it.
    func constants(of header: String, besides before: [String: String]) async throws -> [String: String] {
        try await macros("#include <\(header)>\n").filter { before[$0.key] == nil }
    }

    /// What a text defines, by its names.
    func macros(_ text: String) async throws -> [String: String] {
        let result = try await Hermit.command(
            compiler, words + ["-D_GNU_SOURCE", "-dM", "-E", "-x", "c", "-"], input: text)
        var found: [String: String] = [:]
        for line in result.text.split(separator: "\n") {
            if let match = line.wholeMatch(of: /#define ([A-Z][A-Za-z0-9_]*) (.+)/) {
                found[String(match.1)] = String(match.2)
            }
        }
        return found
    }

    /// The values of expressions, as far as the compiler takes each for a constant.
    func values(
        of expressions: [(name: String, text: String)], including headers: [String]
    ) async throws -> [String: Int64] {
        var all = expressions
        let first = headers.count + 1
        while true {
            let source =
                headers.map { "#include <\($0)>\n" }.joined()
                + all.indices.map { "const long long value_\($0) = (long long)(\(all[$0].text));\n" }.joined()
            let result = try await Hermit.command(
                compiler,
                words + ["-D_GNU_SOURCE", "-w", "-ferror-limit=0", "-S", "-emit-llvm", "-x", "c", "-", "-o", "-"],
                input: source)
            if result.status == 0 {
                var values: [String: Int64] = [:]
                for match in result.text.matches(of: /@value_([0-9]+) = .*constant i64 (-?[0-9]+)/) {
                    if let index = Int(match.1) { values[all[index].name] = Int64(match.2) }
                }
                return values
            }
            let wrong = Set(
                result.errors.matches(of: /<stdin>:([0-9]+):[0-9]+: error/).compactMap { Int($0.1) })
            let left = all.indices.filter { !wrong.contains($0 + first) }.map { all[$0] }
            if left.count == all.count {
                throw Hermit.Failure(description: "\(headers): \(result.errors)")
            }
            all = left
        }
    }
}

/// Constants that the C library has numbers of its own for, and why.
struct OwnNumbers {
    let reason: String
    /// A regular expression that is all of a name.
    let names: String

    /// The place of the reason that a constant may differ for; `nil`: there is none.
    static func place(of name: String) throws -> Int? {
        try all.firstIndex { try Regex($0.names).wholeMatch(in: name) != nil }
    }

    static let all = [
        OwnNumbers(
            reason: "newlib's errors above 34, which the shim makes of the kernel's",
            names: "E(?!RA$)[A-Z0-9]+"),
        OwnNumbers(reason: "newlib's flags of files", names: "O_[A-Z]+|F(NDELAY|ASYNC|APPEND|NONBLOCK)"),
        OwnNumbers(
            reason: "newlib's commands of fcntl and kinds of locks",
            names: "F_(DUPFD_CLOEXEC|[GS]ETOWN|[GS]ETLKW?|RDLCK|WRLCK|UNLCK)"),
        OwnNumbers(reason: "newlib's flags of functions that end with at", names: "AT_[A-Z_]+"),
        OwnNumbers(
            reason: "flags of descriptors, which are those of open",
            names: "(EFD|TFD|EPOLL|SOCK)_(CLOEXEC|NONBLOCK)"),
        OwnNumbers(
            reason: "hermit.h's numbers of families, options and flags of sockets",
            names: "(AF|PF|SO|IP|IPV6|SCM)_[A-Z0-9_]+|SOL_SOCKET|MSG_PEEK|FIONBIO"),
        OwnNumbers(reason: "hermit.h's numbers of errors of names", names: "EAI_[A-Z]+"),
        OwnNumbers(reason: "hermit.h's clocks", names: "CLOCK_[A-Z_]+|TIMER_ABSTIME"),
        OwnNumbers(
            reason: "newlib's numbers of what a locale says",
            names: "(AB)?(DAY|MON)_[0-9]+|(D_T|D|T|ERA_D|ERA_D_T|ERA_T)_FMT|T_FMT_AMPM|[AP]M_STR|ERA|ALT_DIGITS|CODESET|CRNCYSTR|RADIXCHAR|THOUSEP|(YES|NO)(STR|EXPR)"),
        OwnNumbers(reason: "newlib's categories of a locale", names: "LC_[A-Z]+(_MASK)?"),
        OwnNumbers(reason: "newlib's flags of patterns", names: "FNM_[A-Z_]+|REG_(NEWLINE|NOSUB)"),
        OwnNumbers(
            reason: "limits of this system",
            names: "(ARG|LINK|NGROUPS|COLL_WEIGHTS|MB_LEN|NL_ARG|PTHREAD_KEYS|RE_DUP|RTSIG)_?MAX|CPU_SETSIZE|NCCS|NOFILE|HZ"),
        OwnNumbers(
            reason: "sizes of newlib's streams and names of files",
            names: "BUFSIZ|FILENAME_MAX|FOPEN_MAX|TMP_MAX|L_(ctermid|tmpnam)"),
        OwnNumbers(
            reason: "newlib's integer types of more than one choice",
            names: "U?INT_FAST(16|32)_M(IN|AX)|WINT_M(IN|AX)|WEOF"),
        OwnNumbers(reason: "newlib's results of ilogb", names: "FP_ILOGB(0|NAN)"),
        OwnNumbers(reason: "newlib's directions of rounding", names: "FE_(DOWNWARD|UPWARD|TOWARDZERO)"),
        OwnNumbers(reason: "an int here", names: "SA_(ONESHOT|RESETHAND)"),
        OwnNumbers(reason: "BSD's number of the loopback's hardware", names: "ARPHRD_LOOPBACK"),
        OwnNumbers(
            reason: "how many numbers of ELF newlib's older header knows",
            names: "(DT|EM|SHT|R_390|R_68K|R_MN10300)(_MIPS)?_(NUM|PROCNUM)"),
    ]
}
