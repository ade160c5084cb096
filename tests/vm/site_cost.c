// SPDX-License-Identifier: GPL-2.0
/*
 * What a call of a lock function costs without a probe, with one at its entry and with one
 * where the program puts it; and probes of instructions that were made for it. In QEMU
 * with -icount shift=0,sleep=off a nanosecond is an instruction.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "site_probe.h"

#define BATCHES 11
#define TURNS	500

extern const char __executable_start;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

/* Functions of one instruction each that a probe is put on. */
asm(".pushsection .text\n.balign 16\n"
    "made_endbr: endbr64\nret\n"
    "made_mov: mov %edi,%eax\nret\n"
    "made_nop: nop\nret\n"
    "made_nop2: .byte 0x66,0x90\nret\n"
    "made_nop5: .byte 0x0f,0x1f,0x44,0,0\nret\n"
    "made_push: push %rbx\npop %rbx\nret\n"
    "made_jne: jne 1f\n1: ret\n"
    "made_jmp: jmp 1f\n1: ret\n"
    "made_call: call 1f\n1: pop %rax\nret\n"
    ".popsection");
#define MADE(name) extern void made_##name(void *)
MADE(endbr);
MADE(mov);
MADE(nop);
MADE(nop2);
MADE(nop5);
MADE(push);
MADE(jne);
MADE(jmp);
MADE(call);

static const struct {
	const char *name;
	void (*run)(void *);
} made[] = {
	{"endbr64", made_endbr},
	{"mov %edi,%eax", made_mov},
	{"nop", made_nop},
	{"nop of 2 bytes", made_nop2},
	{"nop of 5 bytes", made_nop5},
	{"push %rbx", made_push},
	{"jne", made_jne},
	{"jmp", made_jmp},
	{"call", made_call},
};

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void lock_and_unlock(void *m)
{
	pthread_mutex_lock(m);
	pthread_mutex_unlock(m);
}

static void read_and_unlock(void *l)
{
	pthread_rwlock_rdlock(l);
	pthread_rwlock_unlock(l);
}

static void try_and_unlock(void *m)
{
	if (pthread_mutex_trylock(m) == 0)
		pthread_mutex_unlock(m);
}

static double cost_of(void (*run)(void *), void *what)
{
	double batch[BATCHES];

	for (int i = -1; i < BATCHES; i++) {
		double before = now_ns();

		for (int k = 0; k < TURNS; k++)
			run(what);
		if (i >= 0)
			batch[i] = (now_ns() - before) / TURNS;
	}
	qsort(batch, BATCHES, sizeof(*batch), by_size);
	return batch[BATCHES / 2];
}

static double cost_with(const struct site_probes *p, const char *path, uint64_t offset,
			enum lock_use use, void (*run)(void *), void *what)
{
	int fd = site_probe(p, path, offset, use);
	uint64_t before = site_hits(p);
	double cost;

	if (fd < 0)
		return -1;
	cost = cost_of(run, what);
	close(fd);
	return site_hits(p) - before == (BATCHES + 1ull) * TURNS ? cost : -2;
}

static void show(const char *name, double none, double entry, double chosen)
{
	printf("%-22s %8.0f %8.0f %8.0f  added %.0f -> %.0f\n", name, none, entry, chosen,
	       entry - none, chosen - none);
	fflush(stdout);
}

static void cost_of_function(const struct site_probes *p, const char *name, void (*run)(void *),
			     void *what)
{
	for (int i = 0; i < p->n_found; i++) {
		const struct lock_function *f = &p->found[i];

		if (strcmp(lock_function_name(f->name), name) != 0)
			continue;
		show(name, cost_of(run, what), cost_with(p, p->libc, f->offset, f->use, run, what),
		     cost_with(p, p->libc, f->offset + f->at, f->use, run, what));
		return;
	}
}

static void costs(const struct site_probes *p)
{
	printf("%-22s %8s %8s %8s\n", "", "none", "entry", "chosen");
	cost_of_function(p, "pthread_mutex_lock", lock_and_unlock, &mutex);
	cost_of_function(p, "pthread_rwlock_rdlock", read_and_unlock, &rwlock);
	cost_of_function(p, "pthread_mutex_trylock", try_and_unlock, &mutex);
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++) {
		/* what is loaded is the file: its first segment is at its beginning */
		uint64_t offset = (uintptr_t)made[i].run - (uintptr_t)&__executable_start;
		double none = cost_of(made[i].run, &mutex);
		double with = cost_with(p, "/proc/self/exe", offset, TAKES_FIRST, made[i].run,
					&mutex);

		show(made[i].name, none, with, with);
	}
}

static void *nothing(void *arg)
{
	return arg;
}

int main(void)
{
	static struct site_probes probes;
	const char *why = site_probes_open(&probes);
	pthread_t thread;

	if (why) {
		printf("%s\n", why);
		return 1;
	}
	/* who has had threads locks otherwise than who has not */
	pthread_create(&thread, NULL, nothing, NULL);
	pthread_join(thread, NULL);
	costs(&probes);
	return 0;
}
