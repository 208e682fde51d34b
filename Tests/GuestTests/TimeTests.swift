import Foundation
import TestSupport
import Testing

/// The clocks, from inside of a virtual machine. A program ends with the
/// number of the check that failed, or with 0.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct TimeTests {
    static let prelude = """
        #include <hermit.h>
        #define CHECK(n, c) do { if (!(c)) sys_exit(n); } while (0)
        static int64_t now(int clock)
        {
            struct hermit_timespec t = { -1, -1, -1 };
            CHECK(200, sys_clock_gettime(clock, &t) == 0);
            CHECK(201, t.tv_sec >= 0 && t.tv_nsec >= 0 && t.tv_nsec < 1000000000 && t.tv_zero == 0);
            return t.tv_sec * 1000000000 + t.tv_nsec;
        }
        static void print(int64_t value)
        {
            char text[24];
            int n = sizeof text;
            text[--n] = '\\n';
            do text[--n] = '0' + value % 10; while ((value /= 10) > 0);
            sys_write(1, text + n, sizeof text - n);
        }

        """

    /// A program's source in a folder that lives as long as the result.
    private func source(_ program: String) throws -> (folder: TemporaryFolder, path: String) {
        let folder = try TemporaryFolder()
        return (folder, try folder.write("program.c", Self.prelude + program))
    }

    @Test(arguments: ["q35", "microvm"])
    func clocksGoForwardsOnly(machine: String) async throws {
        let (folder, path) = try source(
            """
            int main(void)
            {
                static const int clocks[] = {
                    HERMIT_CLOCK_MONOTONIC, HERMIT_CLOCK_REALTIME,
                    HERMIT_CLOCK_PROCESS_CPUTIME_ID, HERMIT_CLOCK_THREAD_CPUTIME_ID,
                };
                for (int i = 0; i < 4; i++) {
                    int64_t first = now(clocks[i]), last = first;
                    for (int k = 0; k < 1000000; k++) {
                        int64_t next = now(clocks[i]);
                        CHECK(10 + i, next >= last);
                        last = next;
                    }
                    /* A million readings take longer than ten milliseconds, and less than a minute. */
                    CHECK(20 + i, last - first > 10000000 && last - first < 60000000000);
                }
                /* Since boot: not since the host's. */
                CHECK(30, now(HERMIT_CLOCK_MONOTONIC) < 600000000000);
                CHECK(31, sys_get_processor_frequency() >= 10);
                return 0;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "120", "--machine", machine, path])
        #expect(result.status == 0, "\(result.errors)")
        withExtendedLifetime(folder) {}
    }

    @Test(arguments: ["q35", "microvm"])
    func theTimeOfDayIsTheHosts(machine: String) async throws {
        let (folder, path) = try source(
            """
            int main(void)
            {
                struct hermit_timeval t;
                print(now(HERMIT_CLOCK_REALTIME));
                CHECK(1, sys_gettimeofday(&t, 0) == 0 && t.tv_usec >= 0 && t.tv_usec < 1000000);
                CHECK(2, t.tv_zero == 0);
                print(t.tv_sec * 1000000000 + t.tv_usec * 1000);
                return 0;
            }

            """)
        // What is built is built before the clock is looked at.
        #expect(try await Hermit.run(["run", "--timeout", "60", path]).status == 0)
        let before = Date().timeIntervalSince1970
        let result = try await Hermit.run(["run", "--timeout", "60", "--machine", machine, path])
        let after = Date().timeIntervalSince1970
        #expect(result.status == 0, "\(result.errors)")
        let times = result.text.split(separator: "\n").compactMap { Double($0).map { $0 / 1e9 } }
        try #require(times.count == 2)
        #expect(times[0] <= times[1])
        for time in times { #expect(time > before - 2 && time < after + 2) }
        withExtendedLifetime(folder) {}
    }

    /// The machine's clock with the time of day is the host's, so its seconds
    /// are: the program looks at that clock's register itself, and measures
    /// five of them from change to change.
    @Test(arguments: ["q35", "microvm"])
    func aSecondIsTheHosts(machine: String) async throws {
        let (folder, path) = try source(
            """
            static uint8_t second(void)
            {
                uint8_t value;
                __asm__ volatile("outb %%al, $0x70; inb $0x71, %%al" : "=a"(value) : "a"((uint8_t)0x80));
                return value;
            }
            int main(void)
            {
                int64_t start = 0;
                for (int i = 0; i <= 5; i++) {
                    uint8_t old = second();
                    while (second() == old) ;
                    if (i == 0) start = now(HERMIT_CLOCK_MONOTONIC);
                }
                print(now(HERMIT_CLOCK_MONOTONIC) - start);
                return 0;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", "--machine", machine, path])
        #expect(result.status == 0, "\(result.errors)")
        let span = try #require(Double(result.text.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(abs(span / 5e9 - 1) < 0.01, "\(span) ns")
        withExtendedLifetime(folder) {}
    }

    /// With `-icount shift=0` an instruction is a nanosecond of every clock of
    /// the machine's, so that the rate can be told without noise.
    @Test func theRateIsExactWhereInstructionsAreTime() async throws {
        let (folder, path) = try source(
            """
            static int64_t loop(int64_t count)
            {
                int64_t start = now(HERMIT_CLOCK_MONOTONIC);
                __asm__ volatile("1: dec %0\\n\\tjnz 1b" : "+r"(count));
                return now(HERMIT_CLOCK_MONOTONIC) - start;
            }
            int main(void)
            {
                now(HERMIT_CLOCK_MONOTONIC);
                print(loop(100000000));
                print(loop(100000000));
                print(sys_get_processor_frequency());
                return 0;
            }

            """)
        let line = try await Hermit.run(["run", "--dry-run", path])
        #expect(line.status == 0, "\(line.errors)")
        let words = line.text.trimmingCharacters(in: .whitespacesAndNewlines)
            .replacing("tcg,thread=multi", with: "tcg")
        let result = try await Hermit.command(
            "/bin/sh", ["-c", "exec timeout 120 \(words) -icount shift=0"])
        let lines = result.text.split(separator: "\n").compactMap { Double($0) }
        try #require(lines.count == 3, "\(result.text)")
        // Two instructions a turn. The first span is measured at the first
        // rate for ten milliseconds of it; the second one at a better rate.
        #expect(abs(lines[0] / 200e6 - 1) < 0.005, "\(lines[0])")
        #expect(abs(lines[1] / 200e6 - 1) < 0.0001, "\(lines[1])")
        #expect(lines[2] == 1000)
        withExtendedLifetime(folder) {}
    }

    @Test func theTimeOfDayCanBeSet() async throws {
        let (folder, path) = try source(
            """
            static int set(int clock, int64_t seconds, int32_t nanoseconds)
            {
                struct hermit_timespec t = { seconds, nanoseconds, 0 };
                return sys_clock_settime(clock, &t);
            }
            static int near(int64_t seconds, int64_t nanoseconds)
            {
                int64_t time = now(HERMIT_CLOCK_REALTIME) - (seconds * 1000000000 + nanoseconds);
                return time >= 0 && time < 10000000000;
            }
            int main(void)
            {
                int64_t monotonic = now(HERMIT_CLOCK_MONOTONIC);
                CHECK(1, set(HERMIT_CLOCK_REALTIME, 1000000000, 999999999) == 0);
                CHECK(2, near(1000000000, 999999999));
                CHECK(3, set(HERMIT_CLOCK_REALTIME, 0, 0) == 0 && near(0, 0));
                CHECK(4, set(HERMIT_CLOCK_REALTIME, 9223372035, 0) == 0 && near(9223372035, 0));
                CHECK(5, set(HERMIT_CLOCK_REALTIME, 9223372036, 0) == -HERMIT_EINVAL);
                CHECK(6, set(HERMIT_CLOCK_REALTIME, INT64_MAX, 0) == -HERMIT_EINVAL);
                CHECK(7, set(HERMIT_CLOCK_REALTIME, -1, 0) == -HERMIT_EINVAL);
                CHECK(8, set(HERMIT_CLOCK_REALTIME, 5, 1000000000) == -HERMIT_EINVAL);
                CHECK(9, set(HERMIT_CLOCK_REALTIME, 5, -1) == -HERMIT_EINVAL);
                CHECK(10, near(9223372035, 0));
                CHECK(11, set(HERMIT_CLOCK_MONOTONIC, 5, 0) == -HERMIT_EINVAL);
                CHECK(12, set(HERMIT_CLOCK_PROCESS_CPUTIME_ID, 5, 0) == -HERMIT_EINVAL);
                CHECK(13, set(0, 5, 0) == -HERMIT_EINVAL && set(-1, 5, 0) == -HERMIT_EINVAL);
                CHECK(14, now(HERMIT_CLOCK_MONOTONIC) - monotonic < 30000000000);
                return 0;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", path])
        #expect(result.status == 0, "\(result.errors)")
        withExtendedLifetime(folder) {}
    }

    @Test func settingMayComeFirst() async throws {
        let (folder, path) = try source(
            """
            int main(void)
            {
                struct hermit_timespec t = { 86400, 0, 0 };
                CHECK(1, sys_clock_settime(HERMIT_CLOCK_REALTIME, &t) == 0);
                CHECK(2, now(HERMIT_CLOCK_REALTIME) / 1000000000 - 86400 < 10);
                return 0;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", path])
        #expect(result.status == 0, "\(result.errors)")
        withExtendedLifetime(folder) {}
    }

    /// The C library reads a clock without a call where the compiler knows
    /// which; by a function of its own; and the kernel does. It is one clock.
    @Test(arguments: ["q35", "microvm"])
    func whoeverReadsAClockReadsTheSame(machine: String) async throws {
        let (folder, path) = try source(
            """
            #include <pthread.h>
            #include <sys/time.h>
            #include <time.h>
            static int (*volatile function)(clockid_t, struct timespec *) = clock_gettime;
            static int64_t number(struct timespec t)
            {
                CHECK(1, t.tv_sec >= 0 && t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
                return t.tv_sec * 1000000000 + t.tv_nsec;
            }
            static void *compare(void *unused)
            {
                for (int i = 0; i < 200000; i++) {
                    struct timespec a, b;
                    int64_t first = now(HERMIT_CLOCK_MONOTONIC);
                    CHECK(2, clock_gettime(CLOCK_MONOTONIC, &a) == 0);
                    CHECK(3, function(CLOCK_MONOTONIC, &b) == 0);
                    CHECK(4, first <= number(a) && number(a) <= number(b));
                    CHECK(5, number(b) <= now(HERMIT_CLOCK_MONOTONIC));
                    first = now(HERMIT_CLOCK_REALTIME);
                    CHECK(6, clock_gettime(CLOCK_REALTIME, &a) == 0);
                    CHECK(7, function(CLOCK_REALTIME, &b) == 0);
                    CHECK(8, first <= number(a) && number(a) <= number(b));
                    CHECK(9, number(b) <= now(HERMIT_CLOCK_REALTIME));
                }
                return unused;
            }
            int main(void)
            {
                struct timespec t;
                struct timeval v;
                pthread_t threads[4];
                /* Whichever is the first to be read. */
                CHECK(10, clock_gettime(CLOCK_REALTIME, &t) == 0 && t.tv_sec > 1700000000);
                CHECK(11, clock_gettime(CLOCK_MONOTONIC, &t) == 0 && t.tv_sec < 600);
                for (int i = 0; i < 4; i++)
                    CHECK(12, pthread_create(threads + i, 0, compare, 0) == 0);
                for (int i = 0; i < 4; i++)
                    CHECK(13, pthread_join(threads[i], 0) == 0);
                t = (struct timespec){ 1000, 999999999 };
                CHECK(14, clock_settime(CLOCK_REALTIME, &t) == 0);
                CHECK(15, clock_gettime(CLOCK_REALTIME, &t) == 0 && t.tv_sec >= 1000 && t.tv_sec < 1200);
                CHECK(16, gettimeofday(&v, 0) == 0 && v.tv_sec >= t.tv_sec && v.tv_sec < 1200);
                CHECK(17, v.tv_usec >= 0 && v.tv_usec < 1000000 && time(0) >= v.tv_sec);
                CHECK(18, function((clockid_t)77, &t) == -1);
                return 0;
            }

            """)
        let result = try await Hermit.run(
            ["run", "--timeout", "120", "--cpus", "4", "--machine", machine, path])
        #expect(result.status == 0, "\(result.errors)")
        withExtendedLifetime(folder) {}
    }

    /// A program may have a function of that name.
    @Test func theClocksFunctionMayBeTheProgramsOwn() async throws {
        let (folder, path) = try source(
            """
            #include <time.h>
            int clock_gettime(clockid_t clock, struct timespec *time)
            {
                *time = (struct timespec){ (time_t)clock, 5 };
                return 7;
            }
            int main(void)
            {
                struct timespec t;
                CHECK(1, clock_gettime(CLOCK_MONOTONIC, &t) == 7 && t.tv_sec == CLOCK_MONOTONIC);
                return 0;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", path])
        #expect(result.status == 0, "\(result.errors)")
        withExtendedLifetime(folder) {}
    }

    @Test func sleepingLastsAtLeastSoLong() async throws {
        let (folder, path) = try source(
            """
            static int64_t slept;
            static int sleep_for(int64_t seconds, int32_t nanoseconds)
            {
                struct hermit_timespec t = { seconds, nanoseconds, 77 }, left = { 5, 6, 7 };
                int64_t start = now(HERMIT_CLOCK_MONOTONIC);
                int result = sys_nanosleep(&t, &left);
                slept = now(HERMIT_CLOCK_MONOTONIC) - start;
                CHECK(100, left.tv_sec == 5 && left.tv_nsec == 6 && left.tv_zero == 7);
                return result;
            }
            static int sleep_by(int clock, int flags, int64_t time)
            {
                struct hermit_timespec t = { time / 1000000000, (int32_t)(time % 1000000000), 0 };
                int64_t start = now(HERMIT_CLOCK_MONOTONIC);
                int result = sys_clock_nanosleep(clock, flags, &t, 0);
                slept = now(HERMIT_CLOCK_MONOTONIC) - start;
                return result;
            }
            int main(void)
            {
                static const int64_t second = 1000000000;
                struct hermit_timespec t = { 0, 1, 0 };
                CHECK(1, sleep_for(0, 20000000) == 0 && slept >= 20000000 && slept < 5 * second);
                CHECK(2, sleep_for(0, 0) == 0 && slept < 5 * second);
                CHECK(3, sleep_for(-1, 0) == -HERMIT_EINVAL);
                CHECK(4, sleep_for(0, second) == -HERMIT_EINVAL);
                CHECK(5, sleep_for(0, -1) == -HERMIT_EINVAL);
                CHECK(6, sys_nanosleep(0, 0) == -HERMIT_EFAULT);
                CHECK(7, sys_nanosleep((void *)(1ul << 63), 0) == -HERMIT_EFAULT);
                CHECK(8, sys_nanosleep(&t, (void *)1) == 0);
                for (int clock = 1; clock <= 4; clock += 3) {
                    int64_t until = now(clock) + 20000000;
                    CHECK(9, sleep_by(clock, HERMIT_TIMER_ABSTIME, until) == 0);
                    CHECK(10, now(clock) >= until && slept < 5 * second);
                    CHECK(11, sleep_by(clock, HERMIT_TIMER_ABSTIME, 1) == 0 && slept < second);
                    CHECK(12, sleep_by(clock, 0, 20000000) == 0);
                    CHECK(13, slept >= 20000000 && slept < 5 * second);
                }
                CHECK(14, sleep_by(HERMIT_CLOCK_THREAD_CPUTIME_ID, 0, 1) == -HERMIT_EINVAL);
                CHECK(15, sleep_by(HERMIT_CLOCK_PROCESS_CPUTIME_ID, 0, 1) == -HERMIT_ENOTSUP);
                CHECK(16, sleep_by(0, 0, 1) == -HERMIT_EINVAL && sleep_by(5, 0, 1) == -HERMIT_EINVAL);
                CHECK(17, sleep_by(4, 1, 1) == -HERMIT_EINVAL && sleep_by(4, -1, 1) == -HERMIT_EINVAL);
                CHECK(18, sys_clock_nanosleep(4, 0, 0, 0) == -HERMIT_EFAULT);
                int64_t start = now(HERMIT_CLOCK_MONOTONIC);
                sys_usleep(15000);
                sys_msleep(15);
                slept = now(HERMIT_CLOCK_MONOTONIC) - start;
                CHECK(19, slept >= 30000000 && slept < 5 * second);
                return 0;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", path])
        #expect(result.status == 0, "\(result.errors)")
        withExtendedLifetime(folder) {}
    }

    @Test func hostileArgumentsGetTheirErrno() async throws {
        let (folder, path) = try source(
            """
            static const struct hermit_timespec constant;
            int main(void)
            {
                void *bad[] = {
                    0, (void *)8, (void *)(1ul << 47), (void *)(1ul << 63), (void *)~0ul,
                    (void *)~15ul, (void *)0xffff800000001000ul, (void *)((1ul << 47) - 8),
                    (void *)&constant, (void *)main, (void *)0x123456789000ul,
                };
                struct hermit_timespec t[2];
                sys_clock_gettime(HERMIT_CLOCK_REALTIME, t);
                for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
                    for (int clock = 1; clock <= 4; clock++) {
                        CHECK(1, sys_clock_gettime(clock, bad[i]) == -HERMIT_EFAULT);
                        CHECK(2, sys_errno() == HERMIT_EFAULT);
                    }
                    CHECK(3, !bad[i] || sys_clock_getres(4, bad[i]) == -HERMIT_EFAULT);
                    CHECK(4, sys_gettimeofday(bad[i], 0) == -HERMIT_EFAULT);
                    CHECK(5, sys_clock_gettime(9, bad[i]) == -HERMIT_EINVAL);
                }
                for (int i = 0; i < 8; i++) {
                    CHECK(6, sys_clock_settime(1, bad[i]) == -HERMIT_EFAULT);
                }
                for (int clock = -3; clock < 9; clock++) {
                    int known = clock >= 1 && clock <= 4;
                    CHECK(7, sys_clock_gettime(clock, t) == (known ? 0 : -HERMIT_EINVAL));
                    CHECK(8, sys_clock_getres(clock, 0) == (known ? 0 : -HERMIT_EINVAL));
                }
                CHECK(9, sys_clock_gettime(INT32_MIN, t) == -HERMIT_EINVAL);
                CHECK(10, sys_clock_gettime(INT32_MAX, t) == -HERMIT_EINVAL);
                t[0].tv_zero = 5;
                CHECK(11, sys_clock_getres(4, t) == 0);
                CHECK(12, t[0].tv_sec == 0 && t[0].tv_nsec == 1 && t[0].tv_zero == 0);
                CHECK(13, sys_gettimeofday((void *)t, 1) == -HERMIT_EINVAL);
                /* An address need not be aligned, and memory of the heap is filled when touched. */
                CHECK(14, sys_clock_gettime(1, (void *)((char *)t + 3)) == 0);
                char *fresh = sys_alloc(1 << 20, 4096);
                CHECK(15, sys_clock_gettime(1, (void *)(fresh + 4096 - 8)) == 0);
                return 0;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", path])
        #expect(result.status == 0, "\(result.errors)")
        withExtendedLifetime(folder) {}
    }
}
