// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "rules.h"
#include "words.h"

/* The kernel keeps no more of a name. */
#define COMM_MAX 15

#define SIGNATURE_MIN 6
#define SIGNATURE_MAX (sizeof(((struct report *)NULL)->signature) - 1)

enum key { KEY_RULE, KEY_SEVERITY, KEY_SIGNATURE, KEY_COMM, KEY_EXE, KEY_UNIT, KEY_CGROUP, N_KEYS };

struct filter {
	char *text;
	char *values[N_KEYS]; /* NULL: not asked for */
};

/* ---- From text ---- */

/* Each returns NULL, or why the value cannot be meant. */
static const char *check_rule(const char *value)
{
	for (size_t i = 0; i < n_rules; i++) {
		if (!strcmp(rules[i].name, value))
			return NULL;
	}
	return "there is no rule of that name: see locktrace explain";
}

static const char *check_severity(const char *value)
{
	return severity_from_word(value) ? NULL : "must be stall or contention";
}

static const char *check_signature(const char *value)
{
	size_t n = strlen(value);

	if (n < SIGNATURE_MIN || n > SIGNATURE_MAX ||
	    strspn(value, "0123456789abcdefghijklmnopqrstuvwxyz") != n)
		return "must be a signature as in a report, or at least its first 6 characters";
	return NULL;
}

static const char *check_comm(const char *value)
{
	if (strlen(value) > COMM_MAX && !strpbrk(value, "*?[\\"))
		return "no name is longer than 15 bytes: write * behind them, or use exe=";
	return NULL;
}

static const char *check_exe(const char *value)
{
	return strchr(value, '/') ? "must be the last part of the executable's path" : NULL;
}

static const char *check_cgroup(const char *value)
{
	return *value == '/' || *value == '*'
		       ? NULL
		       : "must be a path, as in /proc/PID/cgroup, or begin with *";
}

static const struct {
	const char *name;
	const char *(*check)(const char *value);
} keys[N_KEYS] = {
	[KEY_RULE] = {"rule", check_rule},
	[KEY_SEVERITY] = {"severity", check_severity},
	[KEY_SIGNATURE] = {"signature", check_signature},
	[KEY_COMM] = {"comm", check_comm},
	[KEY_EXE] = {"exe", check_exe},
	[KEY_UNIT] = {"unit", NULL},
	[KEY_CGROUP] = {"cgroup", check_cgroup},
};

static int key_of(const char *name, size_t n)
{
	for (int i = 0; i < N_KEYS; i++) {
		if (strlen(keys[i].name) == n && !strncmp(keys[i].name, name, n))
			return i;
	}
	return N_KEYS;
}

/* Length of a value; what a backslash stands before belongs to it. *ret_cut: nothing does. */
static size_t value_length(const char *s, bool *ret_cut)
{
	size_t n = 0;

	*ret_cut = false;
	while (s[n] && s[n] != ',' && !*ret_cut) {
		*ret_cut = s[n] == '\\' && !s[n + 1];
		n += s[n] == '\\' && s[n + 1] ? 2 : 1;
	}
	return n;
}

/* As it stands in /proc/PID/cgroup, or as it is mounted with version 2. */
static void tidy_cgroup(char *path)
{
	static const char mount[] = "/sys/fs/cgroup/";
	size_t n = strlen(path), m = sizeof(mount) - 2;

	if (!strncmp(path, mount, m + 1)) {
		n -= m;
		memmove(path, path + m, n + 1);
	}
	if (n > 1 && path[n - 1] == '/')
		path[n - 1] = '\0';
}

static int refuse(struct filter_error *ret, size_t at, const char *why)
{
	*ret = (struct filter_error){.at = at, .why = why};
	return -EINVAL;
}

/* One KEY=VALUE at *at, which is moved behind it. */
static int parse_term(struct filter *f, size_t *at, struct filter_error *ret_error)
{
	const char *term = f->text + *at;
	size_t name = strcspn(term, "=,");
	int key = key_of(term, name);
	const char *value = term + name + 1, *why;
	bool cut;
	size_t n;

	if (term[name] != '=')
		return refuse(ret_error, *at, "must be KEY=VALUE, such as rule=slow-holder");
	if (key == N_KEYS)
		return refuse(ret_error, *at,
			      "must be rule, severity, signature, comm, exe, unit or cgroup");
	if (f->values[key])
		return refuse(ret_error, *at, "is there twice, and a comma means \"and\"");
	*at += name + 1;
	n = value_length(value, &cut);
	if (!n)
		return refuse(ret_error, *at, "a value is missing");
	if (cut)
		return refuse(ret_error, *at + n - 1, "a backslash stands before a character");
	f->values[key] = strndup(value, n);
	if (!f->values[key])
		return -ENOMEM;
	if (key == KEY_CGROUP)
		tidy_cgroup(f->values[key]);
	why = keys[key].check ? keys[key].check(f->values[key]) : NULL;
	if (why)
		return refuse(ret_error, *at, why);
	*at += n;
	return 0;
}

