/*
 * The table of threads: numbers, and records that stay where they are. A
 * record is used again, with another number; a number that was given up, or
 * was never one, finds none.
 */
#include "thread.h"

enum {
	CHUNK = 64, /* records that are made at once */
	CHUNKS = 1023,
	FIRST_TASK = 1,
};

/* In a number: how often the record was used, and which it is. */
#define RECORD_BITS 16
#define RECORD_MASK ((1ul << RECORD_BITS) - 1)
/* The first task's record has 1; 0 is none's. */
enum { FIRST_RECORD = 1, SECOND_RECORD = 2 };

_Static_assert(CHUNK * CHUNKS >= PTHREAD_THREADS_MAX && CHUNK * CHUNKS + SECOND_RECORD <= RECORD_MASK,
	       "records");

struct __hermit_queue __hermit_threads;
_Thread_local struct thread *__hermit_self;

static struct thread firstThread;
static struct thread *chunks[CHUNKS];
static size_t recordCount;
/* Records that can be used again. */
static struct thread *freeThreads;
/* Records whose tasks end some time, or have ended: the oldest first. */
static struct thread *oldThreads, **lastOld = &oldThreads;

struct thread *__hermit_find(pthread_t number)
{
	size_t index = (number & RECORD_MASK) - SECOND_RECORD;
	struct thread *thread = &firstThread;

	if ((number & RECORD_MASK) != FIRST_RECORD) {
		if (index >= recordCount)
			return NULL;
		thread = &chunks[index / CHUNK][index % CHUNK];
	}
	return number && thread->number == number ? thread : NULL;
}

static struct thread *nextRecord(void)
{
	size_t index = recordCount;
	struct thread *thread;

	if (index == (size_t)CHUNK * CHUNKS)
		return NULL;
	if (index % CHUNK == 0) {
		chunks[index / CHUNK] = sys_alloc_zeroed(CHUNK * sizeof *thread, 64);
		if (!chunks[index / CHUNK])
			return NULL;
	}
	thread = &chunks[index / CHUNK][index % CHUNK];
	thread->lastNumber = index + SECOND_RECORD;
	recordCount++;
	return thread;
}

static void append(struct thread *thread)
{
	thread->next = NULL;
	*lastOld = thread;
	lastOld = &thread->next;
}

void __hermit_retire(struct thread *thread)
{
	thread->number = 0;
	append(thread);
}

/*
 * Frees records of tasks that have ended, and makes the kernel forget them.
 * Looks at a few only, but at more than are made.
 */
static void freeSome(void)
{
	for (int i = 0; i < 4 && oldThreads; i++) {
		struct thread *thread = oldThreads;

		oldThreads = thread->next;
		if (!oldThreads)
			lastOld = &oldThreads;
		if (sys_getprio(&thread->task) != -HERMIT_ESRCH) {
			append(thread);
			continue;
		}
		if (thread->isOurs)
			while (sys_join(thread->task) == -HERMIT_EINTR)
				;
		__hermit_free_thread(thread);
	}
}

struct thread *__hermit_new_thread(void)
{
	struct thread *thread;
	pthread_t number;

	freeSome();
	thread = freeThreads;
	if (thread)
		freeThreads = thread->next;
	else
		thread = nextRecord();
	if (!thread)
		return NULL;
	number = thread->lastNumber + (1ul << RECORD_BITS);
	*thread = (struct thread){.number = number, .lastNumber = number};
	return thread;
}

void __hermit_free_thread(struct thread *thread)
{
	thread->number = 0;
	thread->next = freeThreads;
	freeThreads = thread;
}

struct thread *__hermit_adopt(void)
{
	hermit_tid_t task = sys_getpid();
	struct thread *thread = &firstThread;

	lock(&__hermit_threads.__lock);
	if (task == FIRST_TASK)
		thread->number = thread->lastNumber = FIRST_RECORD;
	else
		thread = __hermit_new_thread();
	if (thread) {
		thread->task = task;
		thread->processors = (cpu_set_t){{~0ul}};
		/* The first one can be joined, as any other. */
		thread->isDetached = task != FIRST_TASK;
		thread->isOurs = task == FIRST_TASK;
		if (!thread->isOurs)
			append(thread);
	}
	unlock(&__hermit_threads.__lock);
	if (!thread) {
		static const char message[] = "no memory for a thread's record\n";

		sys_write(HERMIT_STDERR_FILENO, message, sizeof message - 1);
		sys_abort();
	}
	__hermit_self = thread;
	return thread;
}
