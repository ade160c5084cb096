// SPDX-License-Identifier: GPL-2.0
/*
 * Which fields a fact has in a trace. Add fields, never rename or drop them:
 * traces live longer than programs.
 */
#include "codec.h"

#include "../core/words.h"

/* The words are typed by their enums; the table wants one type. */
/* NOLINTBEGIN(bugprone-macro-parentheses): the name of a type cannot stand in parentheses */
#define WORD(fn, en, from)                                                                         \
	static const char *fn##_int(int v)                                                         \
	{                                                                                          \
		return fn((enum en)v);                                                             \
	}                                                                                          \
	static int fn##_from(const char *w)                                                        \
	{                                                                                          \
		return (int)from(w);                                                               \
	}
/* NOLINTEND(bugprone-macro-parentheses) */
WORD(word_class, wait_class, class_from_word)
WORD(word_evidence, evidence, evidence_from_word)
WORD(word_since, since_quality, since_from_word)
WORD(word_activity, activity, activity_from_word)
WORD(word_note, note_level, note_from_word)
WORD(word_reentry, reentry_sort, reentry_from_word)
WORD(word_frame_how, frame_how, frame_how_from_word)

#define F(m, n, t, need)                                                                           \
	{                                                                                          \
		n, t, offsetof(struct fact, m), need, NULL, NULL                                   \
	}
#define W(m, n, fn)                                                                                \
	{                                                                                          \
		n, FIELD_WORD, offsetof(struct fact, m), true, fn##_int, fn##_from                 \
	}
#define END                                                                                        \
	{                                                                                          \
		NULL, 0, 0, false, NULL, NULL                                                      \
	}

static const struct field none[] = {END};

static const struct field session[] = {
	F(session.version, "version", FIELD_STRING, true),
	F(session.host, "host", FIELD_STRING, false),
	F(session.kernel, "kernel", FIELD_STRING, false),
	F(session.arch, "arch", FIELD_STRING, false),
	F(session.via, "via", FIELD_STRING, true),
	F(session.hooks, "hooks", FIELD_STRING, true),
	F(session.target, "target", FIELD_STRING, true),
	F(session.target_pid, "target_pid", FIELD_I32, false),
	F(session.threshold_ns, "threshold_ns", FIELD_U64, true),
	F(session.now_ns, "now_ns", FIELD_U64, true),
	F(session.wall_ns, "wall_ns", FIELD_U64, true),
	F(session.utc_offset_s, "utc_offset_s", FIELD_I32, false),
	F(session.once, "once", FIELD_BOOL, false),
	F(session.include_parked, "include_parked", FIELD_BOOL, false),
	F(session.machine_id, "machine_id", FIELD_STRING, false),
	F(session.boot_id, "boot_id", FIELD_STRING, false),
	END,
};

static const struct field note[] = {
	W(note.level, "level", word_note),
	F(note.text, "text", FIELD_STRING, true),
	END,
};

static const struct field tick[] = {
	F(tick.now_ns, "now_ns", FIELD_U64, true),
	F(tick.wall_ns, "wall_ns", FIELD_U64, true),
	F(tick.threads, "threads", FIELD_U32, false),
	F(tick.parked, "parked", FIELD_U32, false),
	END,
};

static const struct field process[] = {
	F(process.pid, "pid", FIELD_I32, true),
	F(process.start, "start", FIELD_U64, false),
	F(process.comm, "comm", FIELD_STRING, false),
	F(process.exe, "exe", FIELD_STRING, false),
	F(process.threads, "threads", FIELD_U32, false),
	F(process.unused, "unused", FIELD_U32, false),
	F(process.ns_pid, "ns_pid", FIELD_I32, false),
	F(process.cgroup, "cgroup", FIELD_STRING, false),
	F(process.unit, "unit", FIELD_STRING, false),
	END,
};

