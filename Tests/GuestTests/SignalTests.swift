import Foundation
import TestSupport
import Testing

/// Signals, by the reports of programs that send and take them. The errors are
/// Linux's numbers.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct SignalTests {
    private func run(
        _ text: String, cpus: Int = 1, input: String = "", _ words: [String] = []
    ) async throws -> Hermit.Result {
        let folder = try TemporaryFolder()
        let source = try folder.write("signals.c", text)
        return try await Hermit.run(
            ["run", "--timeout", "200", "--cpus", "\(cpus)"] + words + [source], input: input)
    }

    /// A task computes, allocates and calls the kernel while it takes 10,000
    /// signals, one after the other; the handler does so as well.
    @Test(arguments: [(1, "max"), (4, "max"), (1, "qemu64")])
    func whatATaskComputesStaysRight(cpus: Int, processor: String) async throws {
        let result = try await run(Self.computing, cpus: cpus, Hermit.processor(processor))
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "taken 10000, wrong 0, afterwards -3\n")
    }

    private static let computing = """
        #include <hermit.h>
        #include <stdio.h>
        #include <stdlib.h>

        static volatile long taken;
        static volatile int stop, ready;
        static volatile double sink;
        static int wrong;

        static void handler(int number)
        {
            double x = number;
            for (int i = 1; i < 20; i++) x = x * 1.5 + i;
            sink = x;
            void *block = malloc(64);
            if (!block) wrong |= 8;
            free(block);
            sys_getpid();
            taken++;
        }

        struct sums { uint64_t integer; double floating; };

        static struct sums compute(void)
        {
            struct sums s = { 88172645463325252u, 0.5 };
            for (int i = 0; i < 200; i++) {
                s.integer ^= s.integer << 13;
                s.integer ^= s.integer >> 7;
                s.integer ^= s.integer << 17;
                s.floating = s.floating * 0.999 + (double)(s.integer >> 40) * 1e-8;
            }
            return s;
        }

        static void work(size_t unused)
        {
            struct sums first = compute();
            (void)unused;
            ready = 1;
            while (!stop) {
                uint64_t *blocks[8];
                struct sums s = compute();
                if (s.integer != first.integer) wrong |= 1;
                if (s.floating != first.floating) wrong |= 2;
                for (int i = 0; i < 8; i++) {
                    blocks[i] = malloc(64);
                    blocks[i][0] = blocks[i][7] = i;
                }
                for (uint64_t i = 0; i < 8; i++) {
                    if (blocks[i][0] != i || blocks[i][7] != i) wrong |= 4;
                    free(blocks[i]);
                }
                sys_write(1, "", 0);
            }
        }

        int main(void)
        {
            sys_signal(handler);
            sys_set_current_task_priority(3);
            hermit_tid_t task = sys_spawn2(work, 0, 2, 0, -1);
            while (!ready) sys_usleep(100);
            for (long i = 0; i < 10000; i++) {
                if (sys_kill(task, 10 + i % 50) != 0) return 1;
                while (taken <= i) sys_usleep(20);
            }
            stop = 1;
            sys_join(task);
            printf("taken %ld, wrong %d, afterwards %d\\n", taken, wrong, sys_kill(task, 10));
            return 0;
        }

        """

    /// Every wait ends with EINTR, the handler before; that of a lock goes on.
    /// What a task is sent before it waits keeps it from waiting.
    @Test(arguments: [1, 4]) func waitsAreInterrupted(cpus: Int) async throws {
        let result = try await run(Self.waiting, cpus: cpus)
        #expect(result.status == 0, "\(result.errors)")
        let waits = (0...9).map { "\($0): -4, handler first 1\n" }.joined()
        #expect(
            result.text == waits + """
                10: 0, handler first 1
                11: 0, handler first 0, then 1
                left: 1, joined afterwards 0

                """)
    }

    private static let waiting = """
        #include <hermit.h>
        #include <stdio.h>

        static volatile int ran, seen, result, begun, done;
        static uint32_t word;
        static hermit_sem_t semaphore;
        static size_t queue;
        static void *mutex;
        static hermit_tid_t other;
        static struct hermit_timespec left;

        static void handler(int number) { ran = number; }

        static void stopped(size_t unused)
        {
            (void)unused;
            sys_block_current_task();
            sys_yield();
        }

        static void wait(size_t kind)
        {
            struct hermit_timespec span = { 1000, 0, 0 }, end = { 1LL << 33, 0, 0 };
            int r = 0;
            begun = 1;
            switch (kind) {
            case 0: r = sys_nanosleep(&span, &left); break;
            case 1: r = sys_clock_nanosleep(HERMIT_CLOCK_REALTIME, 0, &span, NULL); break;
            case 2: r = sys_clock_nanosleep(HERMIT_CLOCK_MONOTONIC, HERMIT_TIMER_ABSTIME, &end, NULL); break;
            case 3: r = sys_futex_wait(&word, 0, NULL, 0); break;
            case 4: r = sys_futex_wait(&word, 0, &span, HERMIT_FUTEX_RELATIVE_TIMEOUT); break;
            case 5: r = sys_sem_timedwait(&semaphore, NULL); break;
            case 6: r = sys_sem_timedwait(&semaphore, &end); break;
            case 7: r = sys_wait((size_t)&queue); break;
            case 8: r = sys_join(other); break;
            case 9: sys_usleep(1000000000); r = -sys_get_errno(); break;
            case 10: sys_block_current_task(); sys_yield(); break;
            case 11: r = sys_recmutex_lock(mutex); sys_recmutex_unlock(mutex); break;
            }
            seen = ran;
            result = r;
            done = 1;
        }

        /* On the first core, where the waiter for the lock is more urgent. */
        static void test(size_t unused)
        {
            (void)unused;
            sys_signal(handler);
            sys_sem_init(&semaphore, 0, 0);
            sys_init_queue((size_t)&queue);
            sys_recmutex_init(&mutex);
            other = sys_spawn2(stopped, 0, 2, 0, -1);
            for (int kind = 0; kind <= 11; kind++) {
                /* Sent when it certainly waits, and when it may be about to. */
                for (int round = 0; round < 40; round++) {
                    ran = begun = done = 0;
                    if (kind == 11) sys_recmutex_lock(mutex);
                    hermit_tid_t task = sys_spawn2(wait, kind, kind == 11 ? 3 : 2, 0, kind == 11 ? 0 : -1);
                    while (!begun) sys_yield();
                    if (round == 0) sys_msleep(20);
                    if (sys_kill(task, kind + 1) != 0) sys_exit(1);
                    /* What it took before the wait began does not end that. */
                    while (kind != 11 && !done) {
                        sys_usleep(500);
                        sys_kill(task, kind + 1);
                    }
                    if (kind == 11) {
                        if (round == 0) printf("11: 0, handler first %d", ran != 0);
                        sys_recmutex_unlock(mutex);
                    }
                    while (sys_join(task) != 0) sys_exit(2);
                    if (kind == 11 && round == 0)
                        printf(", then %d\\n", seen == kind + 1);
                    else if (round == 0)
                        printf("%d: %d, handler first %d\\n", kind, result, seen == kind + 1);
                    if (result != (kind < 10 ? -4 : 0) || ran != kind + 1) sys_exit(3);
                    if (kind < 11 && seen != kind + 1) sys_exit(4);
                }
            }
            sys_wakeup_task(other);
            printf("left: %d, joined afterwards %d\\n", left.tv_sec == 999, sys_join(other));
        }

        int main(void)
        {
            return sys_join(sys_spawn2(test, 0, 2, 0, 0));
        }

        """

    /// The timer's signals, also where the handler never returns; what is
    /// blocked; arguments that are none.
    @Test(arguments: [1, 4]) func timerAndMask(cpus: Int) async throws {
        let result = try await run(Self.timer, cpus: cpus)
        #expect(result.status == 128 + 9, "\(result.errors)")
        #expect(
            result.text == """
                set 0, before 0 0
                interrupted 10 of 10
                stopped 0, before 1 2000
                once: 1
                bad: -22 -22 -22 -95 -95 -22 -14 -14
                jumps: 100 or more 1
                blocked: 0 0, sent 0 0, taken 0; then 0 32, taken 1, number 5
                to itself: 0, taken 2
                kill: 0 -22 -22 -3 -3 -3
                mask: -14, unchanged 0

                """)
    }

    private static let timer = """
        #include <hermit.h>
        #include <setjmp.h>
        #include <stdio.h>

        static volatile int count, last, jumps;
        static jmp_buf place;

        static void handler(int number) { count++; last = number; }

        static void leave(int number)
        {
            (void)number;
            jumps++;
            sys_signal_mask(0, NULL);
            longjmp(place, 1);
        }

        int main(void)
        {
            struct hermit_itimerval value = { { 0, 2000, 0 }, { 0, 5000, 0 } }, old;
            struct hermit_timespec span = { 1000, 0, 0 };
            uint64_t mask = 1, now = 1;
            int interrupted = 0, set;

            sys_signal(handler);
            set = sys_setitimer(HERMIT_ITIMER_REAL, &value, &old);
            printf("set %d, before %d %d\\n", set, old.it_value.tv_usec, old.it_interval.tv_usec);
            while (count < 50) ;
            for (int i = 0; i < 10; i++)
                if (sys_nanosleep(&span, NULL) == -HERMIT_EINTR) interrupted++;
            printf("interrupted %d of 10\\n", interrupted);
            value.it_value.tv_usec = value.it_interval.tv_usec = 0;
            set = sys_setitimer(HERMIT_ITIMER_REAL, &value, &old);
            printf("stopped %d, before %d %d\\n", set,
                   old.it_value.tv_usec > 0 && old.it_value.tv_usec <= 2000, old.it_interval.tv_usec);
            count = 0;
            value.it_value.tv_usec = 3000;
            sys_setitimer(HERMIT_ITIMER_REAL, &value, NULL);
            while (!count) ;
            sys_msleep(30);
            printf("once: %d\\n", count);

            value.it_value.tv_usec = 1000000;
            printf("bad: %d", sys_setitimer(HERMIT_ITIMER_REAL, &value, NULL));
            value.it_value.tv_usec = -1;
            printf(" %d", sys_setitimer(HERMIT_ITIMER_REAL, &value, NULL));
            value.it_value.tv_usec = 0;
            value.it_interval.tv_sec = -1;
            printf(" %d", sys_setitimer(HERMIT_ITIMER_REAL, &value, NULL));
            value.it_interval.tv_sec = 0;
            printf(" %d %d %d", sys_setitimer(HERMIT_ITIMER_VIRTUAL, &value, NULL),
                   sys_setitimer(HERMIT_ITIMER_PROF, &value, NULL), sys_setitimer(3, &value, NULL));
            printf(" %d %d\\n", sys_setitimer(HERMIT_ITIMER_REAL, (void *)8, NULL),
                   sys_setitimer(HERMIT_ITIMER_REAL, &value, (void *)~0ul));

            /* A handler that leaves from a computation, and from a wait. */
            sys_signal(leave);
            value.it_value.tv_usec = value.it_interval.tv_usec = 1000;
            setjmp(place);
            if (jumps < 100) {
                sys_setitimer(HERMIT_ITIMER_REAL, &value, NULL);
                for (;;) if (jumps & 1) sys_msleep(100000);
            }
            value.it_value.tv_usec = 0;
            sys_setitimer(HERMIT_ITIMER_REAL, &value, NULL);
            /* Another one may come before the timer is stopped. */
            printf("jumps: 100 or more %d\\n", jumps >= 100);

            sys_signal(handler);
            count = 0;
            set = sys_signal_mask(1 << 5, &mask);
            int first = sys_kill(1, 5), second = sys_kill(1, 5);
            printf("blocked: %d %d, sent %d %d, taken %d", set, (int)mask, first, second, count);
            set = sys_signal_mask(0, &mask);
            printf("; then %d %d, taken %d, number %d\\n", set, (int)mask, count, last);
            set = sys_kill(1, 7);
            printf("to itself: %d, taken %d\\n", set, count);
            printf("kill: %d %d %d %d %d %d\\n", sys_kill(1, 0), sys_kill(1, 64), sys_kill(1, -1),
                   sys_kill(0, 1), sys_kill(77, 1), sys_kill(-1, 0));
            set = sys_signal_mask(~0ul, (void *)8);
            sys_signal_mask(0, &now);
            printf("mask: %d, unchanged %d\\n", set, (int)now);
            fflush(stdout);
            sys_signal(NULL);
            sys_kill(1, 9);
            return 1;
        }

        """

    /// Without a handler the program ends, whatever its tasks do.
    @Test func aSignalThatNobodyTakesEndsTheProgram() async throws {
        let result = try await run(
            """
            #include <hermit.h>
            int main(void)
            {
                struct hermit_itimerval value = { { 0, 0, 0 }, { 0, 1000, 0 } };
                sys_setitimer(HERMIT_ITIMER_REAL, &value, NULL);
                for (;;) ;
            }

            """)
        #expect(result.status == 128 + 14, "\(result.errors)")
        let blocked = try await run(
            """
            #include <hermit.h>
            int main(void)
            {
                sys_signal_mask(1 << 6, NULL);
                if (sys_kill(1, 6) != 0) return 1;
                sys_signal_mask(0, NULL);
                return 2;
            }

            """)
        #expect(blocked.status == 128 + 6, "\(blocked.errors)")
    }
}
