/*
 * Data of a thread's own, by keys. A key that was deleted and made again has
 * another use; values of an earlier use are none.
 */
#include "thread.h"

struct key {
	/* Odd while the key is there. */
	uint64_t use;
	void (*destructor)(void *);
};

struct value {
	uint64_t use;
	void *pointer;
};

static uint32_t keysLock;
static struct key keys[PTHREAD_KEYS_MAX];
/* A value for each key, from the thread's first pthread_setspecific on. */
static _Thread_local struct value *values;

static uint64_t useOf(pthread_key_t key)
{
	return key < PTHREAD_KEYS_MAX ? __atomic_load_n(&keys[key].use, __ATOMIC_ACQUIRE) : 0;
}

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
	if (!key)
		return EINVAL;
	lock(&keysLock);
	for (pthread_key_t i = 0; i < PTHREAD_KEYS_MAX; i++) {
		if (keys[i].use & 1)
			continue;
		keys[i].destructor = destructor;
		__atomic_store_n(&keys[i].use, keys[i].use + 1, __ATOMIC_RELEASE);
		unlock(&keysLock);
		*key = i;
		return 0;
	}
	unlock(&keysLock);
	return EAGAIN;
}

int pthread_key_delete(pthread_key_t key)
{
	int error = EINVAL;

	lock(&keysLock);
	if (useOf(key) & 1) {
		__atomic_store_n(&keys[key].use, keys[key].use + 1, __ATOMIC_RELEASE);
		error = 0;
	}
	unlock(&keysLock);
	return error;
}

void *pthread_getspecific(pthread_key_t key)
{
	if (!values || key >= PTHREAD_KEYS_MAX || values[key].use != useOf(key))
		return NULL;
	return values[key].pointer;
}

int pthread_setspecific(pthread_key_t key, const void *pointer)
{
	uint64_t use = useOf(key);

	if (!(use & 1))
		return EINVAL;
	if (!values) {
		if (!pointer)
			return 0;
		values = sys_alloc_zeroed(PTHREAD_KEYS_MAX * sizeof *values, _Alignof(struct value));
		if (!values)
			return ENOMEM;
	}
	values[key] = (struct value){use, (void *)pointer};
	return 0;
}

/* Calls the destructor of a value; whether there was one. */
static bool end(pthread_key_t key)
{
	struct value value = values[key];
	void (*destructor)(void *) = NULL;

	values[key].pointer = NULL;
	if (!value.pointer)
		return false;
	lock(&keysLock);
	if (keys[key].use == value.use)
		destructor = keys[key].destructor;
	unlock(&keysLock);
	if (destructor)
		destructor(value.pointer);
	return destructor != NULL;
}

void __hermit_end_keys(void)
{
	bool hasCalled = values != NULL;

	for (int i = 0; i < PTHREAD_DESTRUCTOR_ITERATIONS && hasCalled; i++) {
		hasCalled = false;
		for (pthread_key_t key = 0; key < PTHREAD_KEYS_MAX; key++)
			hasCalled |= end(key);
	}
	sys_free(values, 0, _Alignof(struct value));
	values = NULL;
}
