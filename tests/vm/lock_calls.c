// SPDX-License-Identifier: GPL-2.0
#include "lock_calls.h"

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "lock_help.h"

#define CALL(call) ((void)lock_calls_made++, (void)(call))

_Atomic int lock_calls_made;

static struct timespec soon(clockid_t clock, int ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += ms * 1000000l;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t sem;

void lock_calls_begin(void)
{
	sem_init(&sem, 0, 0);
	help_new();
}

static void take_mutex(void *m)
{
	CALL(pthread_mutex_lock(m));
}

static void give_mutex(void *m)
{
	pthread_mutex_unlock(m);
}

static void contended_mutex(pthread_mutex_t *m)
{
	struct help h = {take_mutex, give_mutex, m};

	help_begin(&h);
	CALL(pthread_mutex_lock(m));
	pthread_mutex_unlock(m);
	help_end();
}

/* Every type and protocol, free and taken. */
static void mutex_lock(void)
{
	static const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE,
				    PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ADAPTIVE_NP};

	for (int i = 0; i < 16; i++) {
		pthread_mutexattr_t a;
		pthread_mutex_t m;

		pthread_mutexattr_init(&a);
		pthread_mutexattr_settype(&a, types[i % 4]);
		pthread_mutexattr_setprotocol(&a, i & 4 ? PTHREAD_PRIO_INHERIT : PTHREAD_PRIO_NONE);
		pthread_mutexattr_setrobust(&a,
					    i & 8 ? PTHREAD_MUTEX_ROBUST : PTHREAD_MUTEX_STALLED);
		pthread_mutex_init(&m, &a);
		CALL(pthread_mutex_lock(&m));
		if (i % 4 == 1 || i % 4 == 2) /* again: counted, or refused */
			CALL(pthread_mutex_lock(&m));
		if (i % 4 == 1)
			pthread_mutex_unlock(&m);
		pthread_mutex_unlock(&m);
		contended_mutex(&m);
		pthread_mutex_destroy(&m);
	}
	CALL(pthread_mutex_lock(&mutex));
	pthread_mutex_unlock(&mutex);
}

static void mutex_trylock(void)
{
	CALL(pthread_mutex_trylock(&mutex));
	CALL(pthread_mutex_trylock(&mutex)); /* refused */
	pthread_mutex_unlock(&mutex);
}

static void mutex_timedlock(void)
{
	struct timespec t = soon(CLOCK_REALTIME, 20);

	CALL(pthread_mutex_timedlock(&mutex, &t));
	CALL(pthread_mutex_timedlock(&mutex, &t)); /* waits in vain */
	pthread_mutex_unlock(&mutex);
}

static void mutex_clocklock(void)
{
	struct timespec t = soon(CLOCK_MONOTONIC, 20);

	CALL(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &t));
	CALL(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &t));
	pthread_mutex_unlock(&mutex);
}

static void signal_cond(void *c)
{
	pthread_mutex_lock(&mutex);
	pthread_cond_signal(c);
	pthread_mutex_unlock(&mutex);
}

static void cond_wait(void)
{
	struct help h = {NULL, signal_cond, &cond};

	pthread_mutex_lock(&mutex);
	help_begin(&h);
	CALL(pthread_cond_wait(&cond, &mutex));
	pthread_mutex_unlock(&mutex);
	help_end();
}

static void cond_timedwait(void)
{
	struct timespec t = soon(CLOCK_REALTIME, 20);

	pthread_mutex_lock(&mutex);
	CALL(pthread_cond_timedwait(&cond, &mutex, &t));
	pthread_mutex_unlock(&mutex);
}

static void cond_clockwait(void)
{
	struct timespec t = soon(CLOCK_MONOTONIC, 20);

	pthread_mutex_lock(&mutex);
	CALL(pthread_cond_clockwait(&cond, &mutex, CLOCK_MONOTONIC, &t));
	pthread_mutex_unlock(&mutex);
}

static void take_to_write(void *l)
{
	pthread_rwlock_wrlock(l);
}

static void take_to_read(void *l)
{
	pthread_rwlock_rdlock(l);
}

static void give_rwlock(void *l)
{
	pthread_rwlock_unlock(l);
}

static void rdlock(void)
{
	struct help h = {take_to_write, give_rwlock, &rwlock};

	CALL(pthread_rwlock_rdlock(&rwlock));
	CALL(pthread_rwlock_rdlock(&rwlock));
	pthread_rwlock_unlock(&rwlock);
	pthread_rwlock_unlock(&rwlock);
	pthread_rwlock_wrlock(&rwlock);
	CALL(pthread_rwlock_rdlock(&rwlock)); /* EDEADLK */
	pthread_rwlock_unlock(&rwlock);
	help_begin(&h);
	CALL(pthread_rwlock_rdlock(&rwlock));
	help_end();
	pthread_rwlock_unlock(&rwlock);
}

static void take_to_write_counted(void *l)
{
	CALL(pthread_rwlock_wrlock(l));
}

