/* Tasks that give way to each other and wait for each other. */
#include <stdatomic.h>

#include "micro.h"
#include "system.h"

uint64_t yield_alone(uint64_t count)
{
	uint64_t start = now();

	for (uint64_t i = 0; i < count; i++)
		yield();
	return now() - start;
}

static struct {
	uint64_t yields;
	atomic_uint_fast64_t switches;
	atomic_size_t last, ready;
} turns;

static void take_turns(size_t number)
{
	atomic_fetch_add(&turns.ready, 1);
	while (atomic_load(&turns.ready) < 2)
		yield();
	for (uint64_t i = 0; i < turns.yields; i++) {
		if (atomic_load(&turns.last) != number) {
			atomic_store(&turns.last, number);
			atomic_fetch_add(&turns.switches, 1);
		}
		yield();
	}
}

/*
 * Two tasks that do nothing but yield: the time per switch that was seen, as
 * not every yield is one.
 */
uint64_t switch_tasks(uint64_t count)
{
	struct task first, second;
	uint64_t start, time, switches;

	turns.yields = count / 2 + 1;
	atomic_store(&turns.switches, 0);
	atomic_store(&turns.last, 0);
	atomic_store(&turns.ready, 0);
	if (start_task(&first, take_turns, 1, 0))
		return FAILED;
	if (start_task(&second, take_turns, 2, 0)) {
		atomic_store(&turns.ready, 2);
		join_task(&first);
		return FAILED;
	}
	start = now();
	join_task(&first);
	join_task(&second);
	time = now() - start;
	switches = atomic_load(&turns.switches);
	return switches ? (uint64_t)((double)time * (double)count / (double)switches) : FAILED;
}

static void do_nothing(size_t argument)
{
	(void)argument;
}

uint64_t create_and_join(uint64_t count)
{
	uint64_t start = now();

	for (uint64_t i = 0; i < count; i++) {
		struct task task;

		if (start_task(&task, do_nothing, 0, ANY_CORE))
			return FAILED;
		join_task(&task);
	}
	return now() - start;
}

static struct {
	_Alignas(64) uint32_t word;
	uint64_t count, time;
} ball;

static void wait_for(uint32_t value)
{
	uint32_t *word = &ball.word;

	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
		wait_futex(word, 1 - value);
}

static void hit(uint32_t value)
{
	__atomic_store_n(&ball.word, value, __ATOMIC_RELEASE);
	wake_futex(&ball.word);
}

static void return_ball(size_t argument)
{
	(void)argument;
	for (uint64_t i = 0; i < ball.count; i++) {
		wait_for(1);
		hit(0);
	}
}

static void serve_ball(size_t argument)
{
	uint64_t start = now();

	(void)argument;
	for (uint64_t i = 0; i < ball.count; i++) {
		hit(1);
		wait_for(0);
	}
	ball.time = now() - start;
}

/* Two tasks wake each other in turn; the time there and back. */
static uint64_t play(uint64_t count, int other_core)
{
	struct task first, second;

	ball.word = 0;
	ball.count = count;
	if (start_task(&first, return_ball, 0, other_core))
		return FAILED;
	if (start_task(&second, serve_ball, 0, 0)) {
		/* The first one waits for so many hits. */
		for (uint64_t i = 0; i < count; i++) {
			hit(1);
			while (__atomic_load_n(&ball.word, __ATOMIC_ACQUIRE))
				yield();
		}
		join_task(&first);
		return FAILED;
	}
	join_task(&first);
	join_task(&second);
	return ball.time;
}

uint64_t futex_one_core(uint64_t count)
{
	return play(count, 0);
}

uint64_t futex_two_cores(uint64_t count)
{
	return play(count, 1);
}
