// SPDX-License-Identifier: GPL-2.0
/*
 * About 100,000 functions: 16 bytes each and their names in one block, each
 * followed by the module's: a NUL for most of them.
 * Symbols that are not code are kept as well, without their names: they bound
 * the function before them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ksyms.h"

#define KSYMS_MAX 4000000
#define NOT_CODE  UINT32_MAX

struct ksym {
	uint64_t addr;
	uint32_t name;	/* offset in names, of the function and behind it of its module */
	uint32_t order; /* in the file: the first of several names counts */
};

struct ksyms {
	struct ksym *syms;
	size_t n, cap;
	char *names;
	size_t names_size, names_cap;
};

static size_t grown(size_t cap, size_t want)
{
	size_t n = cap ? cap : 4096;

	while (n < want)
		n *= 2;
	return n;
}

/* Room for one more symbol with a name of so many bytes. */
static int make_room(struct ksyms *k, size_t length)
{
	size_t cap = grown(k->cap, k->n + 1),
	       names_cap = grown(k->names_cap, k->names_size + length);

	if (cap != k->cap) {
		struct ksym *more = reallocarray(k->syms, cap, sizeof(*more));

		if (!more)
			return -ENOMEM;
		k->syms = more;
		k->cap = cap;
	}
	if (names_cap != k->names_cap) {
		char *more = realloc(k->names, names_cap);

		if (!more)
			return -ENOMEM;
		k->names = more;
		k->names_cap = names_cap;
	}
	return 0;
}

static int add(struct ksyms *k, uint64_t addr, bool code, const char *name, const char *module)
{
	size_t length = strlen(name) + 1, length_module = strlen(module) + 1;
	uint32_t at = NOT_CODE;

	if (k->n == KSYMS_MAX)
		return -E2BIG;
	if (make_room(k, length + length_module) || !k->syms || !k->names)
		return -ENOMEM;
	if (code) {
		at = k->names_size;
		memcpy(k->names + at, name, length);
		memcpy(k->names + at + length, module, length_module);
		k->names_size += length + length_module;
	}
	k->syms[k->n] = (struct ksym){addr, at, k->n};
	k->n++;
	return 0;
}

/* "ffffffff81000000 T _text" or with a module: "... t func [module]". */
static int add_line(struct ksyms *k, const char *line)
{
	unsigned long long addr;
	char type, name[128], module[64] = "";

	if (sscanf(line, "%llx %c %127s [%63[^]]]", &addr, &type, name, module) < 3)
		return 0;
	if (!addr || type == 'a' || type == 'A' || type == 'U')
		return 0;
	return add(k, addr, strchr("tTwW", type), name, module);
}

static int by_address(const void *a, const void *b)
{
	const struct ksym *x = a, *y = b;
	bool x_code = x->name != NOT_CODE, y_code = y->name != NOT_CODE;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x_code != y_code)
		return x_code ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int read_all(struct ksyms *k, FILE *in)
{
	char *line = NULL;
	size_t size = 0, kept = 0;
	int err = 0;

	while (!err && getline(&line, &size, in) >= 0)
		err = add_line(k, line);
	free(line);
	if (err || ferror(in))
		return err ? err : -EIO;
	if (!k->n)
		return -EPERM;
	qsort(k->syms, k->n, sizeof(*k->syms), by_address);
	for (size_t i = 0; i < k->n; i++)
		if (!kept || k->syms[kept - 1].addr != k->syms[i].addr)
			k->syms[kept++] = k->syms[i];
	k->n = kept;
	return 0;
}

int ksyms_new(int proc_fd, struct ksyms **ret)
{
	int fd = openat(proc_fd, "kallsyms", O_RDONLY | O_CLOEXEC), err;
	struct ksyms *k = calloc(1, sizeof(*k));
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");

	err = fd < 0 ? -errno : !in || !k ? -ENOMEM : read_all(k, in);
	if (in)
		fclose(in);
	else if (fd >= 0)
		close(fd);
	if (err) {
		ksyms_free(k);
		return err;
	}
	*ret = k;
	return 0;
}

void ksyms_free(struct ksyms *k)
{
	if (!k)
		return;
	free(k->syms);
	free(k->names);
	free(k);
}

int ksyms_name(const struct ksyms *k, uint64_t addr, struct ksyms_name *ret)
{
	size_t low = 0, high = k->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (k->syms[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	/* Nothing follows the last one, so that nothing says where it ends. */
	if (!low || low == k->n || k->syms[low - 1].name == NOT_CODE)
		return -ENOENT;
	ret->function = k->names + k->syms[low - 1].name;
	ret->module = ret->function + strlen(ret->function) + 1;
	return 0;
}
