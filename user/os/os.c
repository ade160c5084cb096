// SPDX-License-Identifier: GPL-2.0
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "ksyms.h"
#include "lost.h"
#include "reader.h"
#include "site.h"
#include "sockets.h"
#include "stacks.h"

int os_open(struct os *ret)
{
	struct os os = {.proc_fd = -1};
	/* first of all: the child inherits what is open */
	int err = reader_new("/proc", &os.reader);

	if (!err) {
		os.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = os.proc_fd < 0 ? -errno : 0;
	}
	if (!err)
		err = lost_new(&os.lost);
	if (!err)
		err = stacks_new(&os.stacks);
	if (!err)
		err = sites_new(&os.sites);
	if (!err)
		err = sockets_new(&os.sockets);
	if (err) {
		os_close(&os);
		return err;
	}
	*ret = os;
	return 0;
}

void os_close(struct os *os)
{
	sockets_free(os->sockets);
	sites_free(os->sites);
	stacks_free(os->stacks);
	ksyms_free(os->ksyms);
	lost_free(os->lost);
	if (os->proc_fd >= 0)
		close(os->proc_fd);
	reader_free(os->reader);
	*os = (struct os){.proc_fd = -1};
}

const struct ksyms *os_ksyms(struct os *os)
{
	if (!os->ksyms && !os->ksyms_refused && ksyms_new(os->proc_fd, &os->ksyms) != 0)
		os->ksyms_refused = true;
	return os->ksyms;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

uint64_t os_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t os_wall_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

/*
 * CLOCK_MONOTONIC stands still in suspend. How much of that lies between then
 * and now is not recorded; with none at all, as on servers and most devices,
 * the answer is exact, otherwise it errs to too late.
 */
uint64_t os_wall_of_ns(uint64_t mono_ns)
{
	uint64_t mono = os_now_ns();

	return os_wall_ns() - (mono > mono_ns ? mono - mono_ns : 0);
}
