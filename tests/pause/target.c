// SPDX-License-Identifier: GPL-2.0
/*
 * "target THREADS [LIBRARY...]": a program that notices whether it is stopped.
 *
 * Two threads are deadlocked, and all others wait for one of their locks, at
 * 50 different depths. One more thread does nothing but read its clock; a gap
 * between two readings is time in which it did not run. The scheduler counts
 * how long it was kept from a processor (run_delay); what is left of a gap is
 * a stop, by a debugger or whatever else. Commands on standard input, an
 * answer of one line each:
 *
 *	mark	forget what was seen so far
 *	tell	{"gap_us": [largest first], "stop_us": [...], "traced": N,
 *		 "signals": N, "switches": N}: since then
 *
 * traced: how often a look at TracerPid showed somebody. switches: context
 * switches of all threads that wait, since they began: one that was interrupted
 * in its wait has one more. Libraries are loaded first, and one function of
 * each (named on_stack) is on the stack of one of the deadlocked threads.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KEPT	    8
#define DEPTHS	    50
#define GAP_NS	    20000 /* shorter ones are not worth a look at the scheduler */
#define LIBRARIES   512
#define THREADS_MAX 20000

struct window {
	uint64_t gap_us[KEPT], stop_us[KEPT]; /* largest first */
};

static struct window window;
static pthread_mutex_t window_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool fresh; /* begin a new window */
static atomic_uint signals, traced;
static pid_t waiters[THREADS_MAX];
static atomic_uint n_waiters;
static pid_t spinner_tid;

static pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both;

typedef int (*step_fn)(int (*)(void *), void *);
static step_fn steps[LIBRARIES];
static int n_steps;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

static void keep(uint64_t list[KEPT], uint64_t us)
{
	int i = KEPT - 1;

	if (us <= list[i])
		return;
	for (; i > 0 && us > list[i - 1]; i--)
		list[i] = list[i - 1];
	list[i] = us;
}

/* How long this thread was ready to run and did not; second word of schedstat. */
static uint64_t kept_waiting_ns(int fd)
{
	char text[96];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	char *blank;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	blank = strchr(text, ' ');
	return blank ? strtoull(blank, NULL, 10) : 0;
}

static void *spin(void *cpu)
{
	int fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	uint64_t before, waited;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(*(int *)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	spinner_tid = gettid();
	waited = kept_waiting_ns(fd);
	before = now_ns();
	for (;;) {
		uint64_t now = now_ns(), gap = now - before, w, delay;

		if (atomic_exchange(&fresh, false)) {
			pthread_mutex_lock(&window_lock);
			memset(&window, 0, sizeof(window));
			pthread_mutex_unlock(&window_lock);
		} else if (gap >= GAP_NS) {
			w = kept_waiting_ns(fd);
			delay = w - waited;
			waited = w;
			pthread_mutex_lock(&window_lock);
			keep(window.gap_us, gap / 1000);
			keep(window.stop_us, (gap > delay ? gap - delay : 0) / 1000);
			pthread_mutex_unlock(&window_lock);
			now = now_ns();
		}
		before = now;
	}
	return NULL;
}

static int take(void *lock)
{
	return pthread_mutex_lock(lock);
}

/* Not inlined and not a tail call: each is a frame. */
static __attribute__((noinline)) int deeper(int n, int (*then)(void *), void *arg)
{
	int r = n ? deeper(n - 1, then, arg) : then(arg);

	__asm__ volatile("" : "+r"(r));
	return r;
}

static int through_libraries(void *lock)
{
	static int at;

	return at < n_steps ? steps[at++](through_libraries, lock) : take(lock);
}

static void *deadlocked(void *arg)
{
	int which = *(int *)arg;

	waiters[atomic_fetch_add(&n_waiters, 1)] = gettid();
	pthread_mutex_lock(&locks[which]);
	pthread_barrier_wait(&both);
	if (which)
		deeper(0, through_libraries, &locks[0]);
	else
		deeper(0, take, &locks[1]);
	return NULL;
}

static void *waiter(void *arg)
{
	waiters[atomic_fetch_add(&n_waiters, 1)] = gettid();
	deeper(*(int *)arg, take, &locks[0]);
	return NULL;
}

static void on_signal(int n)
{
	(void)n;
	signals++;
}

static bool is_traced(pid_t tid)
{
	char path[64], text[4096], *at;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, "TracerPid:");
	return at && strtol(at + 10, NULL, 10) > 0;
}

