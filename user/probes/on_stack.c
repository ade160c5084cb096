// SPDX-License-Identifier: GPL-2.0
#include "on_stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../os/os.h"
#include "../os/proc.h"
#include "../os/reader.h"
#include "../ways/way.h"
#include "code_mentions.h"

#define THREADS_MAX 256 /* a walk takes up to a millisecond */
#define FRAMES_MAX  64
#define FIND_NS	    500000000ull
#define FRAME_BYTES 1024 /* of a frame in which the word is looked for */
#define CODE_BYTES  (16 << 10)
#define CALL_BYTES  512 /* from where a variable is begun to where its constructor is */

int on_stack_new(struct on_stack **ret)
{
	struct on_stack *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	*ret = o;
	return 0;
}

void on_stack_free(struct on_stack *o)
{
	free(o);
}

int on_stack_walk(struct on_stack *o, struct os *os, const struct seen *s)
{
	const struct parser_walking how = {.max = FRAMES_MAX, .functions = true};
	ssize_t n;

	o->u.n = 0;
	o->n_top = 0;
	if (!s->sp || s->compat)
		return -ENOENT;
	n = reader_memory(os->reader, s->ref.pid, s->sp, o->top, sizeof(o->top));
	if (n < 0)
		return n;
	o->os = os;
	o->pid = s->ref.pid;
	o->sp = s->sp;
	o->n_top = n;
	return parser_walk(os, s, &how, &o->u);
}

bool on_stack_function(const struct on_stack *o, size_t frame, struct function *ret)
{
	const struct parser_frame *f = &o->u.frames[frame];

	if (frame >= o->u.n || !f->file || !f->has_function)
		return false;
	*ret = (struct function){f->file, f->function};
	return true;
}

bool on_stack_is(const struct on_stack *o, size_t frame, const char *name)
{
	return frame < o->u.n && !strcmp(o->u.frames[frame].export, name);
}

/* A frame on another stack (a signal's) is not in what was copied. */
static const uint8_t *bytes_at(const struct on_stack *o, uint64_t at, uint8_t *buf, size_t *size)
{
	ssize_t n;

	if (at >= o->sp && *size <= o->n_top && at - o->sp <= o->n_top - *size)
		return o->top + (at - o->sp);
	n = reader_memory(o->os->reader, o->pid, at, buf, *size);
	*size = n > 0 ? n : 0;
	return buf;
}

static bool frame_has(const struct on_stack *o, size_t frame, uint64_t word)
{
	uint8_t buf[FRAME_BYTES];
	const uint8_t *bytes;
	uint64_t from, to;
	size_t size;

	if (frame + 1 >= o->u.n)
		return false;
	from = o->u.frames[frame].sp;
	to = o->u.frames[frame + 1].sp;
	size = to - from > FRAME_BYTES ? FRAME_BYTES : to - from;
	bytes = size ? bytes_at(o, from, buf, &size) : buf;
	for (size_t at = 0; at + sizeof(word) <= size; at += sizeof(word)) {
		if (!memcmp(bytes + at, &word, sizeof(word)))
			return true;
	}
	return false;
}

struct search {
	const struct probe_env *env;
	const struct seen *waiter;
	const struct on_stack_want *want;
	struct on_stack *o;
	uint64_t deadline_ns;
	size_t n_threads, n_found;
	struct thread_ref found;
};

/* The code of a frame's function, up to where it is. */
static bool names_data(const struct on_stack *o, size_t frame, uint64_t data)
{
	const struct parser_frame *f = &o->u.frames[frame];
	uint8_t code[CODE_BYTES];
	uint64_t size = f->addr - f->function;
	ssize_t n;

	if (f->addr <= f->function)
		return false;
	if (size > sizeof(code))
		size = sizeof(code);
	n = reader_memory(o->os->reader, o->pid, f->pc - size, code, size);
	return n > 0 && code_mentions(code, n, f->pc - size, data);
}

/*
 * The code that leads to where a frame is, at most CALL_BYTES of it: does it name the
 * address, and then make the same call as that of the innermost frame?
 */
static bool makes_same_call(const struct on_stack *o, size_t inner, size_t frame, uint64_t data)
{
	uint64_t at = o->u.frames[frame].pc - CALL_BYTES, ra = o->u.frames[inner].pc;
	uint8_t code[CALL_BYTES], call[CALL_MAX];
	uint64_t target, found;

	if (reader_memory_all(o->os->reader, o->pid, ra - CALL_MAX, call, CALL_MAX) ||
	    reader_memory_all(o->os->reader, o->pid, at, code, CALL_BYTES))
		return false;
	target = code_call_target(call, CALL_MAX, ra - CALL_MAX);
	for (size_t end = CALL_MAX; target && end <= CALL_BYTES; end++) {
		found = code_call_target(code, end, at);
		if (found == target && code_mentions(code, end, at, data))
			return true;
	}
	return false;
}

static bool is_inside(const struct on_stack *o, const struct on_stack_want *want)
{
	for (size_t i = 0; i < o->u.n; i++) {
		struct function f;

		/* a frame that was guessed is believed if it has the word */
		if (o->u.frames[i].guessed && !want->word)
			continue;
		if (!on_stack_function(o, i, &f) || f.file != want->f.file)
			continue;
		if (f.start == want->f.start && (!want->word || frame_has(o, i, want->word)))
			return true;
		if (want->data && names_data(o, i, want->data))
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
	if (on_stack_walk(q->o, q->env->os, &s) || !is_inside(q->o, q->want))
		return 0;
	q->found = s.ref;
	q->n_found++;
	return 0;
}

int on_stack_find(const struct probe_env *env, const struct seen *s,
		  const struct on_stack_want *want, struct thread_ref *ret)
{
	struct search q = {
		.env = env,
		.waiter = s,
		.want = want,
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

bool on_stack_again(const struct probe_env *env, const struct seen *s, size_t inner,
		    const struct on_stack_want *want)
{
	struct on_stack *o;
	bool found = false;

	if (on_stack_new(&o))
		return false;
	if (on_stack_walk(o, env->os, s))
		o->u.n = 0;
	for (size_t i = inner + 1; i < o->u.n && !found; i++) {
		struct function f;

		if (!on_stack_function(o, i, &f) || f.file != want->f.file)
			continue;
		found = want->data ? !o->u.frames[i].guessed &&
					     makes_same_call(o, inner, i, want->data)
				   : f.start == want->f.start && frame_has(o, i, want->word);
	}
	on_stack_free(o);
	return found;
}
