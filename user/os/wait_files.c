// SPDX-License-Identifier: GPL-2.0
/* Where tables of wait sites come from, and which files count. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wait_table_private.h"

#define FILE_MAX      (256 * 1024)
#define LINE_MAX_SIZE 512
#define ROWS_MAX      4096
#define PATH_SIZE     1024

const char wait_table_shipped[] = LOCKTRACE_DATADIR "/wait-sites.txt";
const char wait_table_users[] = "/etc/locktrace/wait-sites.d";

/* user/wait_sites.S */
extern const char wait_sites_text[], wait_sites_text_end[];

struct loading {
	struct wait_table *t;
	bool users;
	int err; /* -ENOMEM */
};

#define say(l, ...) ((l)->err = (l)->err ? (l)->err : wait_table_say((l)->t, __VA_ARGS__))

/* One line of a file; returns whether it gave a row. */
static bool take_line(struct loading *l, const char *file, unsigned int number, const char *from,
		      size_t size)
{
	char line[LINE_MAX_SIZE];
	struct wait_site row;
	const char *why = "it is too long";
	int r = -EINVAL;

	if (size < sizeof(line)) {
		memcpy(line, from, size);
		line[size] = '\0';
		why = "there is a NUL in it";
		r = strlen(line) == size ? wait_table_parse(line, &row, &why) : -EINVAL;
	}
	if (r > 0 && l->t->n == ROWS_MAX) {
		why = "there are too many lines";
		r = -EINVAL;
	}
	if (r < 0)
		say(l, true, "%s:%u: %s", file, number, why);
	if (r <= 0)
		return false;
	l->err = wait_table_add(l->t, &row, l->users);
	return !l->err;
}

static void take_text(struct loading *l, const char *file, const char *text, size_t size)
{
	unsigned int number = 1;
	size_t n = 0;

	for (size_t at = 0; at < size && !l->err; number++) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t length = end ? (size_t)(end - text) - at : size - at;

		n += take_line(l, file, number, text + at, length);
		at += length + 1;
	}
	if (!l->err)
		say(l, false, "%s: %zu line%s", file, n, n == 1 ? "" : "s");
}

/* Who may write to it decides what is reported: that must be root, or who runs us. */
static const char *why_not_read(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "it is not a regular file";
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "it belongs to somebody else than root";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "others than its owner may write to it";
	return st->st_size > FILE_MAX ? "it is too large" : NULL;
}

static int read_all(int fd, char *buf, size_t size, size_t *ret)
{
	size_t n = 0;

	while (n < size) {
		ssize_t more = read(fd, buf + n, size - n);

		if (more < 0 && errno == EINTR)
			continue;
		if (more < 0)
			return -errno;
		if (!more)
			break;
		n += (size_t)more;
	}
	*ret = n;
	return 0;
}

/* Returns 0, also if what is wrong was told, or -ENOENT. */
static int take_file(struct loading *l, const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = malloc(FILE_MAX);
	const char *why = NULL;
	struct stat st;
	size_t size = 0;

	if (fd < 0 && errno == ENOENT) {
		free(text);
		return -ENOENT;
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		why = strerror(errno);
	else
		why = why_not_read(&st);
	if (!text)
		l->err = -ENOMEM;
	if (!why && text && read_all(fd, text, FILE_MAX, &size) < 0)
		why = strerror(errno);
	if (why)
		say(l, true, "%s: not read: %s", file, why);
	else if (text)
		take_text(l, file, text, size);
	if (fd >= 0)
		close(fd);
	free(text);
	return 0;
}

static int is_table(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 4 && e->d_name[0] != '.' && !strcmp(e->d_name + n - 4, ".txt");
}

static void take_users(struct loading *l, const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, is_table, alphasort);

	if (n < 0 && errno == ENOTDIR) {
		l->users = true;
		take_file(l, dir);
		l->users = false;
		return;
	}
	if (n < 0) {
		if (errno == ENOMEM)
			l->err = -ENOMEM;
		else if (errno != ENOENT)
			say(l, true, "%s: not read: %s", dir, strerror(errno));
		return;
	}
	l->users = true;
	for (int i = 0; i < n; i++) {
		char file[PATH_SIZE];

		if (!l->err && snprintf(file, sizeof(file), "%s/%s", dir, names[i]->d_name) <
				       (int)sizeof(file))
			take_file(l, file);
		free(names[i]);
	}
	free(names);
	l->users = false;
}

int wait_table_new(const char *shipped, const char *users, struct wait_table **ret)
{
	struct loading l = {.t = calloc(1, sizeof(*l.t))};

	if (!l.t)
		return -ENOMEM;
	take_users(&l, users);
	if (!l.err && take_file(&l, shipped) == -ENOENT)
		take_text(&l, "the table within the program", wait_sites_text,
			  (size_t)(wait_sites_text_end - wait_sites_text));
	if (l.err) {
		wait_table_free(l.t);
		return l.err;
	}
	*ret = l.t;
	return 0;
}