static void wrlock(void)
{
	struct help h = {take_to_write_counted, give_rwlock, &rwlock};

	CALL(pthread_rwlock_wrlock(&rwlock));
	CALL(pthread_rwlock_wrlock(&rwlock)); /* EDEADLK */
	pthread_rwlock_unlock(&rwlock);
	help_begin(&h);
	CALL(pthread_rwlock_wrlock(&rwlock)); /* behind a writer */
	help_end();
	pthread_rwlock_unlock(&rwlock);
	h = (struct help){take_to_read, give_rwlock, &rwlock};
	help_begin(&h);
	CALL(pthread_rwlock_wrlock(&rwlock)); /* behind a reader */
	help_end();
	pthread_rwlock_unlock(&rwlock);
}

static void rw_unlock(void)
{
	struct help h = {take_to_read, give_rwlock, &rwlock};

	lock_calls_made++; /* the helper's, of whom the main thread waits */
	help_begin(&h);
	pthread_rwlock_wrlock(&rwlock);
	help_end();
	CALL(pthread_rwlock_unlock(&rwlock));
	pthread_rwlock_rdlock(&rwlock);
	CALL(pthread_rwlock_unlock(&rwlock));
}

#define TRIED(name, call)                                                                          \
	static void name(void)                                                                     \
	{                                                                                          \
		struct timespec t = soon(CLOCK_REALTIME, 20), m = soon(CLOCK_MONOTONIC, 20);       \
		(void)t, (void)m;                                                                  \
		CALL(call);                                                                        \
		pthread_rwlock_unlock(&rwlock);                                                    \
		pthread_rwlock_wrlock(&rwlock);                                                    \
		CALL(call); /* refused: we have it to write */                                     \
		pthread_rwlock_unlock(&rwlock);                                                    \
	}
TRIED(tryrdlock, pthread_rwlock_tryrdlock(&rwlock))
TRIED(trywrlock, pthread_rwlock_trywrlock(&rwlock))
TRIED(timedrdlock, pthread_rwlock_timedrdlock(&rwlock, &t))
TRIED(timedwrlock, pthread_rwlock_timedwrlock(&rwlock, &t))
TRIED(clockrdlock, pthread_rwlock_clockrdlock(&rwlock, CLOCK_MONOTONIC, &m))
TRIED(clockwrlock, pthread_rwlock_clockwrlock(&rwlock, CLOCK_MONOTONIC, &m))

static void post(void *s)
{
	sem_post(s);
}

static void semaphore_wait(void)
{
	struct help h = {NULL, post, &sem};

	sem_post(&sem);
	CALL(sem_wait(&sem));
	help_begin(&h);
	CALL(sem_wait(&sem));
	help_end();
}

static void semaphore_trywait(void)
{
	sem_post(&sem);
	CALL(sem_trywait(&sem));
	CALL(sem_trywait(&sem));
}

static void semaphore_timedwait(void)
{
	struct timespec t = soon(CLOCK_REALTIME, 20);

	sem_post(&sem);
	CALL(sem_timedwait(&sem, &t));
	CALL(sem_timedwait(&sem, &t));
}

static void semaphore_clockwait(void)
{
	struct timespec t = soon(CLOCK_MONOTONIC, 20);

	sem_post(&sem);
	CALL(sem_clockwait(&sem, CLOCK_MONOTONIC, &t));
	CALL(sem_clockwait(&sem, CLOCK_MONOTONIC, &t));
}

static void semaphore_post(void)
{
	struct help h = {NULL, post, &sem};

	CALL(sem_post(&sem));
	sem_wait(&sem);
	lock_calls_made++; /* the helper's */
	help_begin(&h);
	sem_wait(&sem);
	help_end();
}

const struct lock_call lock_calls[] = {
	{"pthread_mutex_lock", mutex_lock, &mutex},
	{"pthread_mutex_trylock", mutex_trylock, &mutex},
	{"pthread_mutex_timedlock", mutex_timedlock, &mutex},
	{"pthread_mutex_clocklock", mutex_clocklock, &mutex},
	{"pthread_cond_wait", cond_wait, &mutex},
	{"pthread_cond_timedwait", cond_timedwait, &mutex},
	{"pthread_cond_clockwait", cond_clockwait, &mutex},
	{"pthread_rwlock_rdlock", rdlock, &rwlock},
	{"pthread_rwlock_wrlock", wrlock, &rwlock},
	{"pthread_rwlock_unlock", rw_unlock, NULL},
	{"pthread_rwlock_tryrdlock", tryrdlock, &rwlock},
	{"pthread_rwlock_trywrlock", trywrlock, &rwlock},
	{"pthread_rwlock_timedrdlock", timedrdlock, &rwlock},
	{"pthread_rwlock_timedwrlock", timedwrlock, &rwlock},
	{"pthread_rwlock_clockrdlock", clockrdlock, &rwlock},
	{"pthread_rwlock_clockwrlock", clockwrlock, &rwlock},
	{"sem_wait", semaphore_wait, &sem},
	{"sem_trywait", semaphore_trywait, &sem},
	{"sem_timedwait", semaphore_timedwait, &sem},
	{"sem_clockwait", semaphore_clockwait, &sem},
	{"sem_post", semaphore_post, NULL},
	{NULL, NULL, NULL},
};
