// SPDX-License-Identifier: GPL-2.0
/*
 * A program that blocks one thread below a stack of known shape, and says
 * itself what the stack is: "victim_stacks CASE" prints "TID N pc pc ...",
 * the return addresses above the blocking function, innermost first, and then
 * waits for the end of its input.
 *
 * They come from libgcc's backtrace(), or, in a program without unwind tables,
 * from each function's own return address.
 */
#include <alloca.h>
#ifndef NO_TABLES
#include <execinfo.h>
#endif
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#if !defined(NO_TABLES) || defined(__GLIBC__)
#define HAVE_CONTEXTS
#endif

#define MAX 512

/* Some functions keep no frame pointer where the others do: theirs is then that of a frame further
 * out. */
#ifdef MIXED
#define KEEPS_NONE __attribute__((optimize("omit-frame-pointer")))
#else
#define KEEPS_NONE
#endif

static void *volatile own[MAX];
static int n_own;
static volatile int sink;

/* Kept by the functions below, for a program that cannot unwind itself. */
#define NOTE() (own[n_own++] = __builtin_return_address(0))

/* Part of the function that blocks: its own return address is the first. */
static inline void __attribute__((always_inline)) block_here(void)
{
	/* Not on the stack, where a search for return addresses would find them. */
	static void *pcs[MAX];
	static char text[MAX * 20];
	int n, at;

	NOTE();
#ifdef NO_TABLES
	for (n = 0; n < n_own; n++)
		pcs[n + 1] = own[n_own - 1 - n];
	n++;
#else
	n = backtrace(pcs, MAX);
#endif
	at = snprintf(text, sizeof(text), "%d %d", (int)gettid(), n - 1);
	for (int i = 1; i < n; i++) /* the first is in this function */
		at += snprintf(text + at, sizeof(text) - at, " %lx", (unsigned long)pcs[i]);
	text[at++] = '\n';
	if (write(STDOUT_FILENO, text, at) != at)
		_exit(1);
	for (;;)
		pause();
}

static KEEPS_NONE void __attribute__((noinline)) block(void)
{
	block_here();
}

static KEEPS_NONE void __attribute__((noinline)) plain(void)
{
	NOTE();
	block();
	sink++;
}

static KEEPS_NONE void __attribute__((noinline)) fill(char *p, size_t n)
{
	NOTE();
	memset(p, 1, n);
	block();
	sink += p[n / 2];
}

/* A frame whose size only it knows: found by its frame pointer. */
static void __attribute__((noinline)) with_alloca(size_t n)
{
	NOTE();
	fill(alloca(n), n);
	sink++;
}

static void variable(void)
{
	NOTE();
	with_alloca(5000 + getpid() % 100);
	sink++;
}

/* A frame larger than what is copied of a stack at first. */
static void __attribute__((noinline)) large(void)
{
	char buf[300 << 10];

	NOTE();
	fill(buf, sizeof(buf));
	sink += buf[7];
}

static KEEPS_NONE int compare(const void *a, const void *b)
{
	NOTE();
	block();
	return *(const char *)a - *(const char *)b;
}

static void through_libc(void)
{
	char text[] = "dcba";

	NOTE();
	qsort(text, 4, 1, compare);
	sink += text[0];
}

static void handler(int signo)
{
	(void)signo;
	NOTE();
	block();
	sink++;
}

static void blocking_handler(int signo)
{
	(void)signo;
	block_here();
}

