// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "glibc.h"

bool glibc_is(const char *module)
{
	static const char *const names[] = {
		"libc.so.6", "libpthread.so.0", /* as every distribution installs it */
		"libc-2.", "libpthread-2.",	/* the file behind these names before 2.34 */
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strncmp(module, names[i], strlen(names[i])))
			return true;
	}
	return false;
}

static const struct {
	const char *function;
	enum glibc_wait wait;
} waits[] = {
	{"pthread_mutex_lock", GLIBC_MUTEX},
	{"pthread_mutex_timedlock", GLIBC_MUTEX},
	{"pthread_mutex_clocklock", GLIBC_MUTEX},
	{"mtx_lock", GLIBC_MUTEX},
	{"mtx_timedlock", GLIBC_MUTEX},
	{"pthread_join", GLIBC_JOIN},
	{"pthread_timedjoin_np", GLIBC_JOIN},
	{"pthread_clockjoin_np", GLIBC_JOIN},
	{"thrd_join", GLIBC_JOIN},
	{"pthread_cond_wait", GLIBC_CONDVAR},
	{"pthread_cond_timedwait", GLIBC_CONDVAR},
	{"pthread_cond_clockwait", GLIBC_CONDVAR},
	{"cnd_wait", GLIBC_CONDVAR},
	{"cnd_timedwait", GLIBC_CONDVAR},
	{"sem_wait", GLIBC_SEMAPHORE},
	{"sem_timedwait", GLIBC_SEMAPHORE},
	{"sem_clockwait", GLIBC_SEMAPHORE},
	{"pthread_rwlock_rdlock", GLIBC_RDLOCK},
	{"pthread_rwlock_timedrdlock", GLIBC_RDLOCK},
	{"pthread_rwlock_clockrdlock", GLIBC_RDLOCK},
	{"pthread_rwlock_wrlock", GLIBC_WRLOCK},
	{"pthread_rwlock_timedwrlock", GLIBC_WRLOCK},
	{"pthread_rwlock_clockwrlock", GLIBC_WRLOCK},
	{"pthread_barrier_wait", GLIBC_BARRIER},
};

enum glibc_wait glibc_wait_in(const char *function)
{
	while (*function == '_')
		function++;
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		if (!strcmp(function, waits[i].function))
			return waits[i].wait;
	}
	return GLIBC_OTHER;
}
