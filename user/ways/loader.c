// SPDX-License-Identifier: GPL-2.0
#include "loader.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../rights.h"
#include "map_sizes.h"
#include "text.h"
#include "uprobe.h"

/*
 * libbpf prints through one function without a context, so what it says has to
 * be caught in a variable: one a thread, and set only during a load.
 */
static _Thread_local char *caught;

/* The first warning says what failed; the verifier's log that follows is not for users. */
static int catch_warning(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[1024];
	char *start = line, *end;

	if (level != LIBBPF_WARN || !caught || caught[0])
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	if (strstr(line, "-- BEGIN PROG LOAD LOG --"))
		return 0;
	if (strncmp(start, "libbpf: ", 8) == 0)
		start += 8;
	/* "prog 'lt_fentry_futex_wait': ": the user knows the hook by its kind */
	if (strncmp(start, "prog '", 6) == 0 && (end = strstr(start, "': ")))
		start = end + 3;
	end = strchr(start, '\n');
	if (end)
		*end = '\0';
	text_copy(caught, WHY_SIZE, start);
	return 0;
}

static void catch_begin(char why[WHY_SIZE])
{
	why[0] = '\0';
	caught = why;
	libbpf_set_print(catch_warning);
}

static void catch_end(int error)
{
	if (error < 0 && !caught[0])
		text_copy(caught, WHY_SIZE, strerror(-error));
	caught = NULL;
}

static const struct bpf_blob *find_blob(const char *name)
{
	for (const struct bpf_blob *b = bpf_objects; b->name; b++) {
		if (strcmp(b->name, name) == 0)
			return b;
	}
	return NULL;
}

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static const char *const section_of[_HOOK_BY_MAX] = {
	[HOOK_FENTRY] = "fentry/",
	[HOOK_KPROBE] = "kprobe/",
};

/*
 * Hooks on kernel functions are there twice, and each again as one that counts,
 * as the kernel does that for others only (bpf/hits.bpf.h): one of the four is
 * loaded.
 */
static bool wanted(const struct bpf_program *program, enum hook_by by, bool with_optional,
		   bool counts)
{
	const char *section = bpf_program__section_name(program);
	const char *name = bpf_program__name(program);

	for (int i = 0; i < _HOOK_BY_MAX; i++) {
		if (i != (int)by && has_prefix(section, section_of[i]))
			return false;
	}
	if (has_prefix(section, section_of[by]) && !strstr(name, "_count_") == counts)
		return false;
	return with_optional || !has_prefix(name, "lt_opt_");
}

static int share_maps(struct bpf_object *object, const struct bpf_object *shared)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		int fd = loader_map(shared, bpf_map__name(map));
		int err;

		if (fd < 0)
			continue;
		err = bpf_map__reuse_fd(map, fd);
		if (err < 0)
			return err;
	}
	return 0;
}

/* Before the load: what is shared has the size that it has. */
static int size_maps(struct bpf_object *object, const struct map_sizes *sizes)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, object)
	{
		uint32_t entries = map_sizes_of(sizes, bpf_map__name(map));

		if (entries && !err)
			err = bpf_map__set_max_entries(map, entries);
	}
	return err;
}

static int load(const struct bpf_blob *blob, enum hook_by by, bool with_optional,
		const struct bpf_object *shared, const struct map_sizes *sizes,
		struct bpf_object **ret)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = blob->name);
	struct bpf_object *object = bpf_object__open_mem(blob->data, blob->size, &opts);
	const bool counts = !rights_has(CAP_SYS_ADMIN);
	struct bpf_program *program;
	int err;

	if (!object)
		return -errno;
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, wanted(program, by, with_optional, counts));
	uprobe_prepare(object);
	err = size_maps(object, sizes);
	if (err == 0 && shared)
		err = share_maps(object, shared);
	if (err == 0)
		err = bpf_object__load(object);
	if (err < 0) {
		bpf_object__close(object);
		return err;
	}
	*ret = object;
	return 0;
}

int loader_load(const char *name, enum hook_by by, bool with_optional,
		const struct bpf_object *shared, const struct map_sizes *sizes,
		struct bpf_object **ret, char why[WHY_SIZE])
{
	const struct bpf_blob *blob = find_blob(name);
	int err;

