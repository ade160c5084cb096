// SPDX-License-Identifier: GPL-2.0
/*
 * Reports in the journal: `locktrace forward` puts them into a field of their
 * own, and a service with --format=json into its messages.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_private.h"

/* So begins every report. */
#define REPORT_BEGINS "{\\\"schema\\\":"

bool fleet_is_journal(const struct json_member *m)
{
	return !m[M_SCHEMA].type && m[M_JOURNAL_TIME].type;
}

static const struct json_member *find(const struct json_member *m)
{
	const struct json_member *message = &m[M_JOURNAL_MESSAGE];

	if (m[M_JOURNAL_REPORT].type)
		return &m[M_JOURNAL_REPORT];
	if (message->type == JSON_SCAN_TEXT && message->size > strlen(REPORT_BEGINS) &&
	    memcmp(message->at, REPORT_BEGINS, strlen(REPORT_BEGINS)) == 0)
		return message;
	return NULL;
}

int fleet_journal_text(const struct json_member *members, char **buf, size_t *room, char why[160])
{
	const struct json_member *m = find(members);
	char *more;

	if (!m)
		return 0;
	if (m->type != JSON_SCAN_TEXT) {
		snprintf(why, 160,
			 "an entry of a journal, and journalctl left the report out as "
			 "it is long: it needs --all");
		return -EBADMSG;
	}
	if (*room < m->size + 1) {
		more = realloc(*buf, 2 * m->size + 1);
		if (!more)
			return -ENOMEM;
		*buf = more;
		*room = 2 * m->size + 1;
	}
	return json_member_text(m, *buf, *room);
}
