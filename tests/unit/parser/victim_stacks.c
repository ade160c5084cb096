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
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX 512

static void *own[MAX];
static int n_own;
static volatile int sink;

/* Kept by the functions below, for a program that cannot unwind itself. */
#define NOTE() (own[n_own++] = __builtin_return_address(0))

/* Part of the function that blocks: its own return address is the first. */
static inline void __attribute__((always_inline)) block_here(void)
{
	void *pcs[MAX];
	char text[MAX * 20];
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

static void __attribute__((noinline)) block(void)
{
	block_here();
}

static void __attribute__((noinline)) plain(void)
{
	NOTE();
	block();
	sink++;
}

static void __attribute__((noinline)) fill(char *p, size_t n)
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

static int compare(const void *a, const void *b)
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

static void in_handler(void)
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

static void deeper(int n)
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

static const struct {
	const char *name;
	void (*fn)(void);
} cases[] = {
	{"plain", plain},	    {"variable", variable},
	{"large", large},	    {"through-libc", through_libc},
	{"in-handler", in_handler}, {"handler-blocks", handler_blocks},
	{"at-fault", at_fault},	    {"deep", deep},
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
	pthread_t t;
	char c;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 1 << 20);
	for (size_t i = 0; argc == 2 && i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(argv[1], cases[i].name) != 0)
			continue;
		if (pthread_create(&t, &attr, run, (void *)&cases[i].fn))
			return 77;
		while (read(STDIN_FILENO, &c, 1) > 0)
			;
		_exit(0);
	}
	return 2;
}