	catch_begin(why);
	err = blob ? load(blob, by, with_optional, shared, sizes, ret) : -ENOENT;
	catch_end(err);
	return err;
}

/* Tracepoints are the same whichever way functions are hooked. */
static bool is_hook(const struct bpf_program *program, enum hook_by by)
{
	const char *section = bpf_program__section_name(program);

	return has_prefix(section, section_of[by]) || has_prefix(section, "tp_btf/");
}

static int attach_all(struct hook *h)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, h->object)
	{
		struct bpf_link *link;

		if (!bpf_program__autoload(program) || !is_hook(program, h->by))
			continue;
		if (strcmp(bpf_program__section_name(program), "tp_btf/sched_process_exit") == 0) {
			if (!h->ends)
				h->ends = bpf_program__attach(program);
			if (!h->ends)
				return -errno;
			continue;
		}
		if (h->n_links == HOOK_LINKS)
			return -E2BIG;
		link = bpf_program__attach(program);
		if (!link && has_prefix(bpf_program__name(program), "lt_opt_"))
			continue;
		if (!link)
			return -errno;
		h->links[h->n_links++] = link;
	}
	return 0;
}

/* One way to hook: load, attach. Leaves nothing behind on failure. */
static int try_hook(const char *name, enum hook_by by, bool with_optional, bool attach,
		    const struct bpf_object *shared, struct hook *ret, char why[WHY_SIZE])
{
	struct hook h = {.by = by};
	int err = loader_load(name, by, with_optional, shared, NULL, &h.object, why);

	if (err == 0 && attach) {
		catch_begin(why);
		err = attach_all(&h);
		catch_end(err);
	}
	if (err < 0) {
		hook_close(&h);
		return err;
	}
	*ret = h;
	return 0;
}

int hook_open(const char *name, bool kprobe_only, bool attach, const struct bpf_object *shared,
	      struct hook *ret, char why[WHY_SIZE])
{
	char refused[_HOOK_BY_MAX][WHY_SIZE] = {"not tried", ""};
	int err = -ENOTSUP;

	for (int by = kprobe_only ? HOOK_KPROBE : HOOK_FENTRY; by < _HOOK_BY_MAX; by++) {
		/* A function that this kernel lacks refuses a whole object, so once more without.*/
		for (int optional = 1; optional >= 0; optional--) {
			err = try_hook(name, by, optional, attach, shared, ret, refused[by]);
			if (err == 0)
				return 0;
		}
	}
	snprintf(why, WHY_SIZE, "fentry: %.110s; kprobe: %.110s", refused[HOOK_FENTRY],
		 refused[HOOK_KPROBE]);
	return err;
}

void hook_detach(struct hook *h)
{
	for (size_t i = 0; i < h->n_links; i++)
		bpf_link__destroy(h->links[i]);
	h->n_links = 0;
}

int hook_attach(struct hook *h)
{
	char why[WHY_SIZE];
	int err;

	catch_begin(why);
	err = attach_all(h);
	catch_end(err);
	if (err < 0)
		hook_detach(h);
	return err;
}

void hook_close(struct hook *h)
{
	hook_detach(h);
	bpf_link__destroy(h->ends);
	bpf_object__close(h->object);
	*h = (struct hook){0};
}

struct bpf_program *loader_program(const struct bpf_object *object, const char *name)
{
	return bpf_object__find_program_by_name(object, name);
}

int loader_map(const struct bpf_object *object, const char *name)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	return map ? bpf_map__fd(map) : -ENOENT;
}

int loader_sum(int map_fd, uint32_t index, uint64_t *ret)
{
	int n = libbpf_num_possible_cpus();
	uint64_t *values, sum = 0;
	int err = 0;

	if (n < 0)
		return n;
	values = calloc(n, sizeof(*values));
	if (!values)
		return -ENOMEM;
	if (bpf_map_lookup_elem(map_fd, &index, values) < 0)
		err = -errno;
	for (int i = 0; i < n; i++)
		sum += values[i];
	free(values);
	if (err == 0)
		*ret = sum;
	return err;
}
