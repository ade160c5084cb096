// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "copy_fact.h"

/* Copies the strings at n places of a struct that is itself copied already. */
static int copy_texts(struct arena *a, const char **const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int err = arena_copy(a, *texts[i], texts[i]);

		if (err)
			return err;
	}
	return 0;
}

#define COPY_TEXTS(a, ...)                                                                         \
	copy_texts(a, (const char **const[]){__VA_ARGS__},                                         \
		   sizeof((const char **const[]){__VA_ARGS__}) / sizeof(const char **))

int copy_session(struct arena *a, const struct fact_session *f, struct fact_session *ret)
{
	struct fact_session c = *f;
	int err = COPY_TEXTS(a, &c.version, &c.host, &c.kernel, &c.arch, &c.via, &c.hooks,
			     &c.target, &c.machine_id, &c.boot_id);

	if (!err)
		*ret = c;
	return err;
}

int copy_process(struct arena *a, const struct fact_process *f, struct fact_process *ret)
{
	struct fact_process c = *f;
	int err = COPY_TEXTS(a, &c.comm, &c.exe, &c.cgroup, &c.unit);

	if (!err)
		*ret = c;
	return err;
}

int copy_thread(struct arena *a, const struct fact_thread *f, struct fact_thread *ret)
{
	struct fact_thread c = *f;
	int err = COPY_TEXTS(a, &c.comm, &c.doing);

	if (!err)
		*ret = c;
	return err;
}

int copy_resource(struct arena *a, const struct fact_resource *f, struct fact_resource *ret)
{
	struct fact_resource c = *f;
	struct fact_number *state = arena_array(a, f->n_state, sizeof(*state));
	int err = state ? COPY_TEXTS(a, &c.key, &c.kind, &c.name, &c.detail) : -ENOMEM;

	for (size_t i = 0; !err && i < f->n_state; i++) {
		state[i] = f->state[i];
		err = COPY_TEXTS(a, &state[i].name);
	}
	if (err)
		return err;
	c.state = state;
	*ret = c;
	return 0;
}

int copy_wait(struct arena *a, const struct fact_wait *f, struct fact_wait *ret)
{
	struct fact_wait c = *f;
	int err = COPY_TEXTS(a, &c.resource, &c.verb);

	if (!err)
		*ret = c;
	return err;
}

int copy_stack(struct arena *a, const struct fact_stack *f, struct fact_stack *ret)
{
	struct fact_stack c = *f;
	struct fact_frame *frames = arena_array(a, f->n_frames, sizeof(*frames));
	int err = frames ? COPY_TEXTS(a, &c.note) : -ENOMEM;

	for (size_t i = 0; !err && i < f->n_frames; i++) {
		struct fact_frame *to = &frames[i];

		*to = f->frames[i];
		err = COPY_TEXTS(a, &to->module, &to->build_id, &to->symbol, &to->file);
	}
	if (err)
		return err;
	c.frames = frames;
	*ret = c;
	return 0;
}
