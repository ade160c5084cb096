// SPDX-License-Identifier: GPL-2.0
/* The stage: actors, and waiting until they really are where they shall be. */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Under software emulation on a busy machine a state can take seconds to come. */
#define PATIENCE_NS 30000000000ULL

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

void sleep_ns(uint64_t ns)
{
	uint64_t end = now_ns() + ns;
	struct timespec t = {.tv_sec = (time_t)(end / 1000000000ULL),
			     .tv_nsec = (long)(end % 1000000000ULL)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		continue;
}

pid_t self_tid(void)
{
	return (pid_t)syscall(SYS_gettid);
}

void park(void)
{
	for (;;)
		sleep_ns(3600 * 1000000000ULL);
}

void die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "scene: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void *stage_prop(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		die("no memory");
	return p;
}

void *stage_shared_prop(struct stage *s, size_t size)
{
	void *p = s->props;

	size = (size + 63) & ~(size_t)63;
	if (size > (size_t)(s->props_end - s->props))
		die("no room for props");
	s->props += size;
	return p;
}

static struct actor *actor_new(struct stage *s, const char *name, void (*play)(struct actor *),
			       void *prop)
{
	size_t i = atomic_fetch_add(&s->n_actors, 1);
	struct actor *a = &s->actors[i];

	if (i >= STAGE_ACTORS)
		die("too many actors");
	a->stage = s;
	snprintf(a->name, sizeof(a->name), "%s", name);
	a->play = play;
	a->prop = prop;
	return a;
}

/* The ids that the stage's /proc knows it by: in a PID namespace it has others, too. */
static void outer_ids(struct actor *a)
{
	pid_t pid = getpid(), tid = self_tid();
	char link[64];
	ssize_t n = readlink("/proc/thread-self", link, sizeof(link) - 1);

	link[n > 0 ? n : 0] = '\0';
	sscanf(link, "%d/task/%d", &pid, &tid);
	a->pid = pid;
	a->tid = tid;
}

static void *thread_main(void *arg)
{
	struct actor *a = arg;

	prctl(PR_SET_NAME, a->name);
	outer_ids(a);
	a->play(a);
	return NULL;
}

struct actor *stage_thread(struct stage *s, const char *name, void (*play)(struct actor *),
			   void *prop)
{
	struct actor *a = actor_new(s, name, play, prop);
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	if (pthread_create(&a->thread, &attr, thread_main, a) != 0)
		die("cannot start thread %s", name);
	pthread_attr_destroy(&attr);
	while (!a->tid)
		sched_yield();
	return a;
}

/* The child goes on one namespace further in; we only wait for it. */
static void go_inside(void)
{
	pid_t pid;

	if (unshare(CLONE_NEWPID) < 0)
		die("no PID namespace: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("cannot fork into a PID namespace");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		return;
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	_exit(0);
}

struct actor *stage_child(struct stage *s, const char *name, void (*play)(struct actor *),
			  void *prop)
{
	return stage_child_inside(s, name, play, prop, 0);
}

struct actor *stage_child_inside(struct stage *s, const char *name, void (*play)(struct actor *),
				 void *prop, int depth)
{
	struct actor *a = actor_new(s, name, play, prop);
	pid_t pid;

	if (s->n_children == STAGE_CHILDREN)
		die("too many children");
	pid = fork();
	if (pid < 0)
		die("cannot fork %s", name);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != s->main_pid)
			_exit(0);
		/* Whoever reads our output shall see its end when the parent ends. */
		close(0);
		close(1);
		for (int i = 0; i < depth; i++)
			go_inside();
		thread_main(a);
		_exit(0);
	}
	s->children[s->n_children++] = pid;
	while (!a->tid)
		sched_yield();
	return a;
}

void actor_waits(struct actor *a)
{
	a->since_ns = now_ns();
}

static ssize_t read_task(const struct actor *a, const char *file, char *buf, size_t size)
{
	char path[96];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", a->pid, a->tid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n;
}

static char state_of(const struct actor *a)
{
	char buf[512], *p;

	if (read_task(a, "stat", buf, sizeof(buf)) <= 0)
		return 0;
	p = strrchr(buf, ')');
	return p ? p[2] : 0;
}

static bool is_in(const struct actor *a, long syscall, const void *addr)
{
	char buf[256];
	unsigned long first;
	long nr;

	if (state_of(a) != 'S' || read_task(a, "syscall", buf, sizeof(buf)) <= 0)
		return false;
	if (sscanf(buf, "%ld %lx", &nr, &first) != 2 || nr != syscall)
		return false;
	return !addr || first == (unsigned long)addr;
}

