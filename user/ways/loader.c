// SPDX-License-Identifier: GPL-2.0
#include "loader.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	if (text_begins(start, "libbpf: "))
		start += 8;
	/* "prog 'lt_fentry_futex_wait': ": the user knows the hook by its kind */
	if (text_begins(start, "prog '") && (end = strstr(start, "': ")))
		start = end + 3;
	end = strchr(start, '\n');
	if (end)
		*end = '\0';
	text_copy(caught, WHY_SIZE, start);
	return 0;
}

void loader_catch(char why[WHY_SIZE])
{
	why[0] = '\0';
	caught = why;
	libbpf_set_print(catch_warning);
}

void loader_caught(int error)
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
		if (i != (int)by && text_begins(section, section_of[i]))
			return false;
	}
	if (text_begins(section, section_of[by]) && !strstr(name, "_count_") == counts)
		return false;
	return with_optional || !text_begins(name, "lt_opt_");
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

	loader_catch(why);
	err = blob ? load(blob, by, with_optional, shared, sizes, ret) : -ENOENT;
	loader_caught(err);
	return err;
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
