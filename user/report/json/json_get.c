// SPDX-License-Identifier: GPL-2.0
#include "json_get.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND 1000000000ULL

void json_get_fault(struct json_get *g, const char *name, const char *fault)
{
	if (g->err)
		return;
	g->err = -EBADMSG;
	if (g->index)
		snprintf(g->why, sizeof(g->why), "\"%s\" of number %zu of \"%s\" %s", name,
			 g->index, g->what, fault);
	else
		snprintf(g->why, sizeof(g->why), "\"%s\" %s", name, fault);
}

/* The member; NULL for null, and after a fault. */
static const json_t *member(struct json_get *g, const json_t *o, const char *name,
			    enum json_need need)
{
	const json_t *v = g->err ? NULL : json_object_get(o, name);

	if (g->err)
		return NULL;
	if (!v && need != JSON_LATER)
		json_get_fault(g, name, "is missing");
	else if (json_is_null(v) && need == JSON_NEEDED)
		json_get_fault(g, name, "is null");
	return json_is_null(v) ? NULL : v;
}

const char *json_get_text(struct json_get *g, const json_t *o, const char *name,
			  enum json_need need)
{
	const json_t *v = member(g, o, name, need);

	if (v && !json_is_string(v))
		json_get_fault(g, name, "is not a string");
	return json_string_value(v);
}

const char *json_get_name(struct json_get *g, const json_t *o, const char *name, size_t size)
{
	static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-";
	const char *s = json_get_text(g, o, name, JSON_NEEDED);

	if (s && (!*s || s[strspn(s, known)] || strlen(s) >= size)) {
		json_get_fault(g, name, "is not a name");
		return NULL;
	}
	return s;
}

uint64_t json_get_number(struct json_get *g, const json_t *o, const char *name, uint64_t max,
			 enum json_need need)
{
	const json_t *v = member(g, o, name, need);

	if (!v)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    (uint64_t)json_integer_value(v) > max) {
		json_get_fault(g, name, "is not a number, or out of range");
		return 0;
	}
	return (uint64_t)json_integer_value(v);
}

bool json_get_bool(struct json_get *g, const json_t *o, const char *name)
{
	const json_t *v = member(g, o, name, JSON_NEEDED);

	if (v && !json_is_boolean(v))
		json_get_fault(g, name, "is neither true nor false");
	return json_is_true(v);
}

bool json_get_later_bool(struct json_get *g, const json_t *o, const char *name)
{
	return json_object_get(o, name) && json_get_bool(g, o, name);
}

const json_t *json_get_list(struct json_get *g, const json_t *o, const char *name)
{
	const json_t *v = member(g, o, name, JSON_NEEDED);

	if (v && !json_is_array(v)) {
		json_get_fault(g, name, "is not a list");
		return NULL;
	}
	return v;
}

const json_t *json_get_object(struct json_get *g, const json_t *o, const char *name,
			      enum json_need need)
{
	const json_t *v = member(g, o, name, need);

	if (v && !json_is_object(v)) {
		json_get_fault(g, name, "is not an object");
		return NULL;
	}
	return v;
}

int json_get_word(struct json_get *g, const json_t *o, const char *name,
		  int (*from)(const char *word))
{
	const char *word = json_get_text(g, o, name, JSON_NEEDED);
	int v = word ? from(word) : 0;

	if (!v)
		json_get_fault(g, name, "is a word that is not known");
	return v;
}

size_t json_get_index(struct json_get *g, const json_t *o, const char *name, char letter, size_t n,
		      enum json_need need)
{
	const char *s = json_get_text(g, o, name, need);
	size_t index = 0, digits;

	if (!s)
		return SIZE_MAX;
	digits = *s == letter ? strspn(s + 1, "0123456789") : 0;
	if (digits >= 1 && digits <= 9 && s[1] != '0' && !s[digits + 1]) {
		for (const char *d = s + 1; *d; d++)
			index = index * 10 + (size_t)(*d - '0');
	}
	if (index >= 1 && index <= n)
		return index - 1;
	json_get_fault(g, name, "points to nothing");
	return SIZE_MAX;
}

/* The two digits at s, or a number that no date has. */
static int two(const char *s)
{
	return s[0] >= '0' && s[0] <= '9' && s[1] >= '0' && s[1] <= '9'
		       ? (s[0] - '0') * 10 + (s[1] - '0')
		       : 1000;
}

uint64_t json_get_moment(struct json_get *g, const json_t *o, const char *name)
{
	const size_t length = 24; /* 2026-11-21T08:22:05.066Z */
	const char *s = json_get_text(g, o, name, JSON_MAY_BE_NULL);
	struct tm tm = {0}, back;
	char again[40];
	time_t seconds;

	if (!s)
		return 0;
	if (strlen(s) != length) {
		json_get_fault(g, name, "is not a time");
		return 0;
	}
	tm.tm_year = two(s) * 100 + two(s + 2) - 1900;
	tm.tm_mon = two(s + 5) - 1;
	tm.tm_mday = two(s + 8);
	tm.tm_hour = two(s + 11);
	tm.tm_min = two(s + 14);
	tm.tm_sec = two(s + 17);
	seconds = timegm(&tm);
	/* What is written the same again was a time, and the year one that we can count. */
	if (seconds < 0 || (uint64_t)seconds >= UINT64_MAX / SECOND || !gmtime_r(&seconds, &back) ||
	    strftime(again, sizeof(again), "%Y-%m-%dT%H:%M:%S.", &back) != 20 ||
	    memcmp(again, s, 20) != 0 || two(s + 20) > 99 || s[22] < '0' || s[22] > '9' ||
	    s[23] != 'Z') {
		json_get_fault(g, name, "is not a time");
		return 0;
	}
	return (uint64_t)seconds * SECOND +
	       (uint64_t)(two(s + 20) * 10 + (s[22] - '0')) * (SECOND / 1000);
}