/* Looks at some of the threads all the time: whoever traces one is seen, or interrupts us. */
static void *look_out(void *arg)
{
	(void)arg;
	for (unsigned int i = 0;; i++) {
		unsigned int n = n_waiters;

		usleep(1000);
		traced += is_traced(getpid()) || is_traced(spinner_tid) ||
			  (n && is_traced(waiters[i % n]));
	}
	return NULL;
}

static uint64_t switches_of(pid_t tid)
{
	char path[64], line[256];
	uint64_t sum = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", (int)tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		char *colon = strstr(line, "ctxt_switches:");

		sum += colon ? strtoull(colon + 14, NULL, 10) : 0;
	}
	if (f)
		fclose(f);
	return sum;
}

static void print_list(const char *name, const uint64_t list[KEPT])
{
	printf("\"%s\": [", name);
	for (int i = 0; i < KEPT; i++)
		printf("%s%" PRIu64, i ? ", " : "", list[i]);
	fputs("], ", stdout);
}

static void tell(void)
{
	struct window w;
	uint64_t switches = 0;

	pthread_mutex_lock(&window_lock);
	w = window;
	pthread_mutex_unlock(&window_lock);
	for (unsigned int i = 0; i < n_waiters; i++)
		switches += switches_of(waiters[i]);
	putchar('{');
	print_list("gap_us", w.gap_us);
	print_list("stop_us", w.stop_us);
	printf("\"traced\": %u, \"signals\": %u, \"switches\": %" PRIu64 "}\n", traced, signals,
	       switches);
}

static void obey(void)
{
	char line[64];

	printf("{\"pid\": %d}\n", (int)getpid());
	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, "mark\n") == 0) {
			signals = traced = 0;
			fresh = true;
			while (fresh)
				usleep(100);
			puts("{}");
		} else {
			tell();
		}
	}
}

static void start(void *(*run)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 << 10);
	if (pthread_create(&t, &attr, run, arg)) {
		perror("target");
		exit(1);
	}
	pthread_detach(t);
	pthread_attr_destroy(&attr);
}

int main(int argc, char **argv)
{
	static int numbers[2] = {0, 1}, depths[DEPTHS], cpu;
	int threads = argc > 1 ? atoi(argv[1]) : 2;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 2; i < argc && n_steps < LIBRARIES; i++) {
		void *library = dlopen(argv[i], RTLD_NOW);

		if (!library || !(steps[n_steps++] = (step_fn)dlsym(library, "on_stack"))) {
			fprintf(stderr, "target: %s\n", dlerror());
			return 1;
		}
	}
	for (int n = 1; n < NSIG; n++) {
		if (n != SIGSEGV && n != SIGBUS && n != SIGTERM && n != SIGPIPE)
			signal(n, on_signal);
	}
	cpu = (int)sysconf(_SC_NPROCESSORS_ONLN) - 1;
	pthread_barrier_init(&both, NULL, 2);
	start(spin, &cpu);
	start(deadlocked, &numbers[0]);
	start(deadlocked, &numbers[1]);
	while (n_waiters < 2)
		usleep(1000);
	usleep(1000);
	for (int i = 0; i < DEPTHS; i++)
		depths[i] = i;
	for (int i = 2; i < threads && i < THREADS_MAX; i++)
		start(waiter, &depths[i % DEPTHS]);
	start(look_out, NULL);
	obey();
	return 0;
}
