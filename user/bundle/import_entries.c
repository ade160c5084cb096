// SPDX-License-Identifier: GPL-2.0
/* What is in a bundle, entry by entry: all of it was written by somebody else. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../message.h"
#include "../report/json/json_read.h"
#include "import_private.h"

#define REPORTS_MAX 200000

void import_tell_broken(struct importer *x, const char *entry, const char *why)
{
	if (x->broken++ == 0)
		error_line("%s: %s: %s: passed over", x->name, entry, why);
}

static int read_text(struct importer *x, char **ret, size_t *ret_size)
{
	return x->tar.size > BUNDLE_TEXT_MAX ? -EFBIG
					     : bundle_read_all(tar_read, &x->tar, ret, ret_size);
}

/* An object of ours, in a file of the bundle. Returns 0, -EBADMSG or -EPROTONOSUPPORT. */
static int check_object(const json_t *o, const char *event)
{
	const char *is = json_string_value(json_object_get(o, "event"));
	const char *id = json_string_value(json_object_get(o, "id"));
	json_int_t schema = json_integer_value(json_object_get(o, "schema"));

	if (!is || strcmp(is, event) != 0 || schema < 1 || !id || strlen(id) != BUNDLE_ID - 1 ||
	    strspn(id, "0123456789abcdef") != BUNDLE_ID - 1)
		return -EBADMSG;
	return schema == 1 ? 0 : -EPROTONOSUPPORT;
}

static int read_object(struct importer *x, const char *event, json_t **ret, char **ret_text,
		       size_t *ret_size)
{
	int err = read_text(x, ret_text, ret_size);

	if (err)
		return err;
	*ret = json_loadb(*ret_text, *ret_size, JSON_REJECT_DUPLICATES, NULL);
	return check_object(*ret, event);
}

/* ---- What is in it ---- */

static int take_first(struct importer *x)
{
	char device[IMPORT_DEVICE], *text = NULL;
	size_t size = 0;
	int err = read_object(x, "bundle", &x->first, &text, &size);

	if (!err) {
		import_device_name(x->first, device);
		err = x->asked->dir ? import_place_open(x->asked->dir, device, &x->place)
				    : import_place_open(x->asked->spool, NULL, &x->place);
		if (!err && x->asked->dir)
			err = import_file(&x->place, BUNDLE_FIRST, text, size);
		x->output = err != 0;
	}
	free(text);
	return err;
}

static int take_last(struct importer *x)
{
	const char *id = json_string_value(json_object_get(x->first, "id"));
	json_t *o = NULL;
	char *text = NULL;
	size_t size;
	int err = read_object(x, "contents", &o, &text, &size);

	if (!err && strcmp(json_string_value(json_object_get(o, "id")), id) != 0)
		err = -EBADMSG;
	if (!err && !x->last)
		err = bundle_items_read(json_object_get(o, "reports"), &x->items);
	x->last |= !err;
	if (err == -EBADMSG) {
		import_tell_broken(x, BUNDLE_LAST, "it is damaged");
		err = 0;
	}
	json_decref(o);
	free(text);
	return err;
}

/* Is it what its name says? Fills why if not. */
static int check_report(const char *plain, const char *text, size_t size, uint64_t *ret_ns,
			char why[JSON_READ_WHY])
{
	struct json_read *j = NULL;
	const struct report *r;
	struct spool_entry e;
	int err = json_read(text, size, &j, why);

	if (err)
		return err == -ENOMEM ? err : -EBADMSG;
	r = json_read_report(j);
	spool_name_parse(plain, &e);
	/* its signature may be another than in the name: another rule makes it another bug */
	if (!r || strcmp(r->id, e.id) != 0) {
		snprintf(why, JSON_READ_WHY, "it is not the report that its name says");
		err = -EBADMSG;
	} else {
		*ret_ns = r->wall_ns;
	}
	json_read_free(j);
	return err;
}

static int take_report(struct importer *x, const char *entry, const char *plain)
{
	char *text = NULL, why[JSON_READ_WHY] = "";
	enum import_end end;
	uint64_t at_ns = 0;
	size_t size = 0;
	int err = read_text(x, &text, &size);

	if (!err)
		err = check_report(plain, text, size, &at_ns, why);
	if (err == -EBADMSG && *why) {
		import_tell_broken(x, entry, why);
		err = 0;
		goto out;
	}
	if (err)
		goto out;
	err = import_report(&x->place, plain, text, size, at_ns, &end);
	x->output = err != 0;
	if (!err) {
		x->n[end]++;
		err = bundle_items_add(&x->had, plain, "");
	}
out:
	free(text);
	return err;
}

/* A name that is one in any file system, and hides nothing. */
static bool is_trace_name(const char *s)
{
	static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-";

	return *s && *s != '.' && strlen(s) < 200 && !s[strspn(s, known)];
}

static int take_trace(struct importer *x, const char *name)
{
	int err = 0;

	if (!x->asked->dir)
		return 0;
	if (x->traces.fd < 0)
		err = import_place_open(x->place.path, "traces", &x->traces);
	x->output = err != 0;
	if (!err)
		err = import_stream(&x->traces, name, &x->tar, &x->output);
	x->n_traces += !err;
	return err;
}

/* Somebody may have packed it anew with "tar -C x -cf b.tar ." */
static const char *inner_name(const char *name)
{
	static const char dir[] = BUNDLE_DIR "/";

	if (strncmp(name, "./", 2) == 0)
		name += 2;
	return strncmp(name, dir, sizeof(dir) - 1) == 0 ? name + sizeof(dir) - 1 : name;
}

/* Nothing of a name is used that was not recognised. */
static int take_entry(struct importer *x)
{
	const size_t n_reports = sizeof(BUNDLE_REPORTS) - 1, n_traces = sizeof(BUNDLE_TRACES) - 1;
	const char *name = inner_name(x->tar.name);
	char plain[SPOOL_NAME_MAX];

	if (x->tar.is_file && strncmp(name, BUNDLE_REPORTS, n_reports) == 0 &&
	    bundle_plain_name(name + n_reports, plain) && strcmp(plain, name + n_reports) == 0)
		return x->had.n < REPORTS_MAX ? take_report(x, x->tar.name, plain) : -EFBIG;
	if (x->tar.is_file && strncmp(name, BUNDLE_TRACES, n_traces) == 0 &&
	    is_trace_name(name + n_traces))
		return take_trace(x, name + n_traces);
	if (x->tar.is_file && strcmp(name, BUNDLE_LAST) == 0)
		return take_last(x);
	/* "dir/" */
	if (x->tar.is_file || !*name || name[strlen(name) - 1] != '/')
		x->foreign++;
	return 0;
}

int import_take_all(struct importer *x)
{
	int r;

	/* what tar puts in front when it packs anew */
	while ((r = tar_next(&x->tar)) > 0 && !x->tar.is_file)
		;
	if (r > 0)
		r = strcmp(inner_name(x->tar.name), BUNDLE_FIRST) == 0 ? take_first(x)
								       : -EMEDIUMTYPE;
	else if (r == 0)
		r = -EMEDIUMTYPE;
	while (!r && (r = tar_next(&x->tar)) > 0)
		r = take_entry(x);
	return r;
}
