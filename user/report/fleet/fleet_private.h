/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_FLEET_PRIVATE_H
#define REPORT_FLEET_PRIVATE_H

/* What the files of the fleet's view share. */
#include <stdbool.h>

#include "../../core/report.h"
#include "../../core/table.h"
#include "fleet.h"
#include "fleet_recent.h"
#include "../json/json_stream.h"

#define FLEET_VERSIONS 8
#define FLEET_MOMENT   25 /* "2026-11-21T08:22:06.627Z": such texts compare as times do */

/* One report, as far as it is looked at. */
struct fleet_line {
	char event[16], id[24], signature[24];
	char rule[48], title[96], summary[512], version[48];
	char host[256];	  /* "": not known */
	char device[256]; /* by which devices are told apart; "": not known */
	char at[FLEET_MOMENT], since[FLEET_MOMENT]; /* "": not known */
	enum certainty certainty;
	bool partial;
	uint64_t waited_ns;
	uint64_t suppressed;
};

struct fleet_version {
	char name[48];
	uint64_t reports;
};

/* What runs the code that hangs, from the first report. */
struct fleet_program {
	char process[64], module[96], build_id[48]; /* "": not known */
};

struct fleet_group {
	char signature[24], rule[48], title[96];
	bool partial; /* in one of them at least */
	char first[FLEET_MOMENT], last[FLEET_MOMENT];
	uint64_t reports, stalls, suppressed, devices;
	uint64_t unnamed; /* reports that do not say of which device */
	uint64_t longest_ns;
	struct fleet_version versions[FLEET_VERSIONS];
	size_t n_versions;
	uint64_t other_versions; /* reports of yet others */
	struct fleet_program program;

	/* the earliest */
	char example_host[256], example_id[24], example_at[FLEET_MOMENT];
	char *example;
	enum certainty example_certainty;
};

struct fleet_pair {
	uint32_t group, device;
};

struct fleet {
	struct fleet_caps caps;
	struct json_stream stream;
	struct fleet_count count;
	char *broken_file, broken_why[160];
	char *inner; /* a report that was in something else */
	size_t inner_room;

	struct fleet_group *groups;
	char **devices;
	struct fleet_pair *pairs;
	size_t n_groups, n_devices, n_pairs;
	struct table group_table, device_table, pair_table;
	struct fleet_recent recent;

	/* above a cap: reports */
	uint64_t over_groups, over_devices, over_pairs;
};

/* What is looked for in each object of a file. */
enum fleet_member {
	M_SCHEMA,
	M_LOCKTRACE,
	M_EVENT,
	M_ID,
	M_SIGNATURE,
	M_PARTIAL,
	M_RULE,
	M_TITLE,
	M_CERTAINTY,
	M_SUMMARY,
	M_AT,
	M_SINCE,
	M_WAITED,
	M_HOST,
	M_SUPPRESSED,
	M_MACHINE,
	M_JOURNAL_TIME,
	M_JOURNAL_REPORT,
	M_JOURNAL_MESSAGE,
	N_FLEET_MEMBERS,
};
extern const struct json_member fleet_members[N_FLEET_MEMBERS];

/*
 * What fleet needs of an object. Returns 1; 0: no report, but the end of a
 * session; or -EBADMSG with why.
 */
int fleet_line_read(const struct json_member *members, struct fleet_line *ret, char why[160]);

/*
 * Of an entry of a journal, as `journalctl -o json` writes them: the report in
 * it. *buf, of *room bytes, is made larger as need be. Returns 1 with the text
 * in *buf; 0: it has none; -EBADMSG with why; or -ENOMEM.
 */
bool fleet_is_journal(const struct json_member *members);
int fleet_journal_text(const struct json_member *members, char **buf, size_t *room, char why[160]);

/* All of a report is checked. Returns 0 or -errno, with why. */
int fleet_program_read(const char *text, size_t size, struct fleet_program *ret, char why[160]);

/* Returns 0, -EBADMSG with why, or -ENOMEM. */
int fleet_add(struct fleet *f, const struct fleet_line *line, const char *text, size_t size,
	      char why[160]);

/* The groups in the order in which they are told. */
void fleet_sort(struct fleet *f);

#endif
