// SPDX-License-Identifier: GPL-2.0
#include "ack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../exit_status.h"
#include "../message.h"
#include "../os/clock.h"
#include "../report/json/json_parts.h"
#include "../service/spool_select.h"
#include "../service/spool_file.h"
#include "new_file.h"

/* Of a file while it is being removed. */
#define ASIDE ".acked-"

int ack_write(const char *path, const char *bundle, const json_t *host,
	      const struct bundle_items *items)
{
	json_t *name = json_object_get(host, "name"), *id = json_object_get(host, "machine_id");
	json_t *o = json_pack("{s:i, s:s, s:s, s:s, s:o, s:{s:O?, s:O?}, s:o}", "schema", 1,
			      "locktrace", LOCKTRACE_VERSION, "event", "ack", "bundle", bundle,
			      "at", json_moment(os_wall_ns()), "host", "name", name, "machine_id",
			      id, "reports", bundle_items_json(items));
	char *text = o ? json_dumps(o, JSON_INDENT(1) | JSON_ENSURE_ASCII) : NULL;
	struct new_file f;
	int err = text ? new_file_open(AT_FDCWD, path, 0644, &f) : -ENOMEM;

	if (!err) {
		if (dprintf(f.fd, "%s\n", text) < 0)
			err = -errno;
		if (!err)
			err = new_file_finish(&f);
		new_file_drop(&f);
	}
	if (!err)
		err = new_file_sync_dir(AT_FDCWD, path);
	free(text);
	json_decref(o);
	return err;
}

/* ---- Taking one ---- */

static bool is_same(int dir_fd, const char *name, const struct bundle_key *key, const char *digest)
{
	char *text = NULL, now[SHA256_HEX];
	size_t size;
	bool same;

	if (spool_file_read(dir_fd, name, &text, &size) != 0)
		return false;
	bundle_digest(key, text, size, now);
	same = strcmp(now, digest) == 0;
	free(text);
	return same;
}

/* Of a run that was ended at the wrong moment. */
static void put_back(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const size_t n_aside = strlen(ASIDE);
	char plain[SPOOL_NAME_MAX];
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		const char *name = d->d_name + n_aside;

		if (strncmp(d->d_name, ASIDE, n_aside) != 0 || !bundle_plain_name(name, plain))
			continue;
		if (renameat2(dir_fd, d->d_name, dir_fd, name, RENAME_NOREPLACE) != 0 &&
		    errno == EEXIST)
			unlinkat(dir_fd, d->d_name, 0);
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

/*
 * Between the look at it and its removal the file may be written anew. So it is
 * taken away under another name and looked at again; a changed one is put back,
 * unless there is one yet newer. Returns 1; 0: it has changed; or -errno.
 */
static int remove_same(int dir_fd, const char *name, const struct bundle_key *key,
		       const char *digest)
{
	char aside[SPOOL_NAME_MAX + 16];
	bool same;

	if (!is_same(dir_fd, name, key, digest))
		return 0;
	snprintf(aside, sizeof(aside), ASIDE "%s", name);
	if (renameat(dir_fd, name, dir_fd, aside) != 0)
		return -errno;
	same = is_same(dir_fd, aside, key, digest);
	if (!same)
		renameat2(dir_fd, aside, dir_fd, name, RENAME_NOREPLACE);
	unlinkat(dir_fd, aside, 0);
	return same;
}

static int apply(int dir_fd, const struct spool_list *list, const struct bundle_items *items,
		 const struct bundle_key *key, struct ack_count *ret)
{
	for (size_t i = 0; i < items->n; i++) {
		const struct bundle_item *item = &items->items[i];
		const char *name = NULL;
		int r = 0;
		char plain[SPOOL_NAME_MAX];

		for (size_t n = 0; n < list->n && !name; n++) {
			if (bundle_plain_name(list->entries[n].name, plain) &&
			    strcmp(plain, item->file) == 0)
				name = list->entries[n].name;
		}
		if (*item->digest && name)
			r = remove_same(dir_fd, name, key, item->digest);
		if (r < 0)
			return r;
		ret->unsure += !*item->digest;
		ret->gone += *item->digest && !name;
		ret->removed += r;
		ret->changed += *item->digest && name && !r;
	}
	return 0;
}

static int read_ack(const char *path, struct bundle_items *ret, char bundle[BUNDLE_ID])
{
	json_t *o = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	const char *event = json_string_value(json_object_get(o, "event"));
	const char *id = json_string_value(json_object_get(o, "bundle"));
	int status = 0;

	if (!o && access(path, R_OK) != 0) {
		error_line("cannot read %s: %s", path, strerror(errno));
		return EXIT_INPUT;
	}
	if (!o || !event || strcmp(event, "ack") != 0 || !id || strlen(id) != BUNDLE_ID - 1) {
		error_line("%s: this is not what locktrace import --ack writes", path);
		status = EXIT_TRACE_FOREIGN;
	} else if (json_integer_value(json_object_get(o, "schema")) != 1) {
		error_line("%s: it was written by a newer locktrace", path);
		status = EXIT_TRACE_NEWER;
	} else if (bundle_items_read(json_object_get(o, "reports"), ret) != 0) {
		error_line("%s: it is damaged: nothing was removed", path);
		status = EXIT_TRACE_BROKEN;
	} else {
		memcpy(bundle, id, BUNDLE_ID);
	}
	json_decref(o);
	return status;
}

int ack_apply(const char *path, const char *spool, struct ack_count *ret)
{
	struct bundle_items items = {0};
	struct spool_list list = {0};
	struct bundle_key key;
	int dir_fd, status, err;

	*ret = (struct ack_count){0};
	status = read_ack(path, &items, ret->bundle);
	if (status)
		return status;
	bundle_key_get(&key);
	dir_fd = open(spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = dir_fd < 0 ? -errno : 0;
	if (!err)
		put_back(dir_fd);
	if (!err)
		err = spool_list_read(dir_fd, &list);
	if (err) {
		spool_cannot_be_read(spool, err);
		status = EXIT_INPUT;
	} else {
		err = apply(dir_fd, &list, &items, &key, ret);
	}
	if (err && !status) {
		error_line("cannot remove reports from %s: %s", spool, strerror(-err));
		status = EXIT_OUTPUT;
	}
	if (dir_fd >= 0)
		close(dir_fd);
	spool_list_free(&list);
	bundle_items_free(&items);
	return status;
}
