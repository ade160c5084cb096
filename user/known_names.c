// SPDX-License-Identifier: GPL-2.0
#include "known_names.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/table.h"
#include "message.h"

#define BATCH	    128	   /* addresses in one question */
#define KNOWN_MAX   100000 /* more than this is forgotten before the next question */
#define FILES_TRIED 4	   /* of one build-id */

struct module {
	const char *build_id, *name;
	bool wanted;	    /* an address of it was */
	bool found;	    /* at least one file of this build-id */
	bool lines;	    /* and at least one address has got its line */
	uint64_t round;	    /* in which it was asked last */
	const char *failed; /* why a file of it could not be read; NULL: it could */
};

struct known {
	uint32_t module;
	struct parser_at at;
	struct known_name name;
};

struct known_names {
	struct debug_index *index;
	struct parser_files *parser;
	struct arena modules_arena, names_arena;
	struct module *modules;
	size_t n_modules, cap_modules;
	struct table modules_by_id;
	struct known *known;
	size_t n, cap;
	size_t asked; /* those before it have been asked for */
	uint64_t round;
	struct table by_at;
	struct parser_names answers;
};

int known_names_new(struct debug_index *index, struct parser_files *parser,
		    struct known_names **ret)
{
	struct known_names *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->index = index;
	k->parser = parser;
	*ret = k;
	return 0;
}

void known_names_free(struct known_names *k)
{
	if (!k)
		return;
	arena_free(&k->modules_arena);
	arena_free(&k->names_arena);
	table_free(&k->modules_by_id);
	table_free(&k->by_at);
	free(k->modules);
	free(k->known);
	free(k);
}

static bool is_module(const void *items, uint32_t index, const void *key)
{
	return strcmp(((const struct module *)items)[index].build_id, key) == 0;
}

static uint64_t hash_id(const char *build_id)
{
	return hash_mix(hash_text(HASH_START, build_id));
}

static uint32_t find_module(const struct known_names *k, const char *build_id)
{
	return table_find(&k->modules_by_id, hash_id(build_id), is_module, k->modules, build_id);
}

static int need_module(struct known_names *k, const char *build_id, const char *name, uint32_t *ret)
{
	struct module m = {0};
	int err;

	*ret = find_module(k, build_id);
	if (*ret != TABLE_NONE)
		return 0;
	err = array_room(&k->modules, &k->cap_modules, k->n_modules, sizeof(*k->modules));
	if (!err)
		err = arena_copy(&k->modules_arena, build_id, &m.build_id);
	if (!err)
		err = arena_copy(&k->modules_arena, name, &m.name);
	if (!err)
		err = table_add(&k->modules_by_id, hash_id(build_id), (uint32_t)k->n_modules);
	if (err)
		return err;
	*ret = (uint32_t)k->n_modules;
	k->modules[k->n_modules++] = m;
	return 0;
}

static bool is_known(const void *items, uint32_t index, const void *key)
{
	const struct known *k = &((const struct known *)items)[index], *wanted = key;

	return k->module == wanted->module && k->at.pc == wanted->at.pc &&
	       k->at.exact_pc == wanted->at.exact_pc;
}

static uint64_t hash_at(const struct known *k)
{
	return hash_mix(hash_u64(hash_u64(HASH_START, k->module), k->at.pc * 2 + k->at.exact_pc));
}

static void forget(struct known_names *k)
{
	table_clear(&k->by_at);
	arena_reset(&k->names_arena);
	k->n = k->asked = 0;
}

int known_names_want(struct known_names *k, const char *build_id, const char *name,
		     const struct parser_at *at)
{
	struct known key = {.at = *at};
	int err = need_module(k, build_id, name, &key.module);

	if (err)
		return err;
	k->modules[key.module].wanted = true;
	if (k->n > KNOWN_MAX && k->asked == k->n)
		forget(k);
	if (table_find(&k->by_at, hash_at(&key), is_known, k->known, &key) != TABLE_NONE)
		return 0;
	err = array_room(&k->known, &k->cap, k->n, sizeof(*k->known));
	if (!err)
		err = table_add(&k->by_at, hash_at(&key), (uint32_t)k->n);
	if (!err)
		k->known[k->n++] = key;
	return err;
}

const struct known_name *known_names_find(const struct known_names *k, const char *build_id,
					  const struct parser_at *at)
{
	struct known key = {.module = find_module(k, build_id), .at = *at};
	uint32_t i = key.module == TABLE_NONE
			     ? TABLE_NONE
			     : table_find(&k->by_at, hash_at(&key), is_known, k->known, &key);

	return i == TABLE_NONE ? NULL : &k->known[i].name;
}

