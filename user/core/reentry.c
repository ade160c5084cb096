// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <string.h>

#include "code_path.h"
#include "pile.h"
#include "reentry.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What a frame is to the lock that is waited for. */
enum frame_sort {
	FRAME_PLUMBING, /* system calls, standard libraries: nobody's in particular */
	FRAME_LOCK,	/* takes a lock */
	FRAME_PARKED,	/* waits for an event: whatever this is, it is no lock */
	FRAME_CODE,
};

/* ---- One frame ---- */

static bool is_one_of(const struct code_path *p, size_t i, const char *const *names, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		if (code_path_part_is(p, i, names[k]))
			return true;
	}
	return false;
}

/* Standard libraries, and those that all locks of a language are made of. */
static bool is_general(const struct code_path *p)
{
	static const char *const names[] = {
		"std",	      "core",	  "alloc",	 "__gnu_cxx",
		"__cxxabiv1", "lock_api", "parking_lot", "parking_lot_core",
		"spin",	      "boost",	  "absl",	 "folly"};

	return p->n > 1 && is_one_of(p, 0, names, COUNT(names));
}

static bool begins_with_any(const char *s, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!strncmp(s, names[i], strlen(names[i])))
			return true;
	}
	return false;
}

/* Plain functions of the C library, whichever file they are in. */
static bool is_libc(const struct fact_frame *f, const struct code_path *p)
{
	static const char *const functions[] = {"__",	"pthread_", "futex",	   "syscall",
						"sem_", "_IO_",	    "start_thread"};
	static const char *const modules[] = {"libc.so", "libc-", "libpthread", "ld-", "[vdso]"};

	return (f->module && begins_with_any(f->module, modules, COUNT(modules))) ||
	       (p->n == 1 && begins_with_any(p->text, functions, COUNT(functions)));
}

/* A part of a name has this word in it, "RawRwLock", "lock_shared"; but not "block", "unlock". */
static bool has_word(const char *part, size_t n, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= n; i++) {
		size_t k = 0;
		char before = i ? part[i - 1] : '_';

		while (k < len && tolower((unsigned char)part[i + k]) == word[k])
			k++;
		if (k < len)
			continue;
		/* a word of its own: behind a sign, or begun by a capital */
		if (!isalpha((unsigned char)before) ||
		    (isupper((unsigned char)part[i]) && !isupper((unsigned char)before)))
			return true;
	}
	return false;
}

/* Words of the last two parts: the type and its method. */
static bool says(const struct code_path *p, const char *const *words, size_t n)
{
	for (size_t i = p->n > 1 ? p->n - 2 : 0; i < p->n; i++) {
		const char *part;
		size_t len = code_path_part(p, i, &part);

		for (size_t k = 0; k < n; k++) {
			if (has_word(part, len, words[k]))
				return true;
		}
	}
	return false;
}

static enum frame_sort sort_of(const struct fact_frame *f, struct code_path *p)
{
	static const char *const parked[] = {
		"cond",	   "condvar", "condition", "barrier", "semaphore", "latch", "recv",
		"channel", "join",    "future",	   "sem",     "event",	   "once"};
	static const char *const locks[] = {"lock",   "mutex",	   "rwlock",   "rdlock",
					    "wrlock", "clocklock", "timedlock"};
	bool plumbing;

	if (!code_path_of(f->symbol, p))
		return FRAME_PLUMBING;
	plumbing = is_libc(f, p) || is_general(p);
	if (says(p, parked, COUNT(parked)))
		return plumbing ? FRAME_PARKED : FRAME_CODE;
	if (says(p, locks, COUNT(locks)) && strncmp(p->text, "__lll", 5) != 0)
		return FRAME_LOCK;
	return plumbing ? FRAME_PLUMBING : FRAME_CODE;
}

/* ---- A family: what a function and the lock that it takes have in common ---- */

static void copy(char ret[REENTRY_NAME], const char *s, size_t n)
{
	if (n >= REENTRY_NAME)
		n = REENTRY_NAME - 1;
	memcpy(ret, s, n);
	ret[n] = '\0';
}

/* The crate of a program is all of it: "app" of app::main. */
static bool is_whole_program(const struct fact_stack *s, const struct code_path *lock)
{
	for (size_t i = s->n_frames; i-- > 0;) {
		struct code_path p;
		const char *crate;
		size_t n;

		if (!code_path_of(s->frames[i].symbol, &p) || p.n != 2 ||
		    !code_path_part_is(&p, 1, "main"))
			continue;
		n = code_path_part(&p, 0, &crate);
		if (n == lock->end[0] && memcmp(crate, lock->text, n) == 0)
			return true;
	}
	return false;
}