static const struct field thread[] = {
	F(thread.ref, "ref", FIELD_REF, true),
	F(thread.comm, "comm", FIELD_STRING, false),
	F(thread.state, "state", FIELD_CHAR, true),
	W(thread.activity, "activity", word_activity),
	F(thread.doing, "doing", FIELD_STRING, true),
	F(thread.syscall, "syscall", FIELD_I32, true),
	F(thread.sp, "sp", FIELD_U64, false),
	F(thread.nvcsw, "nvcsw", FIELD_U64, false),
	F(thread.nivcsw, "nivcsw", FIELD_U64, false),
	F(thread.ran_ns, "ran_ns", FIELD_U64, false),
	F(thread.ran_wall_ns, "ran_wall_ns", FIELD_U64, false),
	F(thread.cpu_ns, "cpu_ns", FIELD_U64, false),
	F(thread.left_ns, "left_ns", FIELD_U64, false),
	F(thread.timed, "timed", FIELD_BOOL, false),
	END,
};

static const struct field resource[] = {
	F(resource.key, "key", FIELD_STRING, true),
	F(resource.kind, "kind", FIELD_STRING, true),
	W(resource.class, "class", word_class),
	F(resource.name, "name", FIELD_STRING, true),
	F(resource.detail, "detail", FIELD_STRING, false),
	F(resource, "state", FIELD_NUMBERS, false),
	END,
};

static const struct field wait[] = {
	F(wait.ref, "ref", FIELD_REF, true),
	F(wait.resource, "resource", FIELD_STRING, true),
	F(wait.verb, "verb", FIELD_STRING, true),
	F(wait.since_ns, "since_ns", FIELD_U64, false),
	F(wait.since_wall_ns, "since_wall_ns", FIELD_U64, false),
	W(wait.quality, "quality", word_since),
	F(wait.before, "before", FIELD_BOOL, false),
	F(wait.tries, "tries", FIELD_U32, false),
	F(wait.habit.waits, "past_waits", FIELD_U32, false),
	F(wait.habit.longest_ns, "past_longest_ns", FIELD_U64, false),
	F(wait.habit.first_ns, "past_first_ns", FIELD_U64, false),
	F(wait.habit.others, "others_calls", FIELD_U64, false),
	F(wait.habit.others_then, "others_calls_then", FIELD_U64, false),
	F(wait.habit.then_ns, "then_ns", FIELD_U64, false),
	F(wait.habit.alone, "alone", FIELD_BOOL, false),
	END,
};

static const struct field hold[] = {
	F(hold.resource, "resource", FIELD_STRING, true),
	F(hold.ref, "ref", FIELD_REF, true),
	W(hold.evidence, "evidence", word_evidence),
	F(hold.why, "why", FIELD_STRING, true),
	F(hold.gone, "gone", FIELD_BOOL, false),
	F(hold.copied, "copied", FIELD_BOOL, false),
	{"reentered", FIELD_WORD, offsetof(struct fact, hold.reentered), false, word_reentry_int,
	 word_reentry_from},
	F(hold.taken_ns, "taken_ns", FIELD_U64, false),
	F(hold.taken_wall_ns, "taken_wall_ns", FIELD_U64, false),
	F(hold.taken_at, "taken_at", FIELD_STRING, false),
	F(hold.taken_module, "taken_module", FIELD_STRING, false),
	F(hold.taken_build_id, "taken_build_id", FIELD_STRING, false),
	F(hold.taken_offset, "taken_offset", FIELD_U64, false),
	END,
};

static const struct field lost[] = {
	F(lost.reason, "reason", FIELD_STRING, true),
	F(lost.count, "count", FIELD_U64, true),
	END,
};

static const struct field stack[] = {
	F(stack.ref, "ref", FIELD_REF, true),
	F(stack, "frames", FIELD_FRAMES, false),
	F(stack.complete, "complete", FIELD_BOOL, false),
	F(stack.note, "note", FIELD_STRING, false),
	F(stack.names_later, "names_later", FIELD_BOOL, false),
	END,
};

