// SPDX-License-Identifier: GPL-2.0
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../message.h"

#define FILE_MAX 65536

char *secret_path(const char *file)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char *path = NULL;

	if (!file)
		return NULL;
	if (strchr(file, '/') || !dir)
		return strdup(file);
	return asprintf(&path, "%s/%s", dir, file) < 0 ? NULL : path;
}

/* Ended by NUL; NULL with errno. Never waits for a FIFO. */
static char *read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = fd < 0 ? NULL : malloc(FILE_MAX + 1);
	size_t n = 0;
	ssize_t r = -1;

	while (text && n < FILE_MAX && (r = read(fd, text + n, FILE_MAX - n)) > 0)
		n += (size_t)r;
	if (text)
		text[n] = '\0';
	if (text && (r < 0 || n == FILE_MAX)) {
		errno = r < 0 ? errno : EFBIG;
		free(text);
		text = NULL;
	}
	if (fd >= 0) {
		int kept = errno;

		close(fd);
		errno = kept;
	}
	return text;
}

/* A name of letters and the like, then a colon; no control characters. */
static int is_header(const char *line)
{
	size_t n = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				"!#$%&'*+-.^_`|~");

	if (!n || line[n] != ':')
		return 0;
	for (const char *at = line + n; *at; at++) {
		if (((unsigned char)*at < 0x20 && *at != '\t') || *at == 0x7f)
			return 0;
	}
	return 1;
}

int secret_check(const char *option, const char *file)
{
	char *path = file && (strchr(file, '/') || getenv("CREDENTIALS_DIRECTORY"))
			     ? secret_path(file)
			     : NULL;
	int err = path && access(path, R_OK) != 0 ? -errno : 0;

	if (err)
		error_line("--%s: cannot read %s: %s", option, path, strerror(-err));
	free(path);
	return err;
}

const char *secret_headers_read(const char *path, struct secret_headers *ret)
{
	char *rest = NULL, *line;
	size_t n = 0;

	*ret = (struct secret_headers){.text = read_file(path)};
	if (!ret->text)
		return strerror(errno);
	for (line = strtok_r(ret->text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		size_t len = strlen(line);

		while (len && strchr(" \t\r", line[len - 1]))
			line[--len] = '\0';
		if (!*line || *line == '#')
			continue;
		if (n == SECRET_HEADERS_MAX)
			return "there are more than 32 headers in it";
		if (!is_header(line))
			return "a line of it is not \"Name: value\"";
		ret->list[n++] = line;
	}
	return NULL;
}

void secret_headers_free(struct secret_headers *h)
{
	free(h->text);
	*h = (struct secret_headers){.text = NULL};
}
