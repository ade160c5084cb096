// SPDX-License-Identifier: GPL-2.0
/*
 * Separate debug files. Only those of the host are used, by build-id and by
 * debug link; they are root's, so they neither hang nor change while they are
 * read, and everybody may read them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parser_source.h"

#define DEBUG_DIR "/usr/lib/debug"
#define HEX_MAX	  128

/* Regular files that anybody may read, and nothing else. */
static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IROTH))
		return fd;
	close(fd);
	return -EINVAL;
}

static int by_build_id(const char *hex)
{
	char path[sizeof(DEBUG_DIR) + HEX_MAX + 32];
	size_t n = strlen(hex);

	if (n < 4 || n > HEX_MAX || strspn(hex, "0123456789abcdef") != n)
		return -EINVAL;
	snprintf(path, sizeof(path), DEBUG_DIR "/.build-id/%.2s/%s.debug", hex, hex + 2);
	return open_regular(path);
}

static int by_link(const struct parser_file *f, const char *link)
{
	char path[sizeof(DEBUG_DIR) + sizeof(f->dir) + SOURCE_LINK + 8];

	if (!f || !link[0] || strchr(link, '/') || strlen(link) >= SOURCE_LINK ||
	    strstr(f->dir, ".."))
		return -EINVAL;
	snprintf(path, sizeof(path), DEBUG_DIR "%s/%s", f->dir, link);
	return open_regular(path);
}

int parser_source_debug(void *ctx, const struct source_debug *wanted)
{
	struct parser_source *s = ctx;

	if (!s->process || s->no_debug || s->n_debug++ >= PARSER_MOST_DEBUG)
		return -EPERM;
	if (wanted->nth)
		return -ENOENT;
	return wanted->build_id ? by_build_id(wanted->build_id)
				: by_link(parser_source_given(s, wanted->file), wanted->link);
}
