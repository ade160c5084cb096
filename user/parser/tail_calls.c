// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "callee.h"
#include "tail_calls.h"

/* Where in module the call before ra goes to. 0 or -ENOENT. */
static int callee_of(struct memory *m, struct space *space, const struct elf_file *module,
		     uint64_t ra, uint64_t *ret_addr)
{
	uint64_t target;
	struct place p;

	if (callee_function(space, m, ra, &target) || space_find(space, target, &p) ||
	    p.file != module)
		return -ENOENT;
	*ret_addr = p.addr;
	return 0;
}

#define JUMPERS 8

/* Forms of one function, that share their inside; the first stands for all. */
static const char *const families[][5] = {
	{"pthread_join", "pthread_timedjoin_np", "pthread_clockjoin_np", "pthread_tryjoin_np"},
	{"pthread_mutex_timedlock", "pthread_mutex_clocklock"},
	{"sem_timedwait", "sem_clockwait"},
	{"pthread_cond_timedwait", "pthread_cond_clockwait"},
};

static int family_of(const char *name, bool *ret_first)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		for (size_t k = 0; k < 5 && families[i][k]; k++) {
			*ret_first = k == 0;
			if (!strcmp(families[i][k], name))
				return i;
		}
	}
	return -1;
}

static const struct elf_export *one_of(const struct elf_export **e, size_t n)
{
	const struct elf_export *found = n == 1 ? e[0] : NULL;
	bool first;
	int family = n ? family_of(e[0]->name, &first) : -1;

	for (size_t i = 0; n > 1 && family >= 0 && i < n; i++) {
		if (family_of(e[i]->name, &first) != family)
			return NULL;
		if (first || !found)
			found = e[i];
	}
	return found;
}

const struct elf_export *tail_caller(struct memory *m, struct space *space,
				     const struct unwound_frame *f,
				     const struct unwound_frame *caller)
{
	struct elf_file *module = f->place.file;
	const struct elf_export *e[JUMPERS];
	uint64_t start, callee;
	size_t n;

	if (caller->exact_pc || elf_file_function(module, unwound_lookup(f), &start))
		return NULL;
	if (callee_of(m, space, module, caller->pc, &callee)) {
		/* Within a library calls by register are callbacks: out of it and back. */
		if (caller->place.file == module && !module->is_static)
			return NULL;
		return one_of(e, elf_file_jumpers(module, start, e, JUMPERS));
	}
	if (callee == start)
		return NULL;
	n = elf_file_jumpers(module, start, e, JUMPERS);
	for (size_t i = 0; i < n; i++)
		if (e[i]->start == callee)
			return e[i];
	return NULL;
}
