// SPDX-License-Identifier: GPL-2.0
/*
 * docs/kinds.md against the probes: its table is made of what they declare, and
 * each kind has a heading. With --print: the table as it must be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../user/core/words.h"
#include "../../../user/probes/probe.h"

#define BEGIN "<!-- kinds: begin -->\n"
#define END   "<!-- kinds: end -->"

static bool is_hooked(enum lt_kind kind)
{
	switch (kind) {
#define CASE(NAME, file, number) case LT_KIND_##NAME:
		LT_HOOKED_KINDS(CASE) return true;
#undef CASE
	default:
		return false;
	}
}

static void evidence_words(unsigned int mask, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (int e = EVIDENCE_EXACT; e > EVIDENCE_UNKNOWN; e--) {
		if (mask & KNOWS(e))
			n += snprintf(buf + n, size - n, "%s%s", n ? ", " : "",
				      word_evidence((enum evidence)e));
	}
	if (!n)
		snprintf(buf, size, "not recorded");
}

static char *table(void)
{
	size_t size = 0;
	char *text = NULL;
	FILE *f = open_memstream(&text, &size);

	fprintf(f, "| kind | class | who could end it | by hooks | when it began, by hooks |\n"
		   "| --- | --- | --- | --- | --- |\n");
	for (const struct probe *const *p = probes; *p; p++) {
		for (const struct probe_kind *k = (*p)->kinds; k->name; k++) {
			char all[64], hooks[64];

			evidence_words(k->evidence, all, sizeof(all));
			evidence_words(k->evidence | k->by_hooks, hooks, sizeof(hooks));
			fprintf(f, "| %s | %s | %s | %s | %s |\n", k->name, word_class(k->class),
				all, hooks, is_hooked((*p)->kind) ? "exact" : "at least");
		}
	}
	fclose(f);
	return text;
}

static char *read_docs(void)
{
	FILE *f = fopen("docs/kinds.md", "r");
	size_t size = 0;
	char *text = NULL;

	assert_non_null(f);
	assert_true(getdelim(&text, &size, '\0', f) > 0);
	fclose(f);
	return text;
}

static void the_table_is_what_the_probes_declare(void **state)
{
	char *docs = read_docs(), *made = table();
	char *begin = strstr(docs, BEGIN), *end;

	(void)state;
	assert_non_null(begin);
	begin += strlen(BEGIN);
	end = strstr(begin, END);
	assert_non_null(end);
	*end = '\0';
	if (strcmp(begin, made) != 0)
		fail_msg("the table in docs/kinds.md is not that of the probes: tools/kinds-table");
	free(docs);
	free(made);
}

/* A heading names one or more kinds: "## pipe-full (full), pipe-empty (empty)". */
static bool has_heading(const char *docs, const char *kind)
{
	size_t len = strlen(kind);

	for (const char *line = docs; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "## ", 3) != 0)
			continue;
		for (const char *at = line + 3; *at && *at != '\n'; at++) {
			bool begins = at[-1] == ' ', ends = strchr(" ,(\n", at[len]);

			if (begins && strncmp(at, kind, len) == 0 && ends)
				return true;
		}
	}
	return false;
}

static void every_kind_has_a_heading(void **state)
{
	char *docs = read_docs();

	(void)state;
	for (const struct probe *const *p = probes; *p; p++) {
		for (const struct probe_kind *k = (*p)->kinds; k->name; k++) {
			if (!has_heading(docs, k->name))
				fail_msg("docs/kinds.md says nothing of %s", k->name);
		}
	}
	assert_false(has_heading(docs, "no-such-kind"));
	free(docs);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_what_the_probes_declare),
		cmocka_unit_test(every_kind_has_a_heading),
	};

	if (argc > 1 && strcmp(argv[1], "--print") == 0) {
		char *made = table();

		fputs(made, stdout);
		free(made);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
