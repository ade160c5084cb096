// SPDX-License-Identifier: GPL-2.0
#include "redacted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "../message.h"

#define NAME	   "redact.key"
#define UNFINISHED ".redact.key.tmp"

/* Whole and on disk before it gets its name; two that make one at once agree on the first. */
static int make(int dir_fd)
{
	uint8_t key[REDACT_KEY];
	char name[64];
	int fd, err = 0;

	snprintf(name, sizeof(name), UNFINISHED ".%d", (int)getpid());
	unlinkat(dir_fd, name, 0);
	fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key) ||
	    write(fd, key, sizeof(key)) != (ssize_t)sizeof(key) || fsync(fd) != 0)
		err = errno ? -errno : -EIO;
	if (close(fd) != 0 && !err)
		err = -errno;
	if (!err && linkat(dir_fd, name, dir_fd, NAME, 0) != 0 && errno != EEXIST)
		err = -errno;
	unlinkat(dir_fd, name, 0);
	explicit_bzero(key, sizeof(key));
	return err ? err : fsync(dir_fd) == 0 ? 0 : -errno;
}

static int read_key(int dir_fd, uint8_t ret[REDACT_KEY])
{
	int fd = openat(dir_fd, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, ret, REDACT_KEY);
	close(fd);
	return n == REDACT_KEY ? 0 : -EBADMSG;
}

int redacted_key(const char *state_dir, uint8_t ret[REDACT_KEY])
{
	int dir_fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = dir_fd < 0 ? -errno : read_key(dir_fd, ret);

	if (err == -ENOENT && dir_fd >= 0) {
		err = make(dir_fd);
		if (!err)
			err = read_key(dir_fd, ret);
	}
	if (dir_fd >= 0)
		close(dir_fd);
	if (err)
		error_line("%s/%s: %s", state_dir, NAME, strerror(-err));
	return err;
}

/* Takes the object over. */
static int read_again(json_t *o, struct json_read **ret)
{
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL, why[JSON_READ_WHY] = "";
	int err = text ? json_read(text, strlen(text), ret, why) : -ENOMEM;

	if (!err && !json_read_report(*ret)) {
		json_read_free(*ret);
		*ret = NULL;
		err = -EBADMSG;
	}
	if (err && err != -ENOMEM)
		error_line("a report without names cannot be read: %s", why);
	json_decref(o);
	free(text);
	return err == 0 || err == -ENOMEM ? err : -EBADMSG;
}

int redacted_of(const uint8_t key[REDACT_KEY], const struct report *r, const char *text,
		size_t size, struct redacted **ret)
{
	json_t *whole = json_loadb(text, size, 0, NULL);
	struct redacted *made = calloc(1, sizeof(*made));
	int err = whole && made ? read_again(redact_report(key, whole), &made->read) : -ENOMEM;

	json_decref(whole);
	if (err) {
		redacted_free(made);
		return err;
	}
	made->report = *json_read_report(made->read);
	/* the machine is known by who it sends as; how grave it is, is no name */
	made->report.session = r->session;
	made->report.severity = r->severity;
	*ret = made;
	return 0;
}

void redacted_free(struct redacted *r)
{
	if (r)
		json_read_free(r->read);
	free(r);
}
