// SPDX-License-Identifier: GPL-2.0
#include "debuginfod.h"

#ifdef HAVE_DLOPEN
#include <dlfcn.h>
#endif
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

/* elfutils/debuginfod.h, of what is used: the library need not be there, now or when built. */
typedef struct debuginfod_client client;

struct debuginfod {
	void *library;
	client *client;
	client *(*begin)(void);
	void (*end)(client *c);
	int (*find)(client *c, const unsigned char *build_id, int size, char **path);
	bool failed;
};

#ifdef HAVE_DLOPEN
static const char *load(struct debuginfod *d)
{
	const struct {
		const char *name;
		void *at;
	} functions[] = {
		{"debuginfod_begin", &d->begin},
		{"debuginfod_end", &d->end},
		{"debuginfod_find_debuginfo", &d->find},
	};

	d->library = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!d->library)
		return "needs libdebuginfod.so.1, which is not installed here";
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *found = dlsym(d->library, functions[i].name);

		if (!found)
			return "the libdebuginfod that is installed here is another one";
		memcpy(functions[i].at, &found, sizeof(found));
	}
	d->client = d->begin();
	return d->client ? NULL : "libdebuginfod does not start";
}
#else
static const char *load(struct debuginfod *d)
{
	(void)d;
	return "this program is static, and has no libdebuginfod";
}
#endif

const char *debuginfod_new(struct debuginfod **ret)
{
	const char *urls = getenv("DEBUGINFOD_URLS"), *why;
	struct debuginfod *d;

	if (!urls || !*urls)
		return "DEBUGINFOD_URLS names no server";
	d = calloc(1, sizeof(*d));
	why = d ? load(d) : "out of memory";
	if (why)
		debuginfod_free(d);
	else
		*ret = d;
	return why;
}

void debuginfod_free(struct debuginfod *d)
{
	if (!d)
		return;
	if (d->client)
		d->end(d->client);
	/* the library stays: what it has loaded itself may not bear to go */
	free(d);
}

int debuginfod_open(struct debuginfod *d, const char *build_id)
{
	int fd;

	if (d->failed)
		return -ENOENT;
	/* size 0: it is in hex */
	fd = d->find(d->client, (const unsigned char *)build_id, 0, NULL);
	if (fd < 0 && fd != -ENOENT) {
		d->failed = true;
		error_line("debuginfod: build-id %s: %s; no server is asked again", build_id,
			   strerror(-fd));
	}
	return fd < 0 ? -ENOENT : fd;
}
