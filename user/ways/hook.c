// SPDX-License-Identifier: GPL-2.0
#include "hook.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "text.h"

/*
 * Of those that were loaded: by whichever way functions are hooked, and tracepoints,
 * which are the same for both. Iterators and probes of lock functions are attached elsewhere.
 */
static bool is_hook(const struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program);

	return text_begins(section, "fentry/") || text_begins(section, "kprobe/") ||
	       text_begins(section, "tp_btf/");
}

static int attach_all(struct hook *h)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, h->object)
	{
		struct bpf_link *link;

		if (!bpf_program__autoload(program) || !is_hook(program))
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
		if (!link && text_begins(bpf_program__name(program), "lt_opt_"))
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
		loader_catch(why);
		err = attach_all(&h);
		loader_caught(err);
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

	loader_catch(why);
	err = attach_all(h);
	loader_caught(err);
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
