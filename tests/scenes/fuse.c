// SPDX-License-Identifier: GPL-2.0
/*
 * A lock is held by a thread that reads a file, and the process that serves the
 * file system does not answer. In the twin it is slow, but not too slow. The
 * server speaks the kernel's protocol itself: one directory with one file.
 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WAITERS	  2
#define FILE_NODE 2

struct served {
	pthread_mutex_t lock;
	uint64_t delay_ns; /* before a read is answered; 0: never */
	int device;
	char path[96];
	_Atomic bool held, had;
	char message[FUSE_MIN_READ_BUFFER * 4];
};

static void reply(int device, uint64_t unique, int error, const void *data, size_t size)
{
	char buf[512];
	struct fuse_out_header *out = (void *)buf;

	*out = (struct fuse_out_header){sizeof(*out) + (uint32_t)size, -error, unique};
	if (size)
		memcpy(out + 1, data, size);
	if (write(device, buf, out->len) < 0 && errno != ENOENT)
		_exit(0); /* the mount is gone */
}

static struct fuse_attr attr_of(uint64_t node)
{
	return (struct fuse_attr){
		.ino = node,
		.size = node == FILE_NODE ? 4096 : 0,
		.mode = node == FILE_NODE ? S_IFREG | 0644 : S_IFDIR | 0755,
		.nlink = 1,
	};
}

static void answer(struct served *v, const struct fuse_in_header *in)
{
	struct fuse_init_out init = {.major = 7, .minor = 31, .max_write = 4096};
	struct fuse_entry_out entry = {
		.nodeid = FILE_NODE, .attr_valid = 3600, .entry_valid = 3600};
	struct fuse_attr_out attr = {.attr_valid = 3600, .attr = attr_of(in->nodeid)};
	struct fuse_open_out opened = {.open_flags = FOPEN_DIRECT_IO};

	switch (in->opcode) {
	case FUSE_INIT:
		return reply(v->device, in->unique, 0, &init, sizeof(init));
	case FUSE_LOOKUP:
		entry.attr = attr_of(FILE_NODE);
		return reply(v->device, in->unique, 0, &entry, sizeof(entry));
	case FUSE_GETATTR:
		return reply(v->device, in->unique, 0, &attr, sizeof(attr));
	case FUSE_OPEN:
		return reply(v->device, in->unique, 0, &opened, sizeof(opened));
	case FUSE_READ:
		if (!v->delay_ns)
			park();
		sleep_ns(v->delay_ns);
		return reply(v->device, in->unique, 0, "x", 1);
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		return reply(v->device, in->unique, 0, NULL, 0);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		return;
	default:
		return reply(v->device, in->unique, ENOSYS, NULL, 0);
	}
}

static void serve(struct actor *a)
{
	struct served *v = a->prop;

	while (read(v->device, v->message, sizeof(v->message)) > 0 || errno == EINTR)
		answer(v, (const struct fuse_in_header *)v->message);
}

/* In a namespace of our own: the mount goes when we go. */
static struct served *set_up(struct stage *s, uint64_t delay_ns, struct actor **server)
{
	struct served *v = stage_prop(sizeof(*v));
	char options[96];

	v->delay_ns = delay_ns;
	stage_janitor(s); /* without the device: who has it keeps the connection alive */
	v->device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (v->device < 0) {
		printf("skip: no /dev/fuse here: %s\n", strerror(errno));
		exit(0);
	}
	snprintf(s->dir, sizeof(s->dir), "/tmp/scene-XXXXXX");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", v->device);
	if (!mkdtemp(s->dir) || unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("scene", s->dir, "fuse.scene", 0, options) != 0)
		die("no FUSE mount: %s", strerror(errno));
	snprintf(v->path, sizeof(v->path), "%s/file", s->dir);
	init_mutex(&v->lock, PTHREAD_MUTEX_NORMAL, false);
	*server = stage_child(s, "serves", serve, v);
	close(v->device);
	return v;
}

static int open_served(const struct served *v)
{
	int fd = open(v->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("%s: %s", v->path, strerror(errno));
	return fd;
}

static void hold_and_read(struct actor *a)
{
	struct served *v = a->prop;
	int fd = open_served(v);
	char c;

	pthread_mutex_lock(&v->lock);
	v->held = true;
	actor_waits(a);
	if (read(fd, &c, 1) < 0)
		close(fd);
	pthread_mutex_unlock(&v->lock);
	park();
}

static void want(struct actor *a)
{
	struct served *v = a->prop;

	actor_waits(a);
	pthread_mutex_lock(&v->lock);
	pthread_mutex_unlock(&v->lock);
	park();
}

static void set_stuck(struct stage *s)
{
	struct actor *server, *holder;
	struct served *v = set_up(s, 0, &server);
	char name[16];

	holder = stage_thread(s, "reads", hold_and_read, v);
	stage_until_in(s, server, SYS_clock_nanosleep, NULL);
	expect_role(s, server, "root");
	expect_role(s, holder, "holder");
	/* since 6.17 the kernel says which connection it is */
	expect_hold(s, "fuse-request", holder, server, "exact|inferred");
	for (int i = 0; i < WAITERS; i++) {
		struct actor *w;

		snprintf(name, sizeof(name), "wants-%d", i);
		w = stage_thread(s, name, want, v);
		stage_until_in(s, w, SYS_futex, &v->lock);
		expect_role(s, w, "waiting");
		expect_hold(s, "mutex", w, holder, "exact");
	}
	stage_bystanders(s);
	s->expect.reports = 1;
	s->expect.rule = "slow-holder";
	s->expect.certainty = "certain|likely";
}

static void read_in_rounds(struct actor *a)
{
	struct served *v = a->prop;
	int fd = open_served(v);
	char c;

	for (;;) {
		pthread_mutex_lock(&v->lock);
		v->held = true;
		if (pread(fd, &c, 1, 0) != 1)
			die("no answer");
		pthread_mutex_unlock(&v->lock);
		while (!v->had)
			sched_yield();
		v->had = false;
	}
}

static void want_in_rounds(struct actor *a)
{
	struct served *v = a->prop;

	for (;;) {
		uint64_t start;

		while (!v->held)
			sleep_ns(1000000);
		start = now_ns();
		pthread_mutex_lock(&v->lock);
		stage_log(a->stage, a->tid, &v->lock, start, now_ns());
		pthread_mutex_unlock(&v->lock);
		v->held = false;
		v->had = true;
	}
}

static void set_ok(struct stage *s)
{
	struct actor *server;
	struct served *v = set_up(s, s->threshold_ns / 10 * 8, &server);

	stage_thread(s, "reads", read_in_rounds, v);
	stage_thread(s, "wants", want_in_rounds, v);
	stage_bystanders(s);
}

SCENE(fuse) = {
	.name = "fuse",
	.what = "a lock is held by a thread whose file system's server does not answer",
	.set = set_stuck,
	.needs_root = true,
};

SCENE(fuse_ok) = {
	.name = "fuse-ok",
	.what = "a lock is held while a slow server answers in time",
	.set = set_ok,
	.healthy = true,
	.needs_root = true,
};
