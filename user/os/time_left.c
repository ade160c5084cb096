// SPDX-License-Identifier: GPL-2.0
#include "time_left.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

#include "clock.h"
#include "os.h"
#include "reader.h"

#define NSEC 1000000000LL

/* Where a call has its time limit, and what it means there. */
struct limit {
	enum { LIMIT_NONE, LIMIT_SPEC, LIMIT_TIMEVAL, LIMIT_MS } form;
	int arg;
	bool absolute;
	clockid_t clock;
};

static struct limit futex_limit(const struct seen *s)
{
	struct limit l = {LIMIT_SPEC, 3, true, CLOCK_MONOTONIC};
	int op = (int)s->args[1];

	switch (op & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
		l.absolute = false;
		break;
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAIT_REQUEUE_PI:
#ifdef FUTEX_LOCK_PI2
	case FUTEX_LOCK_PI2:
#endif
		if (op & FUTEX_CLOCK_REALTIME)
			l.clock = CLOCK_REALTIME;
		break;
	case FUTEX_LOCK_PI:
		l.clock = CLOCK_REALTIME;
		break;
	default:
		l.form = LIMIT_NONE;
	}
	return l;
}

static struct limit limit_of(const struct seen *s, int32_t call)
{
	switch (call) {
	case SYS_nanosleep:
		return (struct limit){LIMIT_SPEC, 0, false, CLOCK_MONOTONIC};
	case SYS_clock_nanosleep:
		return (struct limit){LIMIT_SPEC, 2, s->args[1] & TIMER_ABSTIME,
				      (clockid_t)s->args[0]};
	case SYS_futex:
		return futex_limit(s);
	case SYS_ppoll:
	case SYS_rt_sigtimedwait:
		return (struct limit){LIMIT_SPEC, 2, false, CLOCK_MONOTONIC};
	case SYS_pselect6:
		return (struct limit){LIMIT_SPEC, 4, false, CLOCK_MONOTONIC};
#ifdef SYS_select
	case SYS_select:
		return (struct limit){LIMIT_TIMEVAL, 4, false, CLOCK_MONOTONIC};
#endif
	case SYS_semtimedop:
		return (struct limit){LIMIT_SPEC, 3, false, CLOCK_MONOTONIC};
#ifdef SYS_epoll_wait
	case SYS_epoll_wait:
#endif
	case SYS_epoll_pwait:
		return (struct limit){LIMIT_MS, 3, false, CLOCK_MONOTONIC};
#ifdef SYS_poll
	case SYS_poll:
		return (struct limit){LIMIT_MS, 2, false, CLOCK_MONOTONIC};
#endif
	default:
		return (struct limit){.form = LIMIT_NONE};
	}
}

/* The limit itself, in ns. */
static bool read_limit(struct os *os, const struct seen *s, const struct limit *l, int64_t *ret)
{
	int64_t spec[2]; /* struct timespec of a 64-bit program */

	if (l->form == LIMIT_MS) {
		*ret = (int64_t)(int)s->args[l->arg] * 1000000;
		return *ret >= 0;
	}
	if (l->form == LIMIT_NONE || !s->args[l->arg] || s->compat || !os->reader ||
	    reader_memory_all(os->reader, s->ref.pid, s->args[l->arg], spec, sizeof(spec)) != 0)
		return false;
	if (l->form == LIMIT_TIMEVAL)
		spec[1] = spec[1] >= 0 && spec[1] < NSEC / 1000 ? spec[1] * 1000 : -1;
	/* for ever, as some write it */
	if (spec[0] < 0 || spec[0] > INT64_MAX / NSEC / 2 || spec[1] < 0 || spec[1] >= NSEC)
		return false;
	*ret = spec[0] * NSEC + spec[1];
	return true;
}

bool time_left(struct os *os, const struct seen *s, int32_t call, uint64_t *ret_ns)
{
	struct limit l = limit_of(s, call);
	struct timespec t;
	int64_t ns, now;

	if (!read_limit(os, s, &l, &ns))
		return false;
	if (l.absolute) {
		if (l.clock < 0 || clock_gettime(l.clock, &t) != 0)
			return false; /* the clock of some process */
		now = t.tv_sec * NSEC + t.tv_nsec;
	} else {
		/* one that goes on after a signal has used up some of it */
		if (!s->ran_ns || s->syscall != call)
			return false;
		now = (int64_t)(os_now_ns() - s->ran_ns);
	}
	*ret_ns = ns > now ? (uint64_t)(ns - now) : 0;
	return true;
}

bool time_limited(struct os *os, const struct seen *s, int32_t call)
{
	struct limit l = limit_of(s, call);
	int64_t ns;

	return read_limit(os, s, &l, &ns);
}