int filter_parse(const char *text, struct filter **ret, struct filter_error *ret_error)
{
	struct filter *f = calloc(1, sizeof(*f));
	size_t at = 0;
	int err = f ? 0 : -ENOMEM;

	if (f)
		f->text = strdup(text);
	if (!err && !f->text)
		err = -ENOMEM;
	while (!err) {
		err = parse_term(f, &at, ret_error);
		if (err || !text[at++]) /* over the comma */
			break;
	}
	if (err)
		filter_free(f);
	else
		*ret = f;
	return err;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (int i = 0; i < N_KEYS; i++)
		free(f->values[i]);
	free(f->text);
	free(f);
}

const char *filter_text(const struct filter *f)
{
	return f->text;
}

/* ---- Against a report ---- */

/* What is not known fits nothing. */
static bool fits(const char *pattern, const char *s, int flags)
{
	return s && fnmatch(pattern, s, flags) == 0;
}

/* One part of "nginx.service in docker 3f2a9c1b7d5e". */
static bool is_unit(const char *pattern, char *part)
{
	static const char suffix[] = ".service";
	size_t n = strlen(part), m = sizeof(suffix) - 1;
	const char *id = strrchr(part, ' ');

	if (fits(pattern, part, 0) || (id && fits(pattern, id + 1, 0)))
		return true;
	if (n <= m || strcmp(part + n - m, suffix) != 0)
		return false;
	part[n - m] = '\0';
	return fits(pattern, part, 0);
}

/* In a container, its own units and the container both have a name. */
static bool fits_unit(const char *pattern, const char *unit)
{
	static const char between[] = " in ";
	char *copy, *rest;
	bool fit;

	if (!unit || fits(pattern, unit, 0))
		return unit;
	copy = strdup(unit);
	if (!copy)
		return false;
	rest = strstr(copy, between);
	if (rest)
		*rest = '\0';
	fit = is_unit(pattern, copy) || (rest && is_unit(pattern, rest + sizeof(between) - 1));
	free(copy);
	return fit;
}

static bool fits_thread(const struct filter *f, const struct report_thread *t)
{
	char *const *v = f->values;

	return (!v[KEY_COMM] || fits(v[KEY_COMM], t->process, 0)) &&
	       (!v[KEY_EXE] || fits(v[KEY_EXE], t->exe, 0)) &&
	       (!v[KEY_UNIT] || fits_unit(v[KEY_UNIT], t->unit)) &&
	       (!v[KEY_CGROUP] || fits(v[KEY_CGROUP], t->cgroup, FNM_LEADING_DIR));
}

static bool is_root(const struct report_thread *t)
{
	return t->role == ROLE_ROOT || t->role == ROLE_CYCLE;
}

static bool fits_roots(const struct filter *f, const struct report *r)
{
	bool known = false, any = false;

	for (size_t i = 0; i < r->n_threads; i++)
		known |= is_root(&r->threads[i]);
	for (size_t i = 0; i < r->n_threads; i++) {
		const struct report_thread *t = &r->threads[i];

		if (known ? !is_root(t) : t->resource == REPORT_NONE)
			continue;
		if (!fits_thread(f, t))
			return false;
		any = true;
	}
	return any;
}

static bool fits_any(const struct filter *f, const struct report *r)
{
	for (size_t i = 0; i < r->n_threads; i++) {
		if (fits_thread(f, &r->threads[i]))
			return true;
	}
	return false;
}

bool filter_matches(const struct filter *f, enum filter_whose whose, const struct report *r)
{
	const char *rule = f->values[KEY_RULE], *signature = f->values[KEY_SIGNATURE];
	const char *severity = f->values[KEY_SEVERITY];

	if (rule && strcmp(rule, r->rule) != 0)
		return false;
	if (severity && severity_from_word(severity) != r->severity)
		return false;
	if (signature && strncmp(r->signature, signature, strlen(signature)) != 0)
		return false;
	return whose == FILTER_OF_ROOTS ? fits_roots(f, r) : fits_any(f, r);
}