static void take_signal(void (*fn)(int signo))
{
	static char other[128 << 10];
	stack_t st = {.ss_sp = other, .ss_size = sizeof(other)};
	struct sigaction sa = {.sa_handler = fn, .sa_flags = SA_ONSTACK};

	NOTE();
	sigaltstack(&st, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	sink++;
}

static KEEPS_NONE void in_handler(void)
{
	NOTE();
	take_signal(handler);
	sink++;
}

static void handler_blocks(void)
{
	NOTE();
	take_signal(blocking_handler);
	sink++;
}

/* A fault in the middle of a function: its pc is no return address. */
static void __attribute__((noinline)) faults(volatile int *p)
{
	NOTE();
	*p = 1;
	sink++;
}

static int *volatile nowhere;

static void at_fault(void)
{
	static char other[128 << 10];
	stack_t st = {.ss_sp = other, .ss_size = sizeof(other)};
	struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_ONSTACK};

	NOTE();
	sigaltstack(&st, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	faults(nowhere);
	sink++;
}

static void deeper(int n);
static void (*volatile go_deeper)(int n) = deeper; /* keeps it from being unrolled */

static KEEPS_NONE void deeper(int n)
{
	NOTE();
	if (n)
		go_deeper(n - 1);
	else
		block();
	sink++;
}

static void deep(void)
{
	NOTE();
	go_deeper(100);
	sink++;
}

static void interrupted(int signo, siginfo_t *info, void *context)
{
	unsigned long vdso = getauxval(AT_SYSINFO_EHDR), pc = 0;

	(void)signo, (void)info;
#ifdef __x86_64__
	pc = ((ucontext_t *)context)->uc_mcontext.gregs[16];
#elif defined(__aarch64__)
	pc = ((ucontext_t *)context)->uc_mcontext.pc;
#endif
	if (pc - vdso < 0x4000)
		block();
}

/* A signal comes while the kernel's own code in the process runs. */
static void in_vdso(void)
{
	struct itimerval often = {{0, 100}, {0, 100}};
	struct sigaction sa = {.sa_sigaction = interrupted, .sa_flags = SA_SIGINFO};
	struct timespec t;

	NOTE();
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	while (!clock_gettime(CLOCK_MONOTONIC, &t))
		sink++;
}

/* A frame that is aligned as it runs: what called it is found by the pointer it keeps. */
static void __attribute__((noinline))
aligned(size_t n, int a, int b, int c, int d, int e, int on_stack)
{
	char buf[256] __attribute__((aligned(64)));

	NOTE();
	memset(buf, a + b + c + d + e, sizeof(buf));
	fill(alloca(n), n);
	sink += buf[n % 256] + on_stack;
}

static void realigned(void)
{
	NOTE();
	aligned(3000 + getpid() % 100, 1, 2, 3, 4, 5, 6);
	sink++;
}

/* The call is its last instruction: the return address is that of what comes next. */
static void __attribute__((noinline, noreturn)) never_returns(void)
{
	NOTE();
	block();
	__builtin_unreachable();
}

static void does_not_return(void)
{
	NOTE();
	never_returns();
}

#ifdef HAVE_CONTEXTS
static ucontext_t main_context, coroutine_context;

static void coroutine(void)
{
	NOTE();
	plain();
	sink++;
}

/* On a stack of its own, of which nobody is the caller. */
static void in_coroutine(void)
{
	static char stack[256 << 10];

	getcontext(&coroutine_context);
	coroutine_context.uc_stack.ss_sp = stack;
	coroutine_context.uc_stack.ss_size = sizeof(stack);
	coroutine_context.uc_link = &main_context;
	makecontext(&coroutine_context, coroutine, 0);
	swapcontext(&main_context, &coroutine_context);
	sink++;
}
#endif

static void deepest(void)
{
	NOTE();
	go_deeper(400);
	sink++;
}

static const struct {
	const char *name;
	void (*fn)(void);
} cases[] = {
	{"plain", plain},
	{"variable", variable},
	{"large", large},
	{"through-libc", through_libc},
	{"in-handler", in_handler},
	{"handler-blocks", handler_blocks},
	{"at-fault", at_fault},
	{"deep", deep},
	{"realigned", realigned},
	{"does-not-return", does_not_return},
	{"deepest", deepest},
	{"in-vdso", in_vdso},
#ifdef HAVE_CONTEXTS
	{"in-coroutine", in_coroutine},
#endif
};

static void *run(void *arg)
{
	void (*const *fn)(void) = arg;

	(*fn)();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_attr_t attr;
	sigset_t alarms;
	pthread_t t;
	char c;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 1 << 20);
	for (size_t i = 0; argc == 2 && i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(argv[1], cases[i].name) != 0)
			continue;
		sigemptyset(&alarms);
		sigaddset(&alarms, SIGALRM);
		if (pthread_create(&t, &attr, run, (void *)&cases[i].fn))
			return 77;
		pthread_sigmask(SIG_BLOCK, &alarms, NULL);
		while (read(STDIN_FILENO, &c, 1) > 0)
			;
		_exit(0);
	}
	return 2;
}