static const struct field end[] = {
	F(end.why, "why", FIELD_STRING, true),
	F(end.now_ns, "now_ns", FIELD_U64, true),
	F(end.wall_ns, "wall_ns", FIELD_U64, true),
	END,
};

static const struct field stall[] = {
	F(stall.id, "id", FIELD_STRING, true),
	F(stall.rule, "rule", FIELD_STRING, true),
	F(stall.signature, "signature", FIELD_STRING, true),
	F(stall.signature_partial, "signature_partial", FIELD_BOOL, false),
	F(stall.root_key, "root_key", FIELD_U64, false),
	F(stall.identity, "identity", FIELD_U64, false),
	F(stall.times, "times", FIELD_U32, true),
	F(stall.level, "level", FIELD_U32, false),
	F(stall.changes, "changes", FIELD_U32, false),
	F(stall.since_ns, "since_ns", FIELD_U64, false),
	F(stall.since_wall_ns, "since_wall_ns", FIELD_U64, false),
	W(stall.quality, "quality", word_since),
	F(stall.before, "before", FIELD_BOOL, false),
	F(stall.seen_ns, "seen_ns", FIELD_U64, false),
	F(stall.last_ns, "last_ns", FIELD_U64, true),
	F(stall.last_wall_ns, "last_wall_ns", FIELD_U64, false),
	END,
};

static const struct field unseen[] = {
	F(unseen.hook, "hook", FIELD_STRING, true),
	F(unseen.what, "what", FIELD_STRING, true),
	F(unseen.since_ns, "since_ns", FIELD_U64, false),
	F(unseen.since_wall_ns, "since_wall_ns", FIELD_U64, false),
	END,
};

static const struct field stall_wait[] = {
	F(stall_wait.stall, "stall", FIELD_STRING, true),
	F(stall_wait.ref, "ref", FIELD_REF, true),
	F(stall_wait.resource, "resource", FIELD_STRING, true),
	F(stall_wait.nvcsw, "nvcsw", FIELD_U64, false),
	F(stall_wait.trigger, "trigger", FIELD_BOOL, false),
	END,
};

#define FRAME(m, t)                                                                                \
	{                                                                                          \
#m, t, offsetof(struct fact_frame, m), false, NULL, NULL                           \
	}
const struct field frame_fields[] = {
	FRAME(module, FIELD_STRING),
	FRAME(build_id, FIELD_STRING),
	FRAME(offset, FIELD_U64),
	FRAME(symbol, FIELD_STRING),
	FRAME(symbol_offset, FIELD_U64),
	FRAME(file, FIELD_STRING),
	FRAME(line, FIELD_U32),
	FRAME(guessed, FIELD_BOOL),
	FRAME(inlined, FIELD_BOOL),
	FRAME(interrupted, FIELD_BOOL),
	{"how", FIELD_WORD, offsetof(struct fact_frame, how), false, word_frame_how_int,
	 word_frame_how_from},
	END,
};

static const struct field *const fields[] = {
	[FACT_SESSION] = session, [FACT_NOTE] = note,	  [FACT_TICK] = tick,
	[FACT_PROCESS] = process, [FACT_THREAD] = thread, [FACT_RESOURCE] = resource,
	[FACT_WAIT] = wait,	  [FACT_HOLD] = hold,	  [FACT_LOST] = lost,
	[FACT_LOOKED] = none,	  [FACT_STACK] = stack,	  [FACT_DETAILED] = none,
	[FACT_END] = end,	  [FACT_STALL] = stall,	  [FACT_STALL_WAIT] = stall_wait,
	[FACT_UNSEEN] = unseen,
};
_Static_assert(sizeof(fields) / sizeof(fields[0]) == _FACT_MAX, "a type of fact has no fields");

const struct field *fields_of(enum fact_type type)
{
	return (int)type > 0 && type < _FACT_MAX ? fields[type] : NULL;
}
