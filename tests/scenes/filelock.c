// SPDX-License-Identifier: GPL-2.0
/*
 * File locks of each sort, held by a process that sleeps; one that was
 * inherited from a process that has ended; two of different sorts that wait
 * for each other, for the kernel sees a deadlock only among POSIX locks; a
 * flock and a semaphore. The twins hold their locks long, but not too long.
 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAITERS 2

struct plot {
	char path[96];
	int inherited; /* an open file that all children share */
	int semid;
	_Atomic bool first_has, second_has;
};

static struct plot *set_up(struct stage *s)
{
	struct plot *p = stage_shared_prop(s, sizeof(*p));
	int fd;

	stage_janitor(s);
	snprintf(s->file, sizeof(s->file), "/tmp/scene-%d.lock", s->main_pid);
	snprintf(p->path, sizeof(p->path), "%s", s->file);
	fd = open(p->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		die("no file to lock: %s", strerror(errno));
	close(fd);
	return p;
}

static int open_file(const struct plot *p)
{
	int fd = open(p->path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("no %s: %s", p->path, strerror(errno));
	return fd;
}

static void take_flock(int fd)
{
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			die("no flock: %s", strerror(errno));
}

static void take_record(int fd, int cmd, short type)
{
	struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = 100, .l_len = 50};

	while (fcntl(fd, cmd, &l) < 0)
		if (errno != EINTR)
			die("no lock: %s", strerror(errno));
}

static void await(const _Atomic bool *flag)
{
	while (!*flag)
		sched_yield();
}

static void holds_flock(struct actor *a)
{
	struct plot *p = a->prop;

	take_flock(open_file(p));
	p->first_has = true;
	park();
}

static void wants_flock(struct actor *a)
{
	int fd = open_file(a->prop);

	actor_waits(a);
	take_flock(fd);
	park();
}

static void holds_record(struct actor *a)
{
	struct plot *p = a->prop;

	take_record(open_file(p), F_SETLKW, F_WRLCK);
	p->first_has = true;
	park();
}

static void wants_record(struct actor *a)
{
	int fd = open_file(a->prop);

	actor_waits(a);
	take_record(fd, F_SETLKW, F_RDLCK);
	park();
}

static void holds_ofd(struct actor *a)
{
	struct plot *p = a->prop;

	take_record(open_file(p), F_OFD_SETLKW, F_RDLCK);
	p->first_has = true;
	park();
}

static void wants_ofd(struct actor *a)
{
	int fd = open_file(a->prop);

	actor_waits(a);
	take_record(fd, F_OFD_SETLKW, F_WRLCK);
	park();
}

/* The waiters come one after the other: the second queues behind the first. */
static void set_held(struct stage *s, struct plot *p, const char *kind, struct actor *holder,
		     void (*want)(struct actor *), long syscall)
{
	static const char *const names[WAITERS] = {"wants-1", "wants-2"};

	await(&p->first_has);
	for (int i = 0; i < WAITERS; i++) {
		struct actor *a = stage_child(s, names[i], want, p);

		stage_until_in(s, a, syscall, NULL);
		expect_role(s, a, "waiting");
		expect_hold(s, kind, a, holder, "exact");
	}
	expect_role(s, holder, "root");
	stage_bystanders(s);
	s->expect.rule = "file-lock-held";
	s->expect.note = "\"root_doing\":\"sleep\"";
}

static void set_flock(struct stage *s)
{
	struct plot *p = set_up(s);

	set_held(s, p, "flock", stage_child(s, "holds", holds_flock, p), wants_flock, SYS_flock);
}

static void set_posix(struct stage *s)
{
	struct plot *p = set_up(s);

	set_held(s, p, "posix-lock", stage_child(s, "holds", holds_record, p), wants_record,
		 SYS_fcntl);
}

static void set_ofd(struct stage *s)
{
	struct plot *p = set_up(s);

	set_held(s, p, "ofd-lock", stage_child(s, "holds", holds_ofd, p), wants_ofd, SYS_fcntl);
}

static void locks_twice(struct actor *a)
{
	int first = open_file(a->prop), second = open_file(a->prop);

	take_flock(first);
	actor_waits(a);
	take_flock(second);
	park();
}

static void set_self(struct stage *s)
{
	struct actor *a = stage_child(s, "twice", locks_twice, set_up(s));

	stage_until_in(s, a, SYS_flock, NULL);
	stage_bystanders(s);
	s->expect.rule = "self-deadlock";
	expect_role(s, a, "cycle|root");
	expect_hold(s, "flock", a, a, "exact");
}

static void locks_and_ends(struct actor *a)
{
	struct plot *p = a->prop;

	take_flock(p->inherited);
	p->first_has = true;
}

static void sleeps(struct actor *a)
{
	(void)a;
	park();
}

static void set_inherited(struct stage *s)
{
	struct plot *p = set_up(s);
	struct actor *heir, *locker;

	p->inherited = open_file(p);
	heir = stage_child(s, "inherits", sleeps, p);
	locker = stage_child(s, "locks", locks_and_ends, p);
	close(p->inherited);
	await(&p->first_has);
	waitpid(locker->pid, NULL, 0);
	stage_until_gone(s, locker);
	set_held(s, p, "flock", heir, wants_flock, SYS_flock);
	expect_never(s, locker);
}

static void flock_then_record(struct actor *a)
{
	struct plot *p = a->prop;
	int fd = open_file(p);

	take_flock(fd);
	p->first_has = true;
	await(&p->second_has);
	actor_waits(a);
	take_record(fd, F_SETLKW, F_WRLCK);
	park();
}

static void record_then_flock(struct actor *a)
{
	struct plot *p = a->prop;
	int fd = open_file(p);

	take_record(fd, F_SETLKW, F_WRLCK);
	p->second_has = true;
	await(&p->first_has);
	actor_waits(a);
	take_flock(fd);
	park();
}

static void set_cycle(struct stage *s)
{
	struct plot *p = set_up(s);
	struct actor *left = stage_child(s, "left", flock_then_record, p);
	struct actor *right = stage_child(s, "right", record_then_flock, p);

	stage_until_in(s, left, SYS_fcntl, NULL);
	stage_until_in(s, right, SYS_flock, NULL);
	stage_bystanders(s);
	s->expect.rule = "deadlock";
	s->expect.certainty = "certain";
	expect_role(s, left, "cycle");
	expect_role(s, right, "cycle");
	expect_hold(s, "posix-lock", left, right, "exact");
	expect_hold(s, "flock", right, left, "exact");
}

static void take_unit(const struct plot *p)
{
	struct sembuf op = {.sem_op = -1};

	while (semop(p->semid, &op, 1) < 0)
		if (errno != EINTR)
			park(); /* the set is gone: the scene ends */
}

static void flock_then_unit(struct actor *a)
{
	struct plot *p = a->prop;

	take_flock(open_file(p));
	p->first_has = true;
	await(&p->second_has);
	actor_waits(a);
	take_unit(p);
	park();
}

static void unit_then_flock(struct actor *a)
{
	struct plot *p = a->prop;
	int fd = open_file(p);

	take_unit(p);
	p->second_has = true;
	await(&p->first_has);
	actor_waits(a);
	take_flock(fd);
	park();
}

static void set_semaphore(struct stage *s)
{
	struct plot *p = set_up(s);
	struct actor *left, *right;

	p->semid = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
	if (p->semid < 0 || semctl(p->semid, 0, SETVAL, 1) < 0)
		die("no SysV semaphore: %s", strerror(errno));
	s->semids[s->n_semids++] = p->semid;
	left = stage_child(s, "left", flock_then_unit, p);
	right = stage_child(s, "right", unit_then_flock, p);
	stage_until_in(s, left, SYS_semtimedop, NULL);
	stage_until_in(s, right, SYS_flock, NULL);
	stage_bystanders(s);
	s->expect.rule = "deadlock";
	expect_role(s, left, "cycle");
	expect_role(s, right, "cycle");
	expect_hold(s, "sysvsem", left, right, "inferred|tracked");
	expect_hold(s, "flock", right, left, "exact");
}

/* The kernel takes a lease away after this time: for a scene, far too soon. */
#define BREAK_TIME "/proc/sys/fs/lease-break-time"

static int swap_break_time(int seconds)
{
	FILE *f = fopen(BREAK_TIME, "r+");
	int old;

	if (!f || fscanf(f, "%d", &old) != 1)
		die("no %s", BREAK_TIME);
	rewind(f);
	fprintf(f, "%d\n", seconds);
	if (fclose(f))
		die("%s cannot be written", BREAK_TIME);
	return old;
}

static void holds_lease(struct actor *a)
{
	struct plot *p = a->prop;

	signal(SIGIO, SIG_IGN);
	if (fcntl(open_file(p), F_SETLEASE, F_WRLCK) < 0)
		die("no lease: %s", strerror(errno));
	p->first_has = true;
	park();
}

static void opens(struct actor *a)
{
	actor_waits(a);
	open_file(a->prop);
	park();
}

static void set_lease(struct stage *s)
{
	struct plot *p = set_up(s);
	struct actor *holder = stage_child(s, "holds", holds_lease, p), *a;
	int old;

	await(&p->first_has);
	old = swap_break_time(3600);
	a = stage_child(s, "opens", opens, p);
	stage_until_in(s, a, SYS_openat, NULL);
	swap_break_time(old);
	expect_role(s, a, "waiting");
	expect_role(s, holder, "root");
	expect_hold(s, "lease", a, holder, "exact");
	stage_bystanders(s);
	s->expect.rule = "file-lock-held";
}

static void serves(struct actor *a)
{
	struct plot *p = a->prop;
	int fd = open_file(p);

	actor_waits(a);
	take_flock(fd);
	p->first_has = true;
	for (;;)
		close(accept(p->inherited, NULL, NULL));
}

/* The workers of a server take turns: nobody connects, and that is nobody's fault. */
static void set_turns(struct stage *s)
{
	struct plot *p = set_up(s);
	struct actor *a;

	p->inherited = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->inherited < 0 || bind(p->inherited, &(struct sockaddr){AF_UNIX, ""}, 2) < 0 ||
	    listen(p->inherited, 5) < 0)
		die("cannot listen: %s", strerror(errno));
	a = stage_child(s, "worker-1", serves, p);
	await(&p->first_has);
	stage_until_in(s, a, SYS_accept, NULL);
	expect_never(s, a);
	for (int i = 2; i < 4; i++) {
		char name[16];

		snprintf(name, sizeof(name), "worker-%d", i);
		a = stage_child(s, name, serves, p);
		stage_until_in(s, a, SYS_flock, NULL);
		expect_never(s, a);
	}
	close(p->inherited);
	s->expect.note = "\"never_blocked\":true";
}