static void wait_a_little(uint64_t start_ns, const struct actor *a, const char *what)
{
	char buf[256] = "";

	if (now_ns() - start_ns > PATIENCE_NS) {
		read_task(a, "syscall", buf, sizeof(buf));
		die("%s (%d) did not get into %s: state %c, %s", a->name, a->tid, what, state_of(a),
		    buf);
	}
	sleep_ns(2000000);
}

void stage_until_in(struct stage *s, const struct actor *a, long syscall, const void *addr)
{
	uint64_t start = now_ns();

	(void)s;
	while (!is_in(a, syscall, addr))
		wait_a_little(start, a, "its system call");
}

void stage_until_state(struct stage *s, const struct actor *a, char state)
{
	uint64_t start = now_ns();

	(void)s;
	while (state_of(a) != state)
		wait_a_little(start, a, "its state");
}

void stage_until_gone(struct stage *s, const struct actor *a)
{
	uint64_t start = now_ns();

	(void)s;
	while (state_of(a))
		wait_a_little(start, a, "nothing");
}

/* Where the kernel does not name it (5.10 on amd64 says 0), the call and state must do. */
void stage_until_wchan(struct stage *s, const struct actor *a, const char *wchan)
{
	uint64_t start = now_ns();
	char buf[128];

	(void)s;
	for (;;) {
		ssize_t n = read_task(a, "wchan", buf, sizeof(buf));

		if (n <= 0 || strcmp(buf, "0") == 0 || strcmp(buf, wchan) == 0)
			return;
		wait_a_little(start, a, wchan);
	}
}

void expect_role(struct stage *s, const struct actor *a, const char *role)
{
	if (s->expect.n_roles == STAGE_CLAIMS)
		die("too many roles");
	s->expect.roles[s->expect.n_roles++] = (struct claim_role){a, role};
}

void expect_hold(struct stage *s, const char *kind, const struct actor *waiter,
		 const struct actor *holder, const char *evidence)
{
	if (s->expect.n_holds == STAGE_CLAIMS)
		die("too many holders");
	s->expect.holds[s->expect.n_holds++] = (struct claim_hold){kind, waiter, holder, evidence};
}

void expect_never(struct stage *s, const struct actor *a)
{
	s->expect.never[s->expect.n_never++] = a;
}

void stage_log(struct stage *s, pid_t tid, const void *what, uint64_t start_ns, uint64_t end_ns)
{
	uint64_t lasted = end_ns - start_ns, longest = s->longest_ns;
	size_t i;

	s->n_waits++;
	while (lasted > longest && !atomic_compare_exchange_weak(&s->longest_ns, &longest, lasted))
		continue;
	if (lasted < s->log_min_ns)
		return;
	i = atomic_fetch_add(&s->n_log, 1);
	if (i < STAGE_LOG)
		s->log[i] = (struct logged){tid, what, start_ns, end_ns};
}

void stage_log_hold(struct stage *s, pid_t tid, const void *what, uint64_t start_ns,
		    uint64_t end_ns)
{
	size_t i = atomic_fetch_add(&s->n_holds, 1);

	if (i < STAGE_HOLDS)
		s->holds[i] = (struct logged){tid, what, start_ns, end_ns};
}

static void remove_traces(struct stage *s)
{
	char sub[80];

	for (size_t i = 0; i < s->n_children; i++)
		kill(s->children[i], SIGKILL);
	if (s->msqid >= 0)
		msgctl(s->msqid, IPC_RMID, NULL);
	for (int i = 0; i < s->n_semids; i++)
		semctl(s->semids[i], 0, IPC_RMID);
	if (s->mqueue[0])
		mq_unlink(s->mqueue);
	if (s->file[0])
		unlink(s->file);
	if (s->dir[0]) {
		snprintf(sub, sizeof(sub), "%s/agentx", s->dir);
		rmdir(sub);
		rmdir(s->dir);
	}
}

void stage_clean(struct stage *s)
{
	remove_traces(s);
	for (size_t i = 0; i < s->n_children; i++)
		waitpid(s->children[i], NULL, 0);
	if (s->group[0])
		rmdir(s->group);
}

/* A queue outlives a process that is killed: somebody has to be left to remove it. */
void stage_janitor(struct stage *s)
{
	int ends[2];
	char c;

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("no pipe");
	switch (fork()) {
	case -1:
		die("cannot fork the janitor");
	case 0:
		setsid();
		prctl(PR_SET_NAME, "janitor");
		close(0);
		close(1);
		close(ends[1]);
		while (read(ends[0], &c, 1) < 0 && errno == EINTR)
			continue;
		remove_traces(s);
		_exit(0);
	default:
		close(ends[0]); /* ends[1] stays open for as long as we live */
	}
}
