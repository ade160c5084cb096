// SPDX-License-Identifier: GPL-2.0
#include "export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../message.h"
#include "../os/clock.h"
#include "../report/json/json_parts.h"
#include "../report/redact/redact.h"
#include "../service/spool_dir.h"
#include "../service/spool_file.h"
#include "bundle.h"
#include "host_facts.h"
#include "tar.h"

#define TRACE_NAME 100 /* with the directory, as tar has it */

struct exporter {
	const struct export_asked *asked;
	struct pack *pack;
	int dir_fd;
	uint8_t key[REDACT_KEY]; /* of this bundle; kept by nobody */
	struct bundle_key digest_key;
	struct bundle_items items;
	char id[BUNDLE_ID];
	uint64_t now_ns;
	struct export_count *count;
	bool output; /* what failed is the writing */
};

static int put(struct exporter *x, const char *name, const char *text, size_t size, uint64_t at_s)
{
	int err = tar_put(x->pack, BUNDLE_DIR, name, text, size, at_s);

	x->output |= err != 0;
	return err;
}

/* Takes the object over. */
static int put_json(struct exporter *x, const char *name, json_t *o)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int err = o && out ? json_line(o, out) : -ENOMEM;

	if (out && fclose(out) != 0)
		err = -ENOMEM;
	if (!err)
		err = put(x, name, text, size, x->now_ns / 1000000000);
	free(text);
	json_decref(o);
	return err;
}

/* ---- What is told of the machine ---- */

/* What it found out may name files and programs; whether it works does not. */
static json_t *doctor_plain(const json_t *doctor)
{
	json_t *o = json_deep_copy(doctor), *check;
	size_t i;

	json_array_foreach(json_object_get(o, "checks"), i, check)
		json_object_set_new(check, "detail", json_string(""));
	return o;
}

static json_t *first_file(const struct exporter *x)
{
	const struct spool_select *s = &x->asked->select;
	const json_t *doctor = x->asked->doctor;
	json_t *host = host_facts(), *plain = host;
	json_t *doctor_told = doctor ? json_incref((json_t *)doctor) : json_null();

	if (x->asked->redact) {
		plain = redact_host(x->key, host);
		json_decref(host);
		json_decref(doctor_told);
		doctor_told = doctor ? doctor_plain(doctor) : json_null();
	}
	return json_pack("{s:i, s:s, s:s, s:s, s:o, s:b, s:o, s:o, s:o, s:o}", "schema", 1,
			 "locktrace", LOCKTRACE_VERSION, "event", "bundle", "id", x->id, "at",
			 json_moment(x->now_ns), "redacted", x->asked->redact, "since",
			 json_moment(s->since_s * 1000000000), "until",
			 json_moment(s->until_s * 1000000000), "host", plain, "doctor",
			 doctor_told);
}

static json_t *last_file(const struct exporter *x)
{
	return json_pack("{s:i, s:s, s:s, s:s, s:o, s:i}", "schema", 1, "locktrace",
			 LOCKTRACE_VERSION, "event", "contents", "id", x->id, "reports",
			 bundle_items_json(&x->items), "traces", (int)x->count->traces);
}

/* ---- Reports ---- */

static int put_redacted(struct exporter *x, const char *name, const char *text, size_t size,
			uint64_t at_s)
{
	json_t *whole = json_loadb(text, size, JSON_DISABLE_EOF_CHECK, NULL);
	json_t *plain = whole ? redact_report(x->key, whole) : NULL;
	char *line = plain ? json_dumps(plain,
					JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII)
			   : NULL;
	size_t n = line ? strlen(line) : 0;
	int err = line ? 0 : -ENOMEM;

	if (!err) {
		line[n] = '\n'; /* in the place of its zero byte */
		err = put(x, name, line, n + 1, at_s);
	}
	free(line);
	json_decref(plain);
	json_decref(whole);
	return err;
}

/* The report as it is in the spool, in those words: its digest is of these. */
static int put_report(struct exporter *x, const char *plain, const char *text, size_t size,
		      uint64_t at_s)
{
	char path[SPOOL_NAME_MAX + sizeof(BUNDLE_REPORTS)], digest[SHA256_HEX] = "";
	int err;

	snprintf(path, sizeof(path), BUNDLE_REPORTS "%s", plain);
	err = x->asked->redact ? put_redacted(x, path, text, size, at_s)
			       : put(x, path, text, size, at_s);
	/* without a secret, a digest of what was left out would tell it */
	if (*x->digest_key.key || !x->asked->redact)
		bundle_digest(&x->digest_key, text, size, digest);
	if (!err)
		err = bundle_items_add(&x->items, plain, digest);
	x->count->reports += !err;
	return err;
}

