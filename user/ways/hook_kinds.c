// SPDX-License-Identifier: GPL-2.0
#include "hook_kinds.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../probes/probe.h"
#include "census.h"

static const char *const kind_names[LT_KIND_MAX] = {
#define KIND_NAME(NAME, file, number) [LT_KIND_##NAME] = #file,
	LT_HOOKED_KINDS(KIND_NAME)
#undef KIND_NAME
};

const char *hook_kind_name(int kind)
{
	return kind_names[kind];
}

const char *hook_kind_unseen(int kind)
{
	for (const struct probe *const *p = probes; *p; p++) {
		if ((int)(*p)->kind == kind && (*p)->unseen)
			return (*p)->unseen;
	}
	return "such waits";
}

/* What each kind's refusal was; "" if it is on. */
typedef char refusals[LT_KIND_MAX][WHY_SIZE];

static bool open_kinds(const struct way_config *config, const struct bpf_object *shared,
		       struct hook hooks[LT_KIND_MAX], refusals why)
{
	bool any = false;

	for (int kind = LT_KIND_NONE + 1; kind < LT_KIND_MAX; kind++) {
		why[kind][0] = '\0';
		if (!kind_names[kind]) /* numbers are never reused */
			continue;
		if (hook_open(kind_names[kind], config->force_kprobe, !config->detach_hooks, shared,
			      &hooks[kind], why[kind]) == 0) {
			why[kind][0] = '\0';
			any = true;
		}
	}
	return any;
}

static int note_one(const struct way_config *config, refusals why, int kind)
{
	return way_note(config, NOTE_WARNING,
			"the kernel refuses the hook %s (%s); not seen exactly: %s",
			kind_names[kind], why[kind], hook_kind_unseen(kind));
}

/* What refuses several refuses them for one reason: who reads wants to know it once. */
static int note_several(const struct way_config *config, refusals why, int first, int n)
{
	char names[256] = "";

	for (int kind = first; kind < LT_KIND_MAX; kind++) {
		size_t len = strlen(names);

		if (why[kind][0])
			snprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "",
				 kind_names[kind]);
	}
	return way_note(config, NOTE_WARNING,
			"the kernel refuses %d hooks (%s), the first with: %s. When such waits "
			"began is told as \"at least\", and who was seen to take or to read is not "
			"known; \"locktrace doctor\" tells more",
			n, names, why[first]);
}

/* One note, whatever was refused. Returns -ENOTSUP if no kind is left. */
static int note_refusals(const struct way_config *config, refusals why, bool any)
{
	int first = 0, n = 0, err;

	for (int kind = LT_KIND_MAX - 1; kind > LT_KIND_NONE; kind--) {
		if (!why[kind][0])
			continue;
		first = kind;
		n++;
	}
	if (any)
		return !n	? 0
		       : n == 1 ? note_one(config, why, first)
				: note_several(config, why, first, n);
	err = way_note(config, NOTE_WARNING,
		       "cannot see by hooks: the kernel refuses all of them; the first, %s: %s",
		       kind_names[first], why[first]);
	return err < 0 ? err : -ENOTSUP;
}

int hook_kinds_open(const struct way_config *config, const struct bpf_object *shared,
		    struct hook hooks[LT_KIND_MAX])
{
	refusals why;
	bool any = open_kinds(config, shared, hooks, why);

	return note_refusals(config, why, any);
}
