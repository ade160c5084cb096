// SPDX-License-Identifier: GPL-2.0
#include "offline_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "debuginfod.h"
#include "exit_status.h"
#include "message.h"
#include "os/parser_files.h"

#define SYSTEM_DEBUG_DIR "/usr/lib/debug"

/* All that was given, with a colon after each. */
static char *joined(const struct options *o)
{
	size_t size = 1;
	char *text, *end;

	for (size_t i = 0; o->debug_dirs[i]; i++)
		size += strlen(o->debug_dirs[i]) + 1;
	text = end = calloc(1, size);
	for (size_t i = 0; text && o->debug_dirs[i]; i++) {
		end = stpcpy(end, o->debug_dirs[i]);
		*end++ = ':';
	}
	return text;
}

static int cut_up(const struct options *o, struct offline_names *n)
{
	size_t room = 2, dirs = 0;
	char *save = NULL;

	n->text = joined(o);
	for (const char *c = n->text; c && *c; c++)
		room += *c == ':';
	n->dirs = n->text ? calloc(room, sizeof(*n->dirs)) : NULL;
	if (!n->dirs)
		return -1;
	for (char *dir = strtok_r(n->text, ":", &save); dir; dir = strtok_r(NULL, ":", &save))
		n->dirs[dirs++] = dir;
	if (access(SYSTEM_DEBUG_DIR "/.build-id", X_OK) == 0)
		n->dirs[dirs] = SYSTEM_DEBUG_DIR;
	return 0;
}

int offline_names_open(const struct options *o, struct offline_names *ret)
{
	const char *bad = NULL, *why;
	int err;

	*ret = (struct offline_names){0};
	why = o->debuginfod ? debuginfod_new(&ret->debuginfod) : NULL;
	if (why) {
		error_line("--debuginfod: %s", why);
		return EXIT_USAGE;
	}
	err = cut_up(o, ret) ? -ENOMEM : parser_files_new(&ret->parser);
	if (!err)
		err = debug_index_new(ret->dirs, ret->parser, &ret->index, &bad);
	if (!err)
		debug_index_fetch(ret->index, ret->debuginfod);
	if (!err)
		err = symbolizer_new(ret->index, ret->parser, &ret->symbolizer);
	if (!err)
		return 0;
	if (bad)
		error_line("--debug-dir %s: %s", bad, strerror(-err));
	else
		error_line("out of memory");
	offline_names_close(ret);
	return bad ? EXIT_INPUT : EXIT_INTERNAL;
}

void offline_names_close(struct offline_names *n)
{
	symbolizer_free(n->symbolizer);
	debug_index_free(n->index);
	debuginfod_free(n->debuginfod);
	parser_files_free(n->parser);
	free(n->dirs);
	free(n->text);
	*n = (struct offline_names){0};
}