static char contested[96]; /* each process opens it for itself */
static int contested_fd = -1;

static int own_fd(void)
{
	if (contested_fd < 0)
		contested_fd = open(contested, O_RDWR | O_CLOEXEC);
	return contested_fd;
}

static void take_contested_flock(struct contest *c)
{
	(void)c;
	take_flock(own_fd());
}

static void give_contested_flock(struct contest *c)
{
	(void)c;
	flock(own_fd(), LOCK_UN);
}

static void take_contested_record(struct contest *c)
{
	(void)c;
	take_record(own_fd(), F_SETLKW, F_WRLCK);
}

static void give_contested_record(struct contest *c)
{
	(void)c;
	take_record(own_fd(), F_SETLK, F_UNLCK);
}

static void set_contest(struct stage *s, void (*take)(struct contest *),
			void (*give)(struct contest *))
{
	struct plot *p = set_up(s);
	struct contest *c = contest_new(s, 1, PTHREAD_MUTEX_NORMAL, true);

	memcpy(contested, p->path, sizeof(contested));
	c->take = take;
	c->give = give;
	stage_bystanders(s);
	stage_child(s, "holds", contest_hold, c);
	stage_child(s, "wants", contest_want, c);
}

static void set_flock_ok(struct stage *s)
{
	set_contest(s, take_contested_flock, give_contested_flock);
}