/* Where the type of a lock lives, but for what only says that locks live there. */
static bool family_of_lock(const struct fact_stack *s, const struct code_path *lock,
			   char ret[REENTRY_NAME])
{
	static const char *const inner[] = {"lock",  "locks",  "sync",	 "raw",
					    "mutex", "rwlock", "detail", "internal",
					    "imp",   "inner",  "util",	 "utils"};
	size_t n = lock->n > 2 ? lock->n - 2 : 0;

	if (is_general(lock))
		return false;
	while (n && is_one_of(lock, n - 1, inner, COUNT(inner)))
		n--;
	if (!n || (n == 1 && is_whole_program(s, lock)))
		return false;
	copy(ret, lock->text, lock->end[n - 1]);
	return true;
}

/* The type whose method wants the lock. Types are told from modules by their capital letter. */
static bool family_of_type(const struct code_path *user, char ret[REENTRY_NAME])
{
	const char *type;

	if (user->n < 2)
		return false;
	code_path_part(user, user->n - 2, &type);
	if (!isupper((unsigned char)*type))
		return false;
	copy(ret, user->text, user->end[user->n - 2]);
	return true;
}

/* From frame `from` on: somebody else's code, and then the family again. */
static bool comes_back(const struct fact_stack *s, size_t from, const char *family,
		       struct reentry *ret)
{
	bool other = false;

	for (size_t i = from; i < s->n_frames; i++) {
		struct code_path p;
		enum frame_sort sort = sort_of(&s->frames[i], &p);

		if (!p.n)
			continue;
		if (!code_path_within(&p, family)) {
			other |= sort == FRAME_CODE;
			continue;
		}
		if (!other)
			continue;
		copy(ret->family, family, strlen(family));
		copy(ret->outer, p.text, strlen(p.text));
		return true;
	}
	return false;
}

/* ---- Stacks ---- */

/*
 * The lock that is waited for: from the innermost frame outwards, plumbing and
 * then what takes locks. *ret is its outermost frame that is not general, if any,
 * else empty. Returns the first frame that is neither, 0: it is no lock.
 */
static size_t find_lock(const struct fact_stack *s, struct code_path *ret)
{
	bool found = false;

	ret->n = 0;
	for (size_t i = 0; i < s->n_frames; i++) {
		struct code_path p;
		enum frame_sort sort = sort_of(&s->frames[i], &p);

		if (sort == FRAME_PARKED)
			return 0;
		if (sort == FRAME_CODE)
			return found ? i : 0;
		found |= sort == FRAME_LOCK;
		if (sort == FRAME_LOCK && !is_general(&p) && !is_libc(&s->frames[i], &p))
			*ret = p;
	}
	return 0;
}

bool reentry_find(const struct fact_stack *s, struct reentry *ret)
{
	struct code_path lock, user;
	char family[REENTRY_NAME];
	size_t first = find_lock(s, &lock);

	if (!first || !code_path_of(s->frames[first].symbol, &user))
		return false;
	if (lock.n && family_of_lock(s, &lock, family) && comes_back(s, first, family, ret)) {
		copy(ret->inner, lock.text, strlen(lock.text));
		return true;
	}
	if (!family_of_type(&user, family) || !comes_back(s, first, family, ret))
		return false;
	copy(ret->inner, user.text, strlen(user.text));
	return true;
}

bool reentry_is_rival(const struct fact_stack *s, const char *family)
{
	struct code_path p;
	size_t i = find_lock(s, &p);

	/* who waits for a lock of the family may be in it on that way */
	for (; i && i < s->n_frames; i++) {
		if (sort_of(&s->frames[i], &p) == FRAME_CODE && !code_path_within(&p, family))
			break;
	}
	for (; i < s->n_frames; i++) {
		if (code_path_of(s->frames[i].symbol, &p) && code_path_within(&p, family))
			return true;
	}
	return false;
}

bool reentry_in_signal(const struct fact_stack *s, const char **ret)
{
	for (size_t i = 0; i < s->n_frames; i++) {
		if (!s->frames[i].interrupted)
			continue;
		*ret = s->frames[i].symbol;
		return true;
	}
	return false;
}

const char *pile_place(const struct fact_stack *s)
{
	struct code_path p;

	for (size_t i = 0; i < s->n_frames; i++) {
		if (sort_of(&s->frames[i], &p) == FRAME_CODE)
			return s->frames[i].symbol;
	}
	return NULL;
}
