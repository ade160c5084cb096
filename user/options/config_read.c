// SPDX-License-Identifier: GPL-2.0
/*
 * The files of a configuration, line by line. Whoever may write them may tell
 * root what to do, but a slip in one shall neither hang nor crash a service.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_private.h"
#include "../core/arena.h"

#define FILE_MAX  (1U << 20)
#define FILES_MAX 1000

void config_error(struct config *c, const char *file, unsigned int line, const char *format, ...)
{
	char text[700], *whole;
	va_list args;
	int n;

	if (c->n_errors == CONFIG_ERRORS_MAX)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	n = line ? asprintf(&whole, "%s:%u: %s", file, line, text)
		 : asprintf(&whole, "%s: %s", file, text);
	/* without memory for the text, there must still be an error */
	c->errors[c->n_errors++] = n < 0 ? NULL : whole;
}

static int add(struct config *c, const struct option_row *row, const char *value, size_t n,
	       const char *file, unsigned int line)
{
	int err = array_room(&c->settings, &c->cap_settings, c->n_settings, sizeof(*c->settings));
	char *copy = err ? NULL : strndup(value, n);

	if (!copy)
		return -ENOMEM;
	c->settings[c->n_settings++] = (struct config_setting){row, copy, file, line};
	return 0;
}

static bool is_space(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r';
}

static void trim(const char **at, size_t *n)
{
	while (*n && is_space(**at)) {
		(*at)++;
		(*n)--;
	}
	while (*n && is_space((*at)[*n - 1]))
		(*n)--;
}

static bool has_control(const char *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (((unsigned char)at[i] < 0x20 && at[i] != '\t') || at[i] == 0x7f)
			return true;
	}
	return false;
}

static int read_line(struct config *c, const struct config_kind *kind, const char *at, size_t n,
		     const char *file, unsigned int line)
{
	const struct option_row *row;
	const char *value;
	size_t n_key, n_value;

	trim(&at, &n);
	if (!n || *at == '#' || *at == ';')
		return 0;
	if (has_control(at, n)) {
		config_error(c, file, line, "there is a control character in this line");
		return 0;
	}
	value = memchr(at, '=', n);
	if (!value) {
		config_error(c, file, line, "%.*s: must be KEY = VALUE, or begin with #",
			     n > 60 ? 60 : (int)n, at);
		return 0;
	}
	n_key = (size_t)(value - at);
	n_value = n - n_key - 1;
	value++;
	trim(&at, &n_key);
	trim(&value, &n_value);
	row = kind->key(at, n_key);
	if (!row) {
		config_error(c, file, line, "%.*s: is not a key: see %s",
			     n_key > 60 ? 60 : (int)n_key, at, kind->page);
		return 0;
	}
	return add(c, row, value, n_value, file, line);
}

static int read_lines(struct config *c, const struct config_kind *kind, const char *text, size_t n,
		      const char *file)
{
	unsigned int line = 1;
	int err = 0;

	/* the mark that some editors put first */
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		n -= 3;
	}
	for (; n && !err; line++) {
		const char *end = memchr(text, '\n', n);
		size_t len = end ? (size_t)(end - text) : n;

		err = read_line(c, kind, text, len, file, line);
		len += end ? 1 : 0;
		text += len;
		n -= len;
	}
	return err;
}

/* What a file holds, to be freed; NULL after an error was noted. Never waits for a FIFO. */
static char *read_bytes(struct config *c, const char *file, size_t *ret_n)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *bytes = NULL;
	size_t n = 0;
	ssize_t r = -1;
	struct stat st;

	errno = fd < 0 ? errno : 0;
	if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	else if (fd >= 0 && !errno)
		bytes = malloc(FILE_MAX + 1);
	while (bytes && n <= FILE_MAX && (r = read(fd, bytes + n, FILE_MAX + 1 - n)) > 0)
		n += (size_t)r;
	if (!bytes || r < 0 || n > FILE_MAX) {
		c->unreadable = true;
		config_error(c, file, 0, "cannot be read: %s",
			     n > FILE_MAX      ? "it is larger than 1 MiB"
			     : errno == EINVAL ? "it is not a file"
					       : strerror(errno));
		free(bytes);
		bytes = NULL;
	}
	if (fd >= 0)
		close(fd);
	*ret_n = n;
	return bytes;
}

/* Takes over the name. */
static int read_file(struct config *c, const struct config_kind *kind, char *file)
{
	char *bytes;
	size_t n;
	int err = file ? array_room(&c->files, &c->cap_files, c->n_files, sizeof(*c->files))
		       : -ENOMEM;

	if (err) {
		free(file);
		return err;
	}
	c->files[c->n_files++] = file;
	bytes = read_bytes(c, file, &n);
	if (bytes)
		err = read_lines(c, kind, bytes, n, file);
	free(bytes);
	return err;
}

static int is_dropin(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 5 && d->d_name[0] != '.' && strcmp(d->d_name + n - 5, ".conf") == 0;
}

/* By bytes, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int config_read_all(struct config *c, const struct config_kind *kind, const char *path)
{
	struct dirent **names = NULL;
	int err = read_file(c, kind, strdup(path)), n = 0;
	char *dir = NULL;

	if (!err && asprintf(&dir, "%s.d", path) < 0)
		return -ENOMEM;
	if (!err)
		n = scandir(dir, &names, is_dropin, by_name);
	if (n < 0 && errno != ENOENT) {
		c->unreadable = true;
		config_error(c, dir, 0, "cannot be read: %s", strerror(errno));
	}
	if (n > FILES_MAX)
		config_error(c, dir, 0, "more than %d files", FILES_MAX);
	for (int i = 0; i < n; i++) {
		char *file = NULL;

		if (!err && i < FILES_MAX)
			err = asprintf(&file, "%s/%s", dir, names[i]->d_name) < 0
				      ? -ENOMEM
				      : read_file(c, kind, file);
		free(names[i]);
	}
	free(names);
	free(dir);
	return err;
}
