// SPDX-License-Identifier: GPL-2.0
/* How the hooks are taken off and put back, and which of them may be. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../os/clock.h"
#include "hook_meter.h"
#include "hooks_private.h"

/* What probes cost from one look to the next that is worth a closer look at once. */
#define HOT_NS 5000000

static void add_name(struct hooks *h, const char *name)
{
	size_t n = strlen(h->names);

	snprintf(h->names + n, sizeof(h->names) - n, "%s%s", n ? " " : "", name);
}

void hooks_list_names(struct hooks *h)
{
	h->names[0] = '\0';
	for (int kind = 0; kind < LT_KIND_MAX; kind++) {
		if (h->hooks[kind].n_links)
			add_name(h, hook_kind_name(kind));
	}
	if (h->locks && locks_on(h->locks))
		add_name(h, "pthread");
	if (h->handovers && !h->config.detach_hooks)
		add_name(h, "handover");
}

int hooks_open_handovers(struct hooks *h)
{
	return handovers_new(&h->config, census_object(h->census), h->locks, &h->handovers);
}

static void take_off(void *ctx, size_t hook)
{
	struct hooks *h = ctx;

	if (hook == HOOK_LOCKS) {
		locks_take_off(h->locks);
	} else if (hook == HOOK_HANDOVERS) {
		handovers_free(h->handovers);
		h->handovers = NULL;
	} else {
		hook_detach(&h->hooks[hook]);
		h->unhooked_ns[hook] = UINT64_MAX;
		census_unhooked(h->census, (enum lt_kind)hook, UINT64_MAX);
	}
	hooks_list_names(h);
}

static int put_on(void *ctx, size_t hook)
{
	struct hooks *h = ctx;
	int err;

	if (hook == HOOK_LOCKS) {
		err = locks_put_on(h->locks);
		/* as when what reads programs is busy: it is tried again later */
		if (err == 0 && !locks_on(h->locks)) {
			locks_take_off(h->locks);
			err = -EAGAIN;
		}
		h->lock_hits = 0;
	} else if (hook == HOOK_HANDOVERS) {
		err = hooks_open_handovers(h);
	} else {
		err = hook_attach(&h->hooks[hook]);
		if (err == 0) {
			h->unhooked_ns[hook] = os_now_ns();
			census_unhooked(h->census, (enum lt_kind)hook, h->unhooked_ns[hook]);
		}
	}
	hooks_list_names(h);
	return err;
}

static const struct bpf_object *object_of(void *ctx, size_t hook)
{
	struct hooks *h = ctx;

	if (hook == HOOK_LOCKS)
		return locks_object(h->locks);
	if (hook == HOOK_HANDOVERS)
		return h->handovers ? handovers_object(h->handovers) : NULL;
	return h->hooks[hook].n_links ? h->hooks[hook].object : NULL;
}

/* Traps can slow a program down thirtyfold: their hits are counted anyway. */
static bool is_hot(void *ctx, uint64_t now_ns)
{
	struct hooks *h = ctx;
	uint64_t hits = h->locks ? locks_hits(h->locks) : 0;
	bool hot = hits > h->lock_hits && (hits - h->lock_hits) * locks_trap_ns(h->locks) > HOT_NS;

	(void)now_ns;
	h->lock_hits = hits;
	return hot;
}

static uint64_t trap_ns(void *ctx, size_t hook, uint64_t said_ns)
{
	const struct hooks *h = ctx;

	return hook == HOOK_LOCKS ? locks_trap_ns(h->locks) : said_ns;
}

/* What nothing else would see at all is no option. */
int hooks_govern(struct hooks *h)
{
	const struct governed_ops ops = {take_off, put_on, object_of, is_hot, trap_ns, h};
	int err = governed_new(&ops, h->config.budget_ppm, &h->governed);

	for (int kind = 0; err == 0 && kind < LT_KIND_MAX; kind++) {
		const struct governed_hook what = {hook_kind_name(kind), hook_kind_unseen(kind),
						   h->price_ns, h->trap_ns,
						   kind != LT_KIND_KERNEL_LOCK};

		if (h->hooks[kind].n_links)
			governed_add(h->governed, (size_t)kind, &what);
	}
	if (err == 0 && h->handovers)
		governed_add(h->governed, HOOK_HANDOVERS,
			     &(struct governed_hook){"handover",
						     "who took a lock last that does not say so",
						     h->price_ns, h->trap_ns, true});
	if (err == 0 && h->locks)
		governed_add(h->governed, HOOK_LOCKS,
			     &(struct governed_hook){"pthread", "where locks are taken", 0,
						     locks_trap_ns(h->locks),
						     h->config.uprobes_auto});
	return err;
}

int hooks_unseen(void *self, const struct fact_sink *sink)
{
	return governed_state(((struct hooks *)self)->governed, sink);
}

/* Each map has to be asked for, and they hardly change. */
#define MAP_BYTES_EVERY_NS 60000000000ULL

static uint64_t read_map_bytes(struct hooks *h)
{
	const struct bpf_object *shared = census_object(h->census);
	uint64_t bytes = hook_meter_map_bytes(shared, NULL);

	for (size_t i = 0; i < LT_KIND_MAX; i++) {
		if (h->hooks[i].object)
			bytes += hook_meter_map_bytes(h->hooks[i].object, shared);
	}
	if (h->handovers)
		bytes += hook_meter_map_bytes(handovers_object(h->handovers), shared);
	if (h->locks && locks_object(h->locks))
		bytes += hook_meter_map_bytes(locks_object(h->locks), shared);
	return bytes;
}

int hooks_costs(void *self, way_cost_fn emit, void *ctx, uint64_t *ret_map_bytes)
{
	struct hooks *h = self;
	uint64_t now_ns = os_now_ns();

	if (!h->map_bytes_ns || now_ns > h->map_bytes_ns + MAP_BYTES_EVERY_NS) {
		h->map_bytes_ns = now_ns;
		h->map_bytes = read_map_bytes(h);
	}
	*ret_map_bytes = h->map_bytes;
	return governed_costs(h->governed, emit, ctx);
}
