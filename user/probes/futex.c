// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "../os/os.h"
#include "../os/unread.h"
#include "futex.h"
#include "hands.h"
#include "musl.h"
#include "owner.h"
#include "state.h"
#include "wait_sites.h"

/* Waits whose word tells nothing: who could end them is not recorded anywhere. */
static const struct futex_sort condvar = {"condvar", CLASS_PARK, "waits for", false, NULL, NULL};
static const struct futex_sort unknown = {"futex", CLASS_PARK, "waits for", false, NULL, NULL};

/* ... unless a user's table of wait sites says that it is a lock. */
static const struct futex_sort named_lock = {"lock", CLASS_LOCK, "waits for", false, NULL, NULL};
static const struct futex_sort named_token = {"lock", CLASS_TOKEN, "waits for", false, NULL, NULL};

/* By what glibc says; the first that recognises the wait is it. */
static const struct {
	enum glibc_wait in;
	const struct futex_sort *sort;
} sorts[] = {
	{GLIBC_MUTEX, &futex_mutex},
	{GLIBC_CONDVAR, &futex_mutex}, /* takes its mutex again
					  before it returns */
	{GLIBC_CONDVAR, &condvar},
	{GLIBC_JOIN, &futex_join},
	{GLIBC_RDLOCK, &futex_rwlock},
	{GLIBC_WRLOCK, &futex_rwlock},
	{GLIBC_SEMAPHORE, &futex_semaphore},
	{GLIBC_BARRIER, &futex_barrier},
	{GLIBC_MUTEX, &futex_pi_parked},
	{GLIBC_ONCE, &futex_once},
	{GLIBC_STDIO, &futex_stdio},
	{GLIBC_MALLOC, &futex_malloc},
	{GLIBC_SYSCALL, &futex_guard},
	{GLIBC_OTHER, &futex_guard}, /* a libstdc++ that has its own system call */
};

#define N_SORTS (sizeof(sorts) / sizeof(*sorts))

/* Of musl, whose stacks tell less: by the memory. */
static const struct futex_sort *const musl_sorts[] = {&musl_join, &musl_mutex, &musl_rwlock, NULL};

static int fill(const struct futex_sort *sort, struct os *os, const struct seen *s,
		const struct futex_call *c, struct wait *w)
{
	int r;

	w->kind = sort->kind;
	w->class = sort->class;
	w->verb = sort->verb;
	w->follow = sort->follow;
	w->address = c->addr;
	if (sort->recognise)
		return sort->recognise(os, s, c, w);
	r = futex_key(os, s, c->addr, c->private, w->key);
	return r ? r : 1;
}

/*
 * Could this be a lock or a join? The word of every glibc lock says 2 or 3 to
 * those who sleep on it, or has the waiters' bit; a join is not private. The
 * rest of the sorts are parking: finding out which costs a walk of the stack
 * for each of a thousand idle threads, so that is left to describe().
 */
static bool may_matter(const struct seen *s, const struct futex_call *c)
{
	uint32_t val = c->val & ~GLIBC_PP_CEILING_MASK;

	if (s->word_taken || s->standstill)
		return true;
	if (futex_may_be_pi_parked(s, c) || (c->cmd == FUTEX_WAIT && (val & 3) == 1))
		return true;
	return !c->private || val == 2 || val == 3 || (c->val & FUTEX_WAITERS);
}

/* As glibc and musl wait for a lock that somebody has. */
static bool looks_contended(const struct futex_call *c)
{
	return c->val == 2 || c->val & FUTEX_WAITERS;
}

static int classify_musl(struct os *os, const struct seen *s, const struct futex_call *c,
			 struct wait *ret, const struct futex_sort **ret_sort)
{
	for (const struct futex_sort *const *sort = musl_sorts; *sort; sort++) {
		int r = fill(*sort, os, s, c, ret);

		*ret_sort = *sort;
		if (r)
			return r;
	}
	return 0;
}

/*
 * A lock by its name alone. A user's word counts; our own rows only name the wait,
 * unless somebody was seen to take it, or none of the threads that could have it goes on:
 * workers of a pool share one for hours.
 */
static const struct futex_sort *named_sort(struct os *os, const struct seen *s,
					   const struct futex_call *c)
{
	bool taken = s->word_taken && c->val == 2;
	bool look = taken || s->standstill || wait_table_has_locks(os->wait_table);
	const struct wait_site *site = look ? wait_site_of(os, s) : NULL;

	/* nothing names it, but it is waited for as a lock of three states is */
	if (!site && s->standstill && c->val == 2)
		return &named_lock;
	if (!site || site->use != USE_LOCK)
		return &unknown;
	return site->users || s->standstill ? &named_lock : taken ? &named_token : &unknown;
}

/* What sort of wait it is, by the function that waits; c->in is set too. */
static int classify(struct os *os, const struct seen *s, struct futex_call *c, struct wait *ret,
		    const struct futex_sort **ret_sort)
{
	struct site site;
	int r = 0;

	if (!site_look(os->sites, os, s, &site) && site.libc == LIBC_GLIBC)
		c->in = glibc_wait_in(site.function);
	if (site.libc == LIBC_STRIPPED && looks_contended(c))
		unread_add(os->unread, os->proc_fd, s->ref.pid, UNREAD_STRIPPED);
	if (site.libc == LIBC_MUSL)
		r = classify_musl(os, s, c, ret, ret_sort);
	for (size_t i = 0; !r && i < N_SORTS; i++) {
		if (sorts[i].in != c->in)
			continue;
		*ret_sort = sorts[i].sort;
		r = fill(sorts[i].sort, os, s, c, ret);
	}
	if (r)
		return r;
	*ret_sort = named_sort(os, s, c);
	return fill(*ret_sort, os, s, c, ret);
}

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	const struct futex_sort *sort;
	struct futex_call c;

	if (!futex_call_of(s, &c))
		return 0;
	/* here the kernel itself keeps the owner in the word: no need to know the library */
	if (c.cmd == FUTEX_LOCK_PI || c.cmd == FUTEX_LOCK_PI2)
		return fill(&futex_pi_mutex, os, s, &c, ret);
	return may_matter(s, &c) || wait_table_has_locks(os->wait_table)
		       ? classify(os, s, &c, ret, &sort)
		       : fill(&unknown, os, s, &c, ret);
}

