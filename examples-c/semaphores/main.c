/*
 * A buffer with room for four numbers between two producers and two
 * consumers; and what semaphores, recursive mutexes, spin locks and queues
 * answer.
 */
#include <hermit.h>
#include <stdio.h>

#define ROUNDS 1000
#define ROOM 4

static hermit_sem_t full, empty;
static void *mutex, *spin, *masking;
static int buffer[ROOM], in, out;
static long sum;

static void produce(size_t first)
{
	for (int i = 0; i < ROUNDS; i++) {
		sys_sem_timedwait(&empty, NULL);
		sys_recmutex_lock(mutex);
		sys_recmutex_lock(mutex);
		buffer[in++ % ROOM] = (int)first + i;
		sys_recmutex_unlock(mutex);
		sys_recmutex_unlock(mutex);
		sys_sem_post(&full);
	}
}

static void consume(size_t argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		sys_sem_timedwait(&full, NULL);
		sys_recmutex_lock(mutex);
		int number = buffer[out++ % ROOM];
		sys_recmutex_unlock(mutex);
		sys_spinlock_lock(spin);
		sum += number;
		sys_spinlock_unlock(spin);
		sys_sem_post(&empty);
	}
}

static size_t queue;

static void enter(size_t argument)
{
	(void)argument;
	sys_add_queue((size_t)&queue, 0);
	sys_wait((size_t)&queue);
}

/* On one core, where those that wait are more urgent than this: when it goes on they do wait. */
static void show_queue(size_t argument)
{
	hermit_tid_t tasks[2];

	(void)argument;
	printf("queue: %d", sys_init_queue((size_t)&queue));
	for (int i = 0; i < 2; i++)
		tasks[i] = sys_spawn2(enter, 0, 3, 0, 0);
	printf(", busy %d", sys_destroy_queue((size_t)&queue));
	sys_notify((size_t)&queue, -1);
	for (int i = 0; i < 2; i++)
		sys_join(tasks[i]);
	sys_add_queue((size_t)&queue, 1000000);
	sys_notify((size_t)&queue, 1);
	printf(", notified before %d", sys_wait((size_t)&queue));
	sys_add_queue((size_t)&queue, 1000000);
	printf(", over %d", sys_wait((size_t)&queue));
	printf(", destroy %d", sys_destroy_queue((size_t)&queue));
	printf(", none %d\n", sys_wait((size_t)&queue));
}

int main(void)
{
	hermit_tid_t tasks[4];
	hermit_sem_t semaphore, none = { (void *)0x1234 };
	struct hermit_timespec past = { 1, 0, 0 };
	int result;

	sys_sem_init(&full, 0, 0);
	sys_sem_init(&empty, 0, ROOM);
	sys_recmutex_init(&mutex);
	sys_spinlock_init(&spin);
	sys_spinlock_irqsave_init(&masking);
	for (int i = 0; i < 4; i++)
		tasks[i] = sys_spawn2(i < 2 ? produce : consume, i == 1 ? ROUNDS : 0, 2, 0, -1);
	for (int i = 0; i < 4; i++)
		sys_join(tasks[i]);
	printf("sum %ld of %ld\n", sum, (long)ROUNDS * (2 * ROUNDS - 1));

	printf("init %d, too large %d\n", sys_sem_init(&semaphore, 0, 1),
	       sys_sem_init(&none, 0, 0x80000000u));
	result = sys_sem_trywait(&semaphore);
	printf("try %d, again %d", result, sys_sem_trywait(&semaphore));
	printf(", until past %d\n", sys_sem_timedwait(&semaphore, &past));
	printf("none: post %d, wait %d, null %d\n", sys_sem_post(&none), sys_sem_trywait(&none),
	       sys_sem_post(NULL));
	result = sys_sem_destroy(&semaphore);
	printf("destroy %d, again %d\n", result, sys_sem_destroy(&semaphore));

	printf("mutex: not held %d", sys_recmutex_unlock(mutex));
	sys_recmutex_lock(mutex);
	printf(", held %d", sys_recmutex_destroy(mutex));
	sys_recmutex_unlock(mutex);
	printf(", destroy %d", sys_recmutex_destroy(mutex));
	printf(", none %d\n", sys_recmutex_lock(mutex));

	result = sys_spinlock_irqsave_lock(masking);
	printf("masking: %d", result);
	printf(" %d", sys_spinlock_irqsave_unlock(masking));
	printf(", not held %d\n", sys_spinlock_irqsave_unlock(masking));

	sys_join(sys_spawn2(show_queue, 0, HERMIT_PRIO_NORMAL, 0, 0));
	return 0;
}
