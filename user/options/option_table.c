// SPDX-License-Identifier: GPL-2.0
#include "option_table.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define WATCH  (1U << OPTIONS_WATCH)
#define FILES  (1U << OPTIONS_REPLAY | 1U << OPTIONS_SYMBOLIZE)
#define JUDGES (1U << OPTIONS_WATCH | 1U << OPTIONS_REPLAY)
#define ALL    (WATCH | FILES)

const struct option_row option_rows[] = {
	{"pid", 'p', "PID", WATCH, "look at this process and its descendants"},
	{"comm", OPT_COMM, "NAME", WATCH, "... at all processes of that name"},
	{"unit", OPT_UNIT, "UNIT", WATCH,
	 "... at those of a systemd unit, or of a container (its id)"},
	{"cgroup", OPT_CGROUP, "PATH", WATCH, "... at those in a control group"},
	{"no-children", OPT_NO_CHILDREN, NULL, WATCH, "... but not at their descendants"},
	{"once", OPT_ONCE, NULL, WATCH, "look now, report what is stuck, exit"},
	{"include-parked", OPT_INCLUDE_PARKED, NULL, WATCH,
	 "show threads that wait for work or events, too"},
	{"threshold", 't', "TIME", WATCH,
	 "a wait this long is a stall: 250ms, 2s, 1m (default 1s)"},
	{"duration", 'd', "TIME", WATCH, "watch so long, then exit (default: until Ctrl-C)"},
	{"only", OPT_ONLY, "FILTER", JUDGES, "tell only of these stalls, such as unit=nginx"},
	{"ignore", OPT_IGNORE, "FILTER", JUDGES, "not of these, such as rule=slow-holder,comm=foo"},
	{"via", OPT_VIA, "WAY", WATCH, "auto, hooks, census or proc: how to see (default auto)"},
	{"uprobes", OPT_UPROBES, "MODE", WATCH, "auto, on or off: remember where locks were taken"},
	{"budget", OPT_BUDGET, "SHARE", WATCH,
	 "what hooks may take of a CPU: 0.5%, off (default 1%, for chosen processes 5%)"},
	{"map-sizes", OPT_MAP_SIZES, "SIZES", WATCH,
	 "entries of the hooks' maps: waits=8192,targets=16384,gone=1024"},
	{"format", 'f', "FORMAT", ALL, "text, json (one report a line), dot or html"},
	{"output", 'o', "FILE", ALL, "write the reports there"},
	{"debug-dir", OPT_DEBUG_DIR, "DIR", ALL,
	 "debug files, found by their build-id; may be repeated"},
	{"debuginfod", OPT_DEBUGINFOD, NULL, FILES,
	 "replay, symbolize: fetch the rest from DEBUGINFOD_URLS"},
	{"record", OPT_RECORD, "FILE", WATCH, "write the facts there, for `locktrace replay FILE`"},
	{"spool", OPT_SPOOL, "DIR", JUDGES,
	 "keep each stall in a file there, for `locktrace report`"},
	{"spool-limits", OPT_SPOOL_LIMITS, "LIMITS", JUDGES,
	 "how much of it: bytes=64M,files=1000,age=90d,free=64M"},
	{"metrics-file", OPT_METRICS_FILE, "FILE", WATCH,
	 "keep numbers there, for Prometheus and `locktrace status`"},
	{"spool-compress", OPT_SPOOL_COMPRESS, "HOW", JUDGES,
	 "new files there: auto, none, gzip or zstd (default auto: zstd if built in)"},
	{"config", OPT_CONFIG, "FILE", WATCH,
	 "read options from there and from FILE.d/*.conf, too"},
	{"color", OPT_COLOR, "WHEN", ALL, "auto, always or never"},
	{"debug", OPT_DEBUG, "WHAT", WATCH, NULL},
	{"help", 'h', NULL, ALL, "this page"},
	{"version", 'V', NULL, WATCH, "the version"},
};

const size_t n_option_rows = COUNT(option_rows);

_Static_assert(COUNT(option_rows) <= OPTION_ROWS_MAX, "make OPTION_ROWS_MAX larger");

bool option_repeats(const struct option_row *row)
{
	return row->opt == OPT_ONLY || row->opt == OPT_IGNORE || row->opt == OPT_DEBUG_DIR;
}

bool option_has_key(const struct option_row *row)
{
	return row->sets & WATCH && row->help && row->opt != OPT_CONFIG && row->opt != 'h' &&
	       row->opt != 'V';
}

const struct option_row *option_by_name(const char *name, size_t n)
{
	for (size_t i = 0; i < n_option_rows; i++) {
		if (strlen(option_rows[i].name) == n && memcmp(option_rows[i].name, name, n) == 0)
			return &option_rows[i];
	}
	return NULL;
}

void option_table_getopt(enum option_set set, struct option table[OPTION_ROWS_MAX + 1],
			 char shorts[2 * OPTION_ROWS_MAX + 2])
{
	size_t n = 0;

	*shorts++ = ':'; /* a missing value is told apart from an unknown option */
	for (size_t i = 0; i < n_option_rows; i++) {
		const struct option_row *row = &option_rows[i];

		if (!(row->sets & 1U << set))
			continue;
		table[n++] = (struct option){
			row->name, row->value ? required_argument : no_argument, NULL, row->opt};
		if (row->opt >= OPT_ONCE)
			continue;
		*shorts++ = (char)row->opt;
		if (row->value)
			*shorts++ = ':';
	}
	table[n] = (struct option){0};
	*shorts = '\0';
}

void option_table_help(FILE *out)
{
	for (size_t i = 0; i < n_option_rows; i++) {
		const struct option_row *row = &option_rows[i];
		int n;

		if (!row->help)
			continue;
		n = row->opt < OPT_ONCE ? fprintf(out, "  -%c, --%s", row->opt, row->name)
					: fprintf(out, "      --%s", row->name);
		if (row->value)
			n += fprintf(out, " %s", row->value);
		fprintf(out, "%*s %s\n", n < 24 ? 24 - n : 0, "", row->help);
	}
}