/* Of a lock that does not say who has it: all who could have it wait. */
static int state_in_standstill(const struct probe_env *env, const struct seen *s,
			       const struct wait *w)
{
	char why[160];

	if (s->standstill == 1 && owner_may_be_of_parent(env->os, s->ref.pid))
		return state_nobody(
			env, w,
			"no owner is recorded for this kind of lock; the process has no "
			"other thread, but fork may have copied the lock while one of "
			"the parent's had it");
	if (s->standstill == 1)
		return state_hold(env, w, &s->ref, EVIDENCE_INFERRED,
				  "the process has no other thread that could have it");
	if (s->other.pid)
		return state_hold(
			env, w, &s->other, EVIDENCE_INFERRED,
			"the only other thread of the process, and it waits for a lock too");
	snprintf(why, sizeof(why),
		 "no owner is recorded for this kind of lock; all %u threads of the process wait "
		 "for each other, so whoever has it cannot give it back",
		 s->standstill);
	return state_nobody(env, w, why);
}

/* What nobody's lock word tells; the library is named, if the stack does. */
static int describe_nameless(const struct probe_env *env, const struct seen *s,
			     const struct wait *w, const char *what)
{
	const struct wait_site *known = wait_site_of(env->os, s);
	char name[FUTEX_NAME], of[WAIT_SITE_NAME];
	struct site site;
	char why[HANDS_WHY] = "no owner is recorded for this kind of lock";
	bool stripped = site_look(env->os->sites, env->os, s, &site) && site.libc == LIBC_STRIPPED;
	int r;

	if (known) {
		wait_site_name(known, of);
		snprintf(name, sizeof(name), "%s of %s", what, of);
	} else if (strcmp(what, "futex") != 0) {
		futex_name(env->os, s, what, w->address, name);
	} else if (site.function[0]) {
		snprintf(name, sizeof(name), "futex of unknown sort in %s (%s)", site.function,
			 site.module);
	} else {
		futex_name(env->os, s, "futex of unknown sort", w->address, name);
	}
	r = state_resource(env, w, name, NULL, NULL, 0);
	/* of a lock of three states (futex.bpf.c) whoever waited for it must wake others */
	if (!r && !strcmp(what, "lock") && (uint32_t)s->args[2] == 2)
		r = hands_state_taker(env, s, w, 0, why);
	if (r)
		return r < 0 ? r : 0;
	if (s->standstill)
		return state_in_standstill(env, s, w);
	if (stripped)
		snprintf(why, sizeof(why), "%s", UNREAD_STRIPPED);
	else
		hands_add_waker(env, s, w, why);
	return state_nobody(env, w, why);
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	const struct futex_sort *sort;
	struct wait whole = *w;
	struct futex_call c;
	int r;

	if (!futex_call_of(s, &c))
		return -ESTALE;
	if (c.cmd == FUTEX_LOCK_PI || c.cmd == FUTEX_LOCK_PI2)
		return futex_pi_mutex.describe(env, s, w);
	r = classify(env->os, s, &c, &whole, &sort);
	if (r < 0)
		return r;
	/* the resource is the one that was recognised; a parked wait may turn out to be a finer
	 * sort */
	if (strcmp(whole.key, w->key) != 0)
		return -ESTALE;
	return sort->describe ? sort->describe(env, s, &whole)
			      : describe_nameless(env, s, &whole, sort->kind);
}

static const struct probe_kind kinds[] = {
	{"mutex", CLASS_LOCK, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{"rwlock", CLASS_LOCK, KNOWS_EXACT | KNOWS_INFERRED, KNOWS_TRACKED},
	{"thread", CLASS_PARK, KNOWS_EXACT, 0},
	{"condvar", CLASS_PARK, KNOWS_NOBODY, 0},
	{"semaphore", CLASS_PARK, KNOWS_NOBODY, 0},
	{"semaphore", CLASS_TOKEN, KNOWS_NOBODY, KNOWS_TRACKED},
	{"barrier", CLASS_PARK, KNOWS_NOBODY, 0},
	{"futex", CLASS_PARK, KNOWS_NOBODY, 0},
	{"stdio-lock", CLASS_LOCK, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{"lock", CLASS_LOCK, KNOWS_INFERRED, KNOWS_INFERRED},
	{"lock", CLASS_TOKEN, KNOWS_NOBODY, KNOWS_INFERRED},
	{"malloc-lock", CLASS_LOCK, KNOWS_INFERRED, 0},
	{"once", CLASS_LOCK, KNOWS_INFERRED, 0},
	{"static-init", CLASS_LOCK, KNOWS_INFERRED, 0},
	{0},
};
static const int syscalls[] = {SYS_futex, SYS_restart_syscall, -1};

const struct probe probe_futex = {
	.kind = LT_KIND_FUTEX,
	.name = "futex",
	.kinds = kinds,
	.syscalls = syscalls,
	.unseen = "when waits on locks and for threads began, and how long threads used to wait "
		  "(so nothing is told as abnormal-wait)",
	.recognise = recognise,
	.describe = describe,
};
