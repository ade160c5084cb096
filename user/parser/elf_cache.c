// SPDX-License-Identifier: GPL-2.0
#include "elf_cache.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void elf_cache_free(struct elf_cache *c)
{
	while (c->first) {
		struct elf_file *f = c->first;

		c->first = f->next;
		elf_file_unref(f);
	}
}

static bool same_bytes(int a, int b)
{
	char x[16384], y[sizeof(x)];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(a, x, sizeof(x), at)) > 0) {
		if (pread(b, y, sizeof(y), at) != n || memcmp(x, y, n) != 0)
			return false;
		at += n;
	}
	return n == 0 && pread(b, y, 1, at) == 0;
}

static bool is_copy(const struct elf_file *a, const struct elf_file *b)
{
	return *a->build_id && !strcmp(a->build_id, b->build_id) && !strcmp(a->name, b->name) &&
	       same_bytes(a->fd, b->fd);
}

static bool has_number(const struct elf_file *f, uint64_t number)
{
	if (f->number == number)
		return true;
	for (size_t i = 0; i < ELF_ALSO; i++)
		if (number && f->also[i] == number)
			return true;
	return false;
}

/* Takes it out of the list. */
static struct elf_file *take(struct elf_cache *c, const struct elf_file *as, uint64_t number)
{
	struct elf_file *f;

	for (struct elf_file **p = &c->first; (f = *p); p = &f->next) {
		if (as ? !is_copy(as, f) : !has_number(f, number))
			continue;
		*p = f->next;
		return f;
	}
	return NULL;
}

/* Forgets files that no process at hand has. */
static void forget_some(struct elf_cache *c)
{
	size_t n = 0;

	for (struct elf_file **p = &c->first; *p;) {
		struct elf_file *f = *p;

		if (++n <= CACHE_FILES || f->refs > 1) {
			p = &f->next;
			continue;
		}
		*p = f->next;
		elf_file_unref(f);
	}
}

static struct elf_file *open_new(struct elf_cache *c, int fd, uint64_t number, const char *path,
				 const struct source *source)
{
	struct elf_file *f, *other;

	if (elf_file_open(fd, path, &f))
		return NULL;
	other = take(c, f, 0);
	if (other) {
		elf_file_unref(f);
		memmove(&other->also[1], other->also, sizeof(other->also) - sizeof(other->also[0]));
		other->also[0] = number;
		return other;
	}
	f->number = number;
	f->source = source;
	return f;
}

struct elf_file *elf_cache_get(struct elf_cache *c, int fd, uint64_t number, const char *path,
			       const struct source *source)
{
	struct elf_file *f = take(c, NULL, number);

	if (f)
		close(fd);
	else
		f = open_new(c, fd, number, path, source);
	if (!f)
		return NULL;
	f->next = c->first;
	c->first = f;
	f->refs++;
	forget_some(c);
	return f;
}

void elf_cache_trim(struct elf_cache *c, const struct elf_file *keep)
{
	size_t most = c->most ? c->most : CACHE_BYTES, sum = 0;

	/* The list is by use: past the bound all that follow were used longer ago. */
	for (struct elf_file *f = c->first; f; f = f->next)
		sum += f == keep ? f->bytes : 0;
	for (struct elf_file *f = c->first; f; f = f->next) {
		if (f == keep)
			continue;
		sum += f->bytes;
		if (sum > most)
			elf_file_sleep(f);
	}
}
