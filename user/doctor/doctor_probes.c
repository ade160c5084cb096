// SPDX-License-Identifier: GPL-2.0
/*
 * Where probes of lock functions go: of the C library that this program runs with, or
 * of a file that somebody names. Asked of the parser, as when a process is watched.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "../message.h"
#include "../os/os.h"
#include "../os/parser.h"
#include "../ways/text.h"

struct probes {
	struct lock_function found[LOCK_FUNCTIONS];
	int n; /* or -errno */
	char why[128];
};

static void look(const char *path, struct probes *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *failed;
	struct os os;

	ret->n = fd < 0 ? -errno : os_open(&os);
	text_copy(ret->why, sizeof(ret->why), ret->n ? strerror(-ret->n) : "");
	if (ret->n == 0) {
		ret->n = parser_lock_functions(&os, getpid(), fd, ret->found);
		failed = parser_failed(&os);
		if (ret->n < 0)
			text_copy(ret->why, sizeof(ret->why), failed ? failed : strerror(-ret->n));
		os_close(&os);
	}
	if (fd >= 0)
		close(fd);
}

static const char *own_library(void)
{
	Dl_info info;

	return dladdr((void *)pthread_mutex_lock, &info) && info.dli_fname &&
			       lock_functions_likely(info.dli_fname)
		       ? info.dli_fname
		       : NULL;
}

/* "sem_post, sem_trywait" */
static void list_at_entry(const struct probes *p, char *to, size_t size)
{
	size_t n = 0;

	to[0] = '\0';
	for (int i = 0; i < p->n && n < size; i++)
		if (!uprobe_is_emulated(p->found[i].kind))
			n += snprintf(to + n, size - n, "%s%s", n ? ", " : "",
				      lock_function_name(p->found[i].name));
}

void doctor_ask_probes(struct doctor *d)
{
	struct doctor_check *c = doctor_add(d, "cheap probes of locks");
	const char *path = own_library();
	struct probes p = {0};
	char at_entry[200];
	int cheap = 0;

	if (!path) {
		text_copy(c->detail, sizeof(c->detail),
			  "a static program: no C library to look at");
		return;
	}
	look(path, &p);
	if (p.n <= 0) {
		text_copy(c->detail, sizeof(c->detail), p.n ? p.why : "no lock functions");
		return;
	}
	for (int i = 0; i < p.n; i++)
		cheap += uprobe_is_emulated(p.found[i].kind);
	c->answer = cheap ? DOCTOR_YES : DOCTOR_NO;
	list_at_entry(&p, at_entry, sizeof(at_entry));
	if (cheap)
		snprintf(c->detail, sizeof(c->detail), "%d of %d in %s%s%s", cheap, p.n, path,
			 at_entry[0] ? "; at the entry: " : "", at_entry);
	else
		text_copy(c->detail, sizeof(c->detail), uprobe_kind_words(p.found[0].kind));
	text_copy(c->follows, sizeof(c->follows),
		  "each lock that is probed takes two traps instead of one");
}

int doctor_list_probes(const char *path)
{
	struct probes p = {0};

	look(path, &p);
	if (p.n < 0) {
		error_line("cannot look for lock functions in %s: %s", path,
			   p.n == -EBADMSG ? "it is not a library" : p.why);
		return p.n;
	}
	for (int i = 0; i < p.n; i++)
		printf("%-28s 0x%-8" PRIx64 " +%-3d %s%s%s\n", lock_function_name(p.found[i].name),
		       p.found[i].offset, p.found[i].at, uprobe_kind_words(p.found[i].kind),
		       p.found[i].leads_on ? ", to another one" : "",
		       p.found[i].inside ? ", called by others" : "");
	return p.n;
}
