// SPDX-License-Identifier: GPL-2.0
/*
 * The journal of this machine. libsystemd is loaded when it is needed, so that
 * the program that watches does not carry it about.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "journal_entry.h"

#define LIBRARY "libsystemd.so.0"
#define SOCKET	"/run/systemd/journal/socket"

#ifdef HAVE_LIBSYSTEMD
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

struct journal {
	void *library;
	__typeof__(sd_journal_sendv) *sendv;
};

/* The library calls it a success if there is no journal. */
static int is_there(void)
{
	static const struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = SOCKET};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

static const char *open_journal(const struct settings *s __attribute__((unused)), void **ret)
{
	struct journal *j = calloc(1, sizeof(*j));

	if (!j)
		return "out of memory";
	j->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (j->library)
		*(void **)&j->sendv = dlsym(j->library, "sd_journal_sendv");
	if (!j->sendv) {
		if (j->library)
			dlclose(j->library);
		free(j);
		return "needs " LIBRARY ", which is not installed here";
	}
	*ret = j;
	return NULL;
}

static void send_journal(void *t, const struct item *items, size_t n, struct answer *ret)
{
	const struct journal *j = t;

	for (size_t i = 0; i < n; i++) {
		struct journal_entry entry;
		int err = journal_entry_of(&items[i], &entry);

		if (!err)
			err = is_there();
		if (!err)
			err = j->sendv(entry.parts, (int)entry.n);
		journal_entry_free(&entry);
		if (err) {
			answer_set(ret, ANSWER_LATER, SOCKET ": %s", strerror(-err));
			return;
		}
	}
	answer_set(ret, ANSWER_TAKEN, "%s", "");
}

static void close_journal(void *t)
{
	struct journal *j = t;

	dlclose(j->library);
	free(j);
}

#else

static const char *open_journal(const struct settings *s __attribute__((unused)),
				void **ret __attribute__((unused)))
{
	return "this program was built without libsystemd";
}

static void send_journal(void *t __attribute__((unused)),
			 const struct item *items __attribute__((unused)),
			 size_t n __attribute__((unused)), struct answer *ret)
{
	answer_set(ret, ANSWER_LATER, "built without libsystemd");
}

static void close_journal(void *t __attribute__((unused)))
{
}

#endif

static bool wanted(const struct settings *s)
{
	return s->journal;
}

static bool redacted(const struct settings *s)
{
	return s->journal_redact;
}

const struct target target_journal = {"journal",    wanted,	  redacted,
				      open_journal, send_journal, close_journal};
