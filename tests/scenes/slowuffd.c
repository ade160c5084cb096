// SPDX-License-Identifier: GPL-2.0
/*
 * A deadlock in a process whose memory bites: the page with one waiter's lock
 * is taken away after it went to sleep, and a userfaultfd that nobody serves
 * stands behind it. Reading that lock hangs for ever; the deadlock next door
 * must be told within 2 s all the same.
 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both_have_one;
static const int numbers[2] = {0, 1};

static void member(struct actor *a)
{
	int mine = *(const int *)a->prop;

	pthread_mutex_lock(&locks[mine]);
	pthread_barrier_wait(&both_have_one);
	actor_waits(a);
	pthread_mutex_lock(&locks[!mine]);
	park();
}

static void want(struct actor *a)
{
	pthread_mutex_lock(a->prop);
	park();
}

static void touch(struct actor *a)
{
	*(volatile char *)a->prop = 1;
	park();
}

static char *biting_pages(size_t *ret_page)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register reg = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (p == MAP_FAILED || fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0)
		die("no userfaultfd: %s", strerror(errno));
	memset(p, 0, page); /* the first page is there; the second never was */
	reg.range.start = (uintptr_t)p;
	reg.range.len = 2 * page;
	if (ioctl(fd, UFFDIO_REGISTER, &reg) < 0)
		die("no userfaultfd for these pages: %s", strerror(errno));
	*ret_page = page;
	return p;
}

static void set(struct stage *s)
{
	struct actor *ring[2], *a;
	size_t page;
	char *p = biting_pages(&page);
	pthread_mutex_t *lost = (pthread_mutex_t *)p;

	pthread_mutex_init(lost, NULL);
	pthread_mutex_lock(lost);
	a = stage_thread(s, "lost-lock", want, lost);
	stage_until_in(s, a, SYS_futex, lost);
	madvise(p, page, MADV_DONTNEED);
	stage_thread(s, "faults", touch, p + page);

	pthread_barrier_init(&both_have_one, NULL, 2);
	for (int i = 0; i < 2; i++)
		ring[i] = stage_thread(s, i ? "right" : "left", member, (void *)&numbers[i]);
	for (int i = 0; i < 2; i++) {
		stage_until_in(s, ring[i], SYS_futex, &locks[!i]);
		expect_role(s, ring[i], "cycle");
		expect_hold(s, "mutex", ring[i], ring[!i], "exact");
	}
	s->expect.rule = "deadlock";
	s->expect.note = "\"within_ms\":2000,\"may_report_more\":true";
}

SCENE(slowuffd) = {
	.name = "slowuffd",
	.what = "a deadlock in a process whose memory cannot be read everywhere",
	.set = set,
	.needs_root = true,
	.alone = true,
};
