// SPDX-License-Identifier: GPL-2.0
#include "import_files.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../report/json/json_read.h"
#include "../service/spool_file.h"
#include "../write_all.h"
#include "new_file.h"

#define ID_SHOWN 8

void import_device_name(const json_t *bundle, char ret[IMPORT_DEVICE])
{
	const json_t *host = json_object_get(bundle, "host");
	const char *name = json_string_value(json_object_get(host, "name"));
	const char *id = json_string_value(json_object_get(host, "machine_id"));
	size_t n = 0;

	if (id && json_is_true(json_object_get(bundle, "redacted")))
		name = NULL;

	for (; name && *name && n < 60; name++) {
		bool fine = isalnum((unsigned char)*name) || (n && strchr("._-", *name));

		ret[n++] = fine ? *name : '_';
	}
	if (!n)
		n = (size_t)sprintf(ret, "device");
	ret[n] = '\0';
	if (id && strlen(id) >= ID_SHOWN && strspn(id, "0123456789abcdef") >= ID_SHOWN)
		sprintf(ret + n, "-%.*s", ID_SHOWN, id);
}

/* Only its last part is made: a wrong path should not become directories. */
static int make(const char *path)
{
	return mkdir(path, 0750) == 0 || errno == EEXIST ? 0 : -errno;
}

int import_place_open(const char *dir, const char *below, struct import_place *ret)
{
	struct import_place p = {.fd = -1};
	int err = make(dir);

	if (!err && asprintf(&p.path, "%s%s%s", dir, below ? "/" : "", below ? below : "") < 0) {
		p.path = NULL;
		err = -ENOMEM;
	}
	if (!err && below)
		err = make(p.path);
	if (!err)
		p.fd = open(p.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (below ? O_NOFOLLOW : 0));
	if (!err && p.fd < 0)
		err = -errno;
	if (!err)
		err = spool_list_read(p.fd, &p.list);
	if (err)
		import_place_close(&p);
	else
		*ret = p;
	return err;
}

void import_place_close(struct import_place *p)
{
	if (p->fd >= 0)
		close(p->fd);
	spool_list_free(&p->list);
	free(p->path);
	*p = (struct import_place){.fd = -1};
}

int import_file(struct import_place *p, const char *name, const char *text, size_t size)
{
	struct new_file f;
	int err = new_file_open(p->fd, name, 0640, &f);

	if (err)
		return err;
	err = write_all(f.fd, text, size);
	if (!err)
		err = new_file_finish(&f);
	new_file_drop(&f);
	return err;
}

int import_stream(struct import_place *p, const char *name, struct tar *from, bool *ret_output)
{
	struct new_file f;
	char buf[16384];
	ssize_t n = 1;
	int err = new_file_open(p->fd, name, 0640, &f);

	*ret_output = err != 0;
	if (err)
		return err;
	while (!err && (n = tar_read(from, buf, sizeof(buf))) > 0) {
		err = write_all(f.fd, buf, (size_t)n);
		*ret_output = err != 0;
	}
	if (!err && n < 0)
		err = (int)n;
	if (!err) {
		err = new_file_finish(&f);
		*ret_output = err != 0;
	}
	new_file_drop(&f);
	return err;
}

/* When the one that is there was told of; 0: there is none, or it cannot be read. */
static uint64_t told_ns(struct import_place *p, const char *name)
{
	char *text = NULL, why[JSON_READ_WHY];
	struct json_read *j = NULL;
	uint64_t at_ns = 0;
	size_t size;

	if (spool_file_read(p->fd, name, &text, &size) == 0 &&
	    json_read(text, size, &j, why) == 0 && json_read_report(j))
		at_ns = json_read_report(j)->wall_ns;
	json_read_free(j);
	free(text);
	return at_ns;
}

/* The file of that stall: of an id there is one at most. */
static const char *find(const struct import_place *p, const char *plain)
{
	struct spool_entry e;

	spool_name_parse(plain, &e);
	for (size_t i = 0; i < p->list.n; i++) {
		if (strcmp(p->list.entries[i].id, e.id) == 0)
			return p->list.entries[i].name;
	}
	return NULL;
}

int import_report(struct import_place *p, const char *plain, const char *text, size_t size,
		  uint64_t at_ns, enum import_end *ret)
{
	const char *old = find(p, plain);
	uint64_t old_ns = old ? told_ns(p, old) : 0;
	int err;

	*ret = !old_ns ? IMPORT_NEW : old_ns < at_ns ? IMPORT_NEWER : IMPORT_KNOWN;
	if (*ret == IMPORT_KNOWN)
		return 0;
	err = import_file(p, plain, text, size);
	if (!err && old && strcmp(old, plain) != 0)
		unlinkat(p->fd, old, 0);
	return err;
}