static int one(struct exporter *x, const struct spool_entry *e)
{
	struct json_read *j = NULL;
	char why[JSON_READ_WHY] = "", plain[SPOOL_NAME_MAX], *text = NULL;
	size_t size = 0;
	int err = spool_file_read(x->dir_fd, e->name, &text, &size);

	if (err == -ENOENT) /* removed meanwhile */
		return 0;
	if (!err)
		err = json_read(text, size, &j, why);
	if (!err && !json_read_report(j))
		err = -EBADMSG;
	if (err == -ENOMEM)
		goto out;
	if (err || !bundle_plain_name(e->name, plain)) {
		error_line("%s/%s: %s: left out", x->asked->spool, e->name,
			   *why ? why : strerror(-err));
		x->count->broken++;
		err = 0;
	} else if (spool_select_report(&x->asked->select, json_read_report(j))) {
		err = put_report(x, plain, text, size, e->wall_s);
	}
out:
	json_read_free(j);
	free(text);
	return err;
}

/* By when it was last told of: a stall of last week that ended today belongs to today. */
static bool is_meant(const struct exporter *x, const struct spool_entry *e)
{
	struct spool_entry last = *e;

	last.told_s = e->wall_s;
	return spool_select_name(&x->asked->select, &last);
}

static int put_reports(struct exporter *x)
{
	struct spool_list list = {0};
	int err;

	x->dir_fd = open(x->asked->spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = x->dir_fd < 0 ? -errno : spool_list_read(x->dir_fd, &list);
	if (err)
		spool_cannot_be_read(x->asked->spool, err);
	for (size_t i = 0; !err && i < list.n; i++) {
		if (is_meant(x, &list.entries[i]))
			err = one(x, &list.entries[i]);
	}
	spool_list_free(&list);
	if (x->dir_fd >= 0)
		close(x->dir_fd);
	return err;
}

/* ---- Traces ---- */

/* As an import takes it: whatever it is called here. */
static void trace_name(const char *path, char *ret, size_t size)
{
	static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-";
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t n = (size_t)snprintf(ret, size, "%s", BUNDLE_TRACES);

	for (size_t i = 0; base[i] && n + 1 < size; i++) {
		bool fine = strchr(known, base[i]) && (i || base[i] != '.');

		ret[n++] = fine ? base[i] : '_';
	}
	ret[n] = '\0';
}

static int put_trace(struct exporter *x, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char name[TRACE_NAME];
	struct stat st;
	int err = fd < 0 || fstat(fd, &st) != 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -EINVAL;

	if (err) {
		error_line("cannot read %s: %s", path, strerror(-err));
	} else {
		trace_name(path, name, sizeof(name));
		err = tar_put_fd(x->pack, BUNDLE_DIR, name, fd, (uint64_t)st.st_size,
				 (uint64_t)st.st_mtim.tv_sec);
		x->output |= err != 0;
	}
	x->count->traces += !err;
	if (fd >= 0)
		close(fd);
	return err;
}

static int put_all(struct exporter *x)
{
	int err = put_json(x, BUNDLE_FIRST, first_file(x));

	if (!err)
		err = put_reports(x);
	for (size_t i = 0; !err && x->asked->traces[i]; i++)
		err = put_trace(x, x->asked->traces[i]);
	if (!err)
		err = put_json(x, BUNDLE_LAST, last_file(x));
	if (!err) {
		err = tar_put_end(x->pack);
		x->output |= err != 0;
	}
	if (!err) {
		err = pack_end(x->pack);
		x->output |= err != 0;
	}
	return err;
}

int export_write(const struct export_asked *a, int fd, enum packing by, struct export_count *ret,
		 bool *ret_output)
{
	struct exporter x = {.asked = a, .count = ret, .now_ns = os_wall_ns()};
	uint8_t id[8];
	int err = 0;

	*ret = (struct export_count){0};
	if (getrandom(id, sizeof(id), 0) != sizeof(id) ||
	    getrandom(x.key, sizeof(x.key), 0) != sizeof(x.key))
		err = -EIO;
	hex_of(id, sizeof(id), x.id);
	bundle_key_get(&x.digest_key);
	if (!err)
		err = pack_open(fd, by, &x.pack);
	if (!err)
		err = put_all(&x);
	if (err == -ENOMEM)
		error_line("out of memory");
	*ret_output = x.output && err != -ENOMEM;
	pack_free(x.pack);
	bundle_items_free(&x.items);
	explicit_bzero(x.key, sizeof(x.key));
	return err;
}
