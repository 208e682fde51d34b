/// What fails, with the reason; docs/conformance.md explains more.
enum KnownFailures {
    /// Of GCC's tests.
    static let torture = [
        "execute/921202-1": "clang leaves main without an instruction, as its behaviour is undefined",
        "execute/pr79286": "clang leaves main without an instruction, as its behaviour is undefined",
        "ieee/cdivchkd": "compiler-rt's complex division is the plain one, libgcc's scales",
        "ieee/cdivchkf": "compiler-rt's complex division is the plain one, libgcc's scales",
        "ieee/cdivchkld": "newlib has no fmaxl",
    ]
    /// Those that end as chance will have it: code runs on into what lies behind.
    static let undefined: Set = ["execute/921202-1", "execute/pr79286"]

    /// Of newlib's testsuite: the reason of each line that a test tells.
    static let newlib = [
        "newlib.locale/UTF-8": [
            "2.1.5: Invalid for * U-00200000": beyondUnicode,
            "2.1.6: Invalid for * U-04000000": beyondUnicode,
            "2.2.4: Invalid for * U-001fffff": beyondUnicode,
            "2.2.5: Invalid for * U-03ffffff": beyondUnicode,
            "2.2.6: Invalid for * U-7fffffff": beyondUnicode,
            "2.3.5: Invalid for * U-00110000": beyondUnicode,
        ],
        "newlib.wctype/twctype": [
            "Failed: iswalpha(0x0967)": "a digit (category Nd) is no letter; the test is older"
        ],
    ]
    private static let beyondUnicode = "UTF-8 ends at U+10FFFF (RFC 3629 3); the test is older"

    /// How far functions may be from the host's results, in units in the last
    /// place, where that is more than one.
    static let distances: [String: UInt64] = [
        "d erfc": 2, "f j1f": 4, "d jn": 4, "f jnf": 4, "d yn": 4, "f ynf": 4,
        // Some arguments lie beside a zero of the function, where the result's
        // last place is far below the error that the sum of its terms has.
        "d y0": 128, "f y0f": 128, "d gamma": 16, "f gammaf": 128,
    ]

    /// Functions that newlib's own harness complains of, beside those of the
    /// mathematical vectors.
    static let harness = [
        "atoi": longs, "atol": longs, "strtol": longs, "sprintf": longs,
        "ecvt/ecvtf": digits, "fcvt/fcvtf": digits, "fcvtbuf": digits, "gcvt/gcvtf": digits,
        "pow": "expected is a product, rounded at each step; pow is rounded once",
    ]
    private static let longs = "expected is what a long of 32 bits gives"
    private static let digits = "expected are other digits than the host's library and POSIX give"
}

extension KnownFailures {
    /// Of the Open POSIX Test Suite's cases: those that pass on the host and not here.
    static let posix: [String: String] = [
        "pthread_cancel/2-2": asynchronous, "pthread_cancel/2-3": asynchronous,
        "pthread_setcanceltype/1-1": asynchronous, "pthread_mutex_init/1-2": asynchronous,
        "pthread_mutex_init/3-2": asynchronous,
        "pthread_mutexattr_getprotocol/1-2": protocols,
        "pthread_mutexattr_setprotocol/1-1": protocols,
        "pthread_cancel/3-1": "wants the priority 30; SCHED_FIFO has 1 to 28",
        "pthread_rwlock_rdlock/2-3": "asks for _POSIX_THREAD_PRIORITY_SCHEDULING",
        "pthread_rwlock_timedrdlock/6-2": destroyed,
        "pthread_rwlock_timedwrlock/6-2": destroyed,
        "pthread_rwlock_unlock/4-1": "takes EPERM for no error of a lock that nobody holds",
        "pthread_spin_unlock/3-1": "takes EPERM for no error of a lock that another holds",
        "timer_getoverrun/2-3": late, "timer_gettime/1-3": late, "pthread_cond_init/1-2": late,
        "kill/2-2": oneUser, "kill/3-1": oneUser, "sigqueue/3-1": oneUser, "sigqueue/12-1": oneUser,
        "sem_open/3-1": oneUser, "sched_setscheduler/20-1": oneUser,
        "mmap/5-1": "wants memory that is written to and run: ENOTSUP",
    ]
    /// Those that may pass, as the machine is busy or not.
    static let measured: Set = [
        "timer_getoverrun/2-3", "timer_gettime/1-3", "pthread_cond_init/1-2",
    ]
    private static let oneUser = "becomes another user: there is one"
    private static let late = "a busy machine is later than it allows"
    private static let asynchronous = "PTHREAD_CANCEL_ASYNCHRONOUS is ENOTSUP"
    private static let protocols = "PTHREAD_PRIO_INHERIT and PTHREAD_PRIO_PROTECT are ENOTSUP"
    private static let destroyed = "destroys a lock that an ended thread holds: EBUSY"
}
