/// A case of the Open POSIX Test Suite.
public enum PosixCase {
    /// How a case ended, by its exit status (posixtest.h).
    public enum Result: Equatable, Sendable {
        case passed, failed, unresolved, unsupported, untested
        /// By a signal, a time limit, or a status that is none.
        case ended(Int)

        public init(status: Int) {
            switch status {
            case 0: self = .passed
            case 1: self = .failed
            case 2: self = .unresolved
            case 4: self = .unsupported
            case 5: self = .untested
            default: self = .ended(status)
            }
        }

        /// The status 4 or 5: the case says of itself that there is nothing to tell.
        public var isUnsupported: Bool { self == .unsupported || self == .untested }

        public var text: String {
            switch self {
            case .passed: "passed"
            case .failed: "failed"
            case .unresolved: "unresolved"
            case .unsupported: "unsupported"
            case .untested: "untested"
            case .ended(124): "no end"
            case .ended(let status): "status \(status)"
            }
        }
    }

    /// Functions that make or await another process.
    private static let ofProcesses: Set<String> = [
        "fork", "vfork", "execl", "execlp", "execv", "execve", "execvp", "popen", "system",
        "wait", "waitid", "waitpid",
    ]

    /// The function that makes or awaits another process, `nil`: there is none.
    ///
    /// - Parameter references: The names that the case's object leaves undefined.
    public static func processFunction(_ references: some Sequence<String>) -> String? {
        references.filter(ofProcesses.contains).min()
    }

    /// Which row of the table a function's cases belong to; `nil`: they are not run.
    public static func family(of function: String) -> String? {
        families.first { family in
            family.names.contains(function) || family.prefixes.contains { function.hasPrefix($0) }
        }?.title
    }

    private static let families:
        [(title: String, prefixes: [String], names: Set<String>)] = [
            ("pthread_attr", ["pthread_attr_"], []),
            ("pthread_barrier", ["pthread_barrier"], []),
            ("pthread_cond", ["pthread_cond"], []),
            ("pthread_mutex", ["pthread_mutex"], []),
            ("pthread_rwlock", ["pthread_rwlock"], []),
            ("pthread_spin", ["pthread_spin"], []),
            ("pthread_kill, pthread_sigmask", [], ["pthread_kill", "pthread_sigmask"]),
            ("pthread_*, all others", ["pthread_"], []),
            ("sem", ["sem_"], []),
            ("sched", ["sched_"], []),
            ("clock, nanosleep", ["clock_"], ["nanosleep"]),
            ("timer", ["timer_"], []),
            ("mmap, munmap, mlock", [], ["mmap", "munmap", "mlock", "munlock", "mlockall", "munlockall"]),
            ("sigaction", [], ["sigaction"]),
            ("other signals", ["sig"], ["kill", "killpg", "raise"]),
        ]
}