static void set_posix_ok(struct stage *s)
{
	set_contest(s, take_contested_record, give_contested_record);
}

SCENE(flock_held) = {
	.name = "flock-held",
	.what = "a flock is held by a process that sleeps",
	.set = set_flock,
};

SCENE(posix_lock_held) = {
	.name = "posix-lock-held",
	.what = "a POSIX lock on some bytes is held by a process that sleeps",
	.set = set_posix,
};

SCENE(ofd_lock_held) = {
	.name = "ofd-lock-held",
	.what = "an open file description lock is held by a process that sleeps",
	.set = set_ofd,
};

SCENE(flock_inherited) = {
	.name = "flock-inherited",
	.what = "a flock was inherited from a process that has ended",
	.set = set_inherited,
};

SCENE(flock_self) = {
	.name = "flock-self",
	.what = "a process opens a file twice, and locks it both times",
	.set = set_self,
};

SCENE(filelock_cycle) = {
	.name = "filelock-cycle",
	.what = "one has a flock and wants a POSIX lock, another has and wants the reverse",
	.set = set_cycle,
};

SCENE(flock_semaphore) = {
	.name = "flock-semaphore",
	.what = "one has a flock and wants a semaphore, another has and wants the reverse",
	.set = set_semaphore,
};

SCENE(lease_held) = {
	.name = "lease-held",
	.what = "open() waits for a lease that its holder does not give back",
	.set = set_lease,
	.needs_root = true,
};

SCENE(flock_turns_ok) = {
	.name = "flock-turns-ok",
	.what = "workers of a server take turns at accept() by a flock, for as long as it takes",
	.set = set_turns,
	.healthy = true,
};

SCENE(flock_ok) = {
	.name = "flock-ok",
	.what = "a flock is held again and again, but never for too long",
	.set = set_flock_ok,
	.healthy = true,
};

SCENE(posix_lock_ok) = {
	.name = "posix-lock-ok",
	.what = "a POSIX lock is held again and again, but never for too long",
	.set = set_posix_ok,
	.healthy = true,
};