static int take_inlined(struct known_names *k, struct known_name *to, const struct parser_name *a)
{
	struct known_inlined *i = &to->inlined[to->n_inlined];
	int err;

	if (to->n_inlined == KNOWN_INLINED || !*a->symbol)
		return 0;
	*i = (struct known_inlined){.line = a->line};
	err = arena_copy(&k->names_arena, a->symbol, &i->symbol);
	if (!err && *a->file)
		err = arena_copy(&k->names_arena, a->file, &i->file);
	to->n_inlined += !err;
	return err;
}

static int take_answer(struct known_names *k, struct known *to, const struct parser_name *a)
{
	int err = 0;

	if (a->inlined)
		return take_inlined(k, &to->name, a);
	if (*a->symbol && !to->name.symbol) {
		err = arena_copy(&k->names_arena, a->symbol, &to->name.symbol);
		to->name.symbol_offset = a->symbol_offset;
	}
	if (!err && *a->file) {
		err = arena_copy(&k->names_arena, a->file, &to->name.file);
		to->name.line = a->line;
		k->modules[to->module].lines = true;
	}
	return err;
}

static int ask_batch(struct known_names *k, struct known *const *of, size_t n, int fd)
{
	struct parser_at at[BATCH];
	int err = 0;

	if (!n)
		return 0;
	for (size_t i = 0; i < n; i++)
		at[i] = of[i]->at;
	/* a file that makes no sense names nothing; another one may */
	parser_files_names(k->parser, fd, at, n, &k->answers);
	for (size_t i = 0; i < n; i++)
		of[i]->name.n_inlined = 0; /* of another file, which had no lines */
	const char *failed = parser_files_failed(k->parser);
	if (failed)
		k->modules[of[0]->module].failed = failed;
	for (uint32_t i = 0; !err && i < k->answers.n; i++)
		err = take_answer(k, of[k->answers.names[i].at], &k->answers.names[i]);
	return err;
}

/* Asks one file for all that is new of its module and has no line yet. */
static int ask_file(struct known_names *k, uint32_t module, int fd)
{
	struct known *of[BATCH];
	size_t n = 0;
	int err = 0;

	for (size_t i = k->asked; !err && i < k->n; i++) {
		if (k->known[i].module != module || k->known[i].name.file)
			continue;
		of[n++] = &k->known[i];
		if (n == BATCH) {
			err = ask_batch(k, of, n, fd);
			n = 0;
		}
	}
	return err ? err : ask_batch(k, of, n, fd);
}

static bool has_all_lines(const struct known_names *k, uint32_t module)
{
	for (size_t i = k->asked; i < k->n; i++)
		if (k->known[i].module == module && !k->known[i].name.file)
			return false;
	return true;
}

/* A stripped file may know what its debug file does not, and the other way round. */
static int ask_module(struct known_names *k, uint32_t module)
{
	for (size_t nth = 0; nth < FILES_TRIED && !has_all_lines(k, module); nth++) {
		int fd = debug_index_open(k->index, k->modules[module].build_id, nth), err;

		if (fd < 0)
			return fd == -ENOENT ? 0 : fd;
		k->modules[module].found = true;
		err = ask_file(k, module, fd);
		close(fd);
		if (err)
			return err;
	}
	return 0;
}

int known_names_ask(struct known_names *k)
{
	k->round++;
	for (size_t i = k->asked; i < k->n; i++) {
		struct module *m = &k->modules[k->known[i].module];
		int err = m->round == k->round ? 0 : ask_module(k, k->known[i].module);

		if (err)
			return err;
		m->round = k->round;
	}
	k->asked = k->n;
	return 0;
}

int known_names_has_lines(struct known_names *k, const char *build_id, const char *name)
{
	uint32_t module;
	int err = need_module(k, build_id, name, &module);

	if (!err)
		k->modules[module].lines = true;
	return err;
}

void known_names_summary(const struct known_names *k)
{
	for (size_t i = 0; i < k->n_modules; i++) {
		const struct module *m = &k->modules[i];
		const char *what = m->failed   ? "not read to its end"
				   : !m->found ? "not found"
				   : !m->lines ? "found, but without lines"
					       : NULL;

		if (m->wanted && what)
			error_line("%s: %s, build-id %s%s%s", what, m->name, m->build_id,
				   m->failed ? ": " : "", m->failed ? m->failed : "");
	}
}
