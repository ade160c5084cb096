// SPDX-License-Identifier: GPL-2.0
/*
 * Locks inside the kernel. A write copies from a page that a userfaultfd stands
 * behind, and the writer hangs in the middle of its system call with the mutex
 * of the pipe, or the rw-semaphore of the file, in its hands; other writers then
 * hang in state D. In the twins the page comes in time, again and again.
 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WRITERS 2

struct plot {
	int faults; /* the userfaultfd */
	int fd;	    /* what is written to */
	char *page;
	size_t size;
	_Atomic bool entered; /* the first writer is in its call */
};

static struct plot *set_up(int fd)
{
	struct plot *p = stage_prop(sizeof(*p));
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register reg = {.mode = UFFDIO_REGISTER_MODE_MISSING};

	p->fd = fd;
	p->size = (size_t)sysconf(_SC_PAGESIZE);
	p->page = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p->faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (fd < 0 || p->page == MAP_FAILED || p->faults < 0 ||
	    ioctl(p->faults, UFFDIO_API, &api) < 0)
		die("no userfaultfd: %s", strerror(errno));
	reg.range.start = (uintptr_t)p->page;
	reg.range.len = p->size;
	if (ioctl(p->faults, UFFDIO_REGISTER, &reg) < 0)
		die("no userfaultfd for this page: %s", strerror(errno));
	return p;
}

static int new_pipe(void)
{
	int fds[2];

	return pipe2(fds, O_CLOEXEC) == 0 ? fds[1] : -1;
}

static int new_file(void)
{
	return memfd_create("written", MFD_CLOEXEC);
}

/* pwrite() where that can be: write() takes a lock of its own on the file's position. */
static void put(const struct plot *p, const char *from)
{
	if (pwrite(p->fd, from, 1, 0) < 0 && errno == ESPIPE)
		if (write(p->fd, from, 1) < 0)
			park();
}

static void write_bad_page(struct actor *a)
{
	const struct plot *p = a->prop;

	put(p, p->page);
	park();
}

static void write_too(struct actor *a)
{
	actor_waits(a);
	put(a->prop, "x");
	park();
}

/* Waits until somebody touched the page. */
static void await_fault(const struct plot *p)
{
	struct uffd_msg message;

	if (read(p->faults, &message, sizeof(message)) != sizeof(message))
		die("no fault came: %s", strerror(errno));
}

static void set_stuck(struct stage *s, int fd, const char *kind)
{
	struct plot *p = set_up(fd);
	struct actor *holder = stage_thread(s, "writes-first", write_bad_page, p);
	char name[16];

	await_fault(p);
	expect_role(s, holder, "root");
	for (int i = 0; i < WRITERS; i++) {
		struct actor *w;

		snprintf(name, sizeof(name), "writes-%d", i);
		w = stage_thread(s, name, write_too, p);
		stage_until_state(s, w, 'D');
		expect_role(s, w, "waiting");
		expect_hold(s, kind, w, holder, "exact");
	}
	stage_bystanders(s);
	s->expect.rule = "kernel-lock";
	s->expect.certainty = "certain";
	s->expect.note = "\"only_by_hooks\":true";
	s->expect.reports = 1;
}

static void set_mutex(struct stage *s)
{
	set_stuck(s, new_pipe(), "kernel-mutex");
}

static void set_rwsem(struct stage *s)
{
	set_stuck(s, new_file(), "kernel-rwsem");
}

/* The page is late, but never too late; then it is taken away again. */
static void serve(struct actor *a)
{
	struct plot *p = a->prop;

	for (;;) {
		struct uffdio_zeropage zero = {.range = {(uintptr_t)p->page, p->size}};

		await_fault(p);
		p->entered = true;
		sleep_ns(a->stage->threshold_ns / 10 * 8);
		ioctl(p->faults, UFFDIO_ZEROPAGE, &zero);
	}
}

static void write_in_rounds(struct actor *a)
{
	struct plot *p = a->prop;

	for (;;) {
		put(p, p->page);
		madvise(p->page, p->size, MADV_DONTNEED);
		sleep_ns(a->stage->threshold_ns / 10);
	}
}

static void want_in_rounds(struct actor *a)
{
	struct plot *p = a->prop;

	for (;;) {
		uint64_t start;

		while (!p->entered)
			sleep_ns(1000000);
		p->entered = false;
		start = now_ns();
		put(p, "x");
		stage_log(a->stage, a->tid, p, start, now_ns());
	}
}

static void drain(struct actor *a)
{
	char buf[64];

	while (read(*(const int *)a->prop, buf, sizeof(buf)) > 0)
		continue;
	park();
}

static void set_ok(struct stage *s, struct plot *p)
{
	stage_thread(s, "serves", serve, p);
	stage_thread(s, "writes-first", write_in_rounds, p);
	stage_thread(s, "writes-too", want_in_rounds, p);
	stage_bystanders(s);
}

static void set_mutex_ok(struct stage *s)
{
	int *fds = stage_prop(2 * sizeof(int));

	if (pipe2(fds, O_CLOEXEC) < 0)
		die("no pipe");
	stage_thread(s, "drains", drain, fds);
	set_ok(s, set_up(fds[1]));
}

static void set_rwsem_ok(struct stage *s)
{
	set_ok(s, set_up(new_file()));
}

SCENE(kernel_mutex) = {
	.name = "kernel-mutex",
	.what = "writers to a pipe hang on its mutex, in state D",
	.set = set_mutex,
	.needs_root = true,
};

SCENE(kernel_mutex_ok) = {
	.name = "kernel-mutex-ok",
	.what = "writers to a pipe wait for its mutex, but not too long",
	.set = set_mutex_ok,
	.healthy = true,
	.needs_root = true,
};

SCENE(kernel_rwsem) = {
	.name = "kernel-rwsem",
	.what = "writers to a file hang on its rw-semaphore, in state D",
	.set = set_rwsem,
	.needs_root = true,
};

SCENE(kernel_rwsem_ok) = {
	.name = "kernel-rwsem-ok",
	.what = "writers to a file wait for its rw-semaphore, but not too long",
	.set = set_rwsem_ok,
	.healthy = true,
	.needs_root = true,
};
