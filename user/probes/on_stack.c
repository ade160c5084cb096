// SPDX-License-Identifier: GPL-2.0
#include "on_stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../os/os.h"
#include "../os/proc.h"
#include "../os/reader.h"
#include "../parser/stacks.h"
#include "../ways/way.h"

#define THREADS_MAX 256 /* a walk takes up to a millisecond */
#define FRAMES_MAX  64
#define WALK_NS	    100000000ull
#define FIND_NS	    500000000ull
#define FRAME_BYTES 1024 /* of a frame in which the word is looked for */

int on_stack_new(struct on_stack **ret)
{
	struct on_stack *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	if (memory_new(&o->memory)) {
		free(o);
		return -ENOMEM;
	}
	*ret = o;
	return 0;
}

void on_stack_free(struct on_stack *o)
{
	if (!o)
		return;
	memory_free(o->memory);
	free(o);
}

int on_stack_walk(struct on_stack *o, struct os *os, const struct seen *s)
{
	struct space *space;
	int r;

	o->u.n = 0;
	if (!s->sp || s->compat)
		return -ENOENT;
	r = spaces_get(stacks_spaces(os->stacks), os->reader, s->ref.pid, s->ref.start, os_now_ns(),
		       &space);
	if (!r)
		r = memory_begin(o->memory, os->reader, s->ref.pid, s->sp,
				 space_mapping_end(space, s->sp), MEMORY_TOP);
	if (!r)
		unwind(space, o->memory, s, FRAMES_MAX, false, os_now_ns() + WALK_NS, &o->u);
	return r;
}

bool on_stack_function(const struct on_stack *o, size_t frame, struct function *ret)
{
	const struct unwound_frame *f = &o->u.frames[frame];

	if (frame >= o->u.n || !f->place.file)
		return false;
	ret->file = f->place.file;
	return !elf_file_function(f->place.file, unwound_lookup(f), &ret->start);
}

bool on_stack_is(const struct on_stack *o, size_t frame, const char *name)
{
	const struct unwound_frame *f = &o->u.frames[frame];
	const struct elf_export *e;

	if (frame >= o->u.n || !f->place.file)
		return false;
	e = elf_file_export(f->place.file, unwound_lookup(f));
	return e && !strcmp(e->name, name);
}

static bool frame_has(struct on_stack *o, size_t frame, uint64_t word)
{
	uint64_t from = o->u.frames[frame].sp, to, value;

	if (frame + 1 >= o->u.n)
		return false;
	to = o->u.frames[frame + 1].sp;
	if (to - from > FRAME_BYTES)
		to = from + FRAME_BYTES;
	for (uint64_t at = from; at + 8 <= to; at += 8) {
		if (!memory_word(o->memory, at, &value) && value == word)
			return true;
	}
	return false;
}

struct search {
	const struct probe_env *env;
	const struct seen *waiter;
	struct function f;
	uint64_t word;
	struct on_stack *o;
	uint64_t deadline_ns;
	size_t n_threads, n_found;
	struct thread_ref found;
};

static bool is_inside(struct search *q)
{
	for (size_t i = 0; i < q->o->u.n; i++) {
		struct function f;

		/* a frame that was guessed is believed if it has the word */
		if (q->o->u.frames[i].guessed && !q->word)
			continue;
		if (on_stack_function(q->o, i, &f) && f.file == q->f.file &&
		    f.start == q->f.start && (!q->word || frame_has(q->o, i, q->word)))
			return true;
	}
	return false;
}

static int look_at(void *ctx, pid_t tid)
{
	struct search *q = ctx;
	struct seen s;

	if (++q->n_threads > THREADS_MAX || os_now_ns() > q->deadline_ns)
		return -E2BIG;
	if (q->env->way->look(q->env->way_self, q->waiter->ref.pid, tid, &s))
		return 0;
	if (s.syscall == q->waiter->syscall && s.args[0] == q->waiter->args[0])
		return 0;
	if (on_stack_walk(q->o, q->env->os, &s) || !is_inside(q))
		return 0;
	q->found = s.ref;
	q->n_found++;
	return 0;
}

int on_stack_find(const struct probe_env *env, const struct seen *s, const struct function *f,
		  uint64_t word, struct thread_ref *ret)
{
	struct search q = {
		.env = env,
		.waiter = s,
		.f = *f,
		.word = word,
		.deadline_ns = os_now_ns() + FIND_NS,
	};
	int r = on_stack_new(&q.o);

	if (r)
		return r;
	r = proc_each_tid(env->os->proc_fd, s->ref.pid, look_at, &q);
	on_stack_free(q.o);
	if (r || q.n_found != 1)
		return 0;
	*ret = q.found;
	return 1;
}
