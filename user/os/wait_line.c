// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "wait_table.h"

bool wait_table_matches(const char *pattern, const char *text)
{
	const char *star = NULL, *from = text;

	/* of all stars only the last one is ever tried again: linear in both, nearly */
	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			from = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool is_clean(const char *line)
{
	for (const char *c = line; *c; c++) {
		if (*c != '\t' && iscntrl((unsigned char)*c))
			return false;
	}
	return true;
}

/* Cuts the first word off; NULL: there is none. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");
	size_t n = strcspn(word, " \t");

	if (!n)
		return NULL;
	*rest = word + n;
	if (**rest)
		*(*rest)++ = '\0';
	return word;
}

static void trim_end(char *text)
{
	size_t n = strlen(text);

	while (n && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		text[--n] = '\0';
}

static int use_of(const char *word)
{
	static const char *const words[_USE_MAX] = {"lock", "park", "pool", "via"};

	for (int i = 0; i < _USE_MAX; i++) {
		if (!strcmp(word, words[i]))
			return i;
	}
	return -EINVAL;
}

static int wrong(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

int wait_table_parse(char *line, struct wait_site *ret, const char **ret_why)
{
	char *rest = line, *use, *colon;
	int which;

	if (!is_clean(line))
		return wrong(ret_why, "there is a control character in it");
	trim_end(line);
	use = next_word(&rest);
	if (!use || use[0] == '#')
		return 0;
	which = use_of(use);
	if (which < 0)
		return wrong(ret_why, "it begins with neither lock, nor park, nor pool, nor via");
	*ret = (struct wait_site){.use = (enum wait_use)which};
	ret->function = next_word(&rest);
	ret->module = next_word(&rest);
	if (!ret->function || !ret->module)
		return wrong(ret_why, "it needs USE FUNCTION MODULE LIBRARY: WHAT");
	ret->library = rest + strspn(rest, " \t");
	colon = strstr(ret->library, ": ");
	if (!colon || colon == ret->library)
		return wrong(ret_why, "after the patterns it needs LIBRARY: WHAT");
	*colon = '\0';
	ret->what = colon + 2 + strspn(colon + 2, " \t");
	if (!ret->what[0])
		return wrong(ret_why, "after the patterns it needs LIBRARY: WHAT");
	if (strcmp(ret->module, "*") != 0 && !strstr(ret->module, ".so"))
		return wrong(ret_why, "its module is no shared library (*.so*): programs are not "
				      "told by their names");
	if (strspn(ret->function, "*?") == strlen(ret->function) && !strcmp(ret->module, "*"))
		return wrong(ret_why, "it would match every wait");
	return 1;
}
