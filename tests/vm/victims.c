// SPDX-License-Identifier: GPL-2.0
#include "victims.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Of one child process; the test itself never touches them. */
static struct truth *truth;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static int msqid;
static struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0locktrace-ways"};

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void nap_ms(long ms)
{
	const struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	_exit(1);
}

static void begin(struct victim *v)
{
	v->tid = (pid_t)syscall(SYS_gettid);
	v->began_ns = now_ns();
	truth->ready++;
}

static void spawn(void *(*fn)(void *), int i)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	must(pthread_create(&thread, &attr, fn, &truth->victims[i]) == 0, "pthread_create");
	truth->n = i + 1;
}

static void *lock_once(void *arg)
{
	struct victim *v = arg;

	v->key = (uintptr_t)&lock;
	begin(v);
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void on_signal(int sig)
{
	(void)sig;
}

static void *nag(void *arg)
{
	struct victim *v = arg;

	while (!truth->stop) {
		nap_ms(300);
		syscall(SYS_tgkill, getpid(), v->tid, SIGUSR1);
	}
	return NULL;
}

void scene_signalled(struct truth *t)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	pthread_t thread;

	sigaction(SIGUSR1, &sa, NULL);
	pthread_mutex_lock(&lock);
	spawn(lock_once, 0);
	must(pthread_create(&thread, NULL, nag, &t->victims[0]) == 0, "pthread_create");
}

void scene_parked(struct truth *t)
{
	(void)t;
	pthread_mutex_lock(&lock);
	for (int i = 0; i < 200; i++)
		spawn(lock_once, i);
}

/* Never asleep for long, and never twice without having had the lock in between. */
static void *lock_again_and_again(void *arg)
{
	struct victim *v = arg;

	v->key = (uintptr_t)&lock;
	begin(v);
	while (!truth->stop) {
		uint64_t until;

		pthread_mutex_lock(&lock);
		v->had_ns = now_ns();
		for (until = v->had_ns + 200000; now_ns() < until;)
			;
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

void scene_contended(struct truth *t)
{
	(void)t;
	for (int i = 0; i < 4; i++)
		spawn(lock_again_and_again, i);
}

/*
 * A writer behind readers waits for the value 2, too, but lets the lock go
 * without a wake: its next wait must not pass for the same.
 */
static void *write_again_and_again(void *arg)
{
	struct victim *v = arg;

	v->key = (uintptr_t)&rwlock;
	begin(v);
	while (!truth->stop) {
		pthread_rwlock_wrlock(&rwlock);
		v->had_ns = now_ns();
		pthread_rwlock_unlock(&rwlock);
		nap_ms(1); /* so that no reader waits, whom the unlock would wake */
	}
	return NULL;
}

static void *read_again_and_again(void *arg)
{
	struct victim *v = arg;

	begin(v);
	while (!truth->stop) {
		pthread_rwlock_rdlock(&rwlock);
		v->had_ns = now_ns();
		nap_ms(5);
		pthread_rwlock_unlock(&rwlock);
		nap_ms(5);
	}
	return NULL;
}

void scene_rwlock(struct truth *t)
{
	(void)t;
	spawn(write_again_and_again, 0);
	spawn(read_again_and_again, 1);
}

struct message {
	long type;
	char text[1024];
};

static void *send_one_more(void *arg)
{
	struct message m = {.type = 1};
	struct victim *v = arg;

	v->key = msqid;
	begin(v);
	msgsnd(msqid, &m, sizeof(m.text), 0);
	return NULL;
}

static void *receive_once(void *arg)
{
	struct message m = {.type = 1};
	struct victim *v = arg;

	must(msgsnd(msqid, &m, sizeof(m.text), 0) == 0, "msgsnd");
	v->key = msqid;
	begin(v);
	must(msgrcv(msqid, &m, sizeof(m.text), 0, 0) >= 0, "msgrcv");
	pause();
	return NULL;
}

void scene_queue_full(struct truth *t)
{
	struct message m = {.type = 1};

	msqid = msgget(IPC_PRIVATE, 0600);
	must(msqid >= 0, "msgget");
	spawn(receive_once, 0);
	while (t->ready < 1)
		nap_ms(1);
	for (;;) { /* until it has received, and then until it is full */
		struct msqid_ds ds;

		must(msgctl(msqid, IPC_STAT, &ds) == 0, "msgctl");
		if (ds.msg_lrpid)
			break;
		nap_ms(1);
	}
	while (msgsnd(msqid, &m, sizeof(m.text), IPC_NOWAIT) == 0)
		;
	spawn(send_one_more, 1);
}

static void *connect_once(void *arg)
{
	struct victim *v = arg;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	begin(v);
	(void)connect(fd, (struct sockaddr *)&address, sizeof(address));
	return NULL;
}

void scene_backlog(struct truth *t)
{
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	struct stat st;

	must(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
	must(listen(listener, 1) == 0 && fstat(listener, &st) == 0, "listen");
	for (;;) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
			break;
	}
	t->victims[0].key = st.st_ino;
	spawn(connect_once, 0);
}

__attribute__((noinline)) static void take_it(void)
{
	pthread_mutex_lock(&lock);
	__asm__ volatile("" ::: "memory"); /* not a tail call: it shall be the caller */
}

static void *hold(void *arg)
{
	struct victim *v = arg;

	v->key = (uintptr_t)&lock;
	while (!truth->stop && access("/tmp/go", F_OK) < 0)
		nap_ms(1);
	begin(v);
	take_it();
	spawn(lock_once, 1);
	pause();
	return NULL;
}

void scene_holder(struct truth *t)
{
	t->caller_low = (uintptr_t)take_it;
	t->caller_high = (uintptr_t)take_it + 64;
	spawn(hold, 0);
}

static void *lock_without_end(void *arg)
{
	begin(arg);
	while (!truth->stop) {
		pthread_mutex_lock(&lock);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

void scene_busy_locks(struct truth *t)
{
	(void)t;
	spawn(lock_without_end, 0);
}

/* Asleep in a futex, msgsnd or connect: what the scenes block in. */
static int asleep(pid_t pid, pid_t tid)
{
	char path[64], text[64] = "";
	int fd, nr;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", (int)pid, (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0 || sscanf(text, "%d", &nr) != 1)
		return 0;
	return nr == SYS_futex || nr == SYS_msgsnd || nr == SYS_connect;
}

struct scene scene_start(scene_fn fn, int n)
{
	struct scene s = {0};

	s.truth = mmap(NULL, sizeof(*s.truth), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	must(s.truth != MAP_FAILED, "mmap");
	s.pid = fork();
	must(s.pid >= 0, "fork");
	if (s.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		truth = s.truth;
		fn(truth);
		for (;;)
			pause();
	}
	for (int i = 0; i < n;) {
		struct victim *v = &s.truth->victims[i];

		if (v->tid && asleep(s.pid, v->tid))
			i++;
		else
			nap_ms(1);
	}
	return s;
}

void scene_stop(struct scene *s)
{
	s->truth->stop = 1;
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	munmap(s->truth, sizeof(*s->truth));
}
