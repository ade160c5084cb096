// SPDX-License-Identifier: GPL-2.0
/* What may stay of a report, member by member: what is not here goes. */
#include "redact_private.h"

static const struct redact_rule waits[] = {
	{"resource", KEEP, 0},	{"verb", KEEP, 0},   {"since", KEEP, 0}, {"since_quality", KEEP, 0},
	{"waited_ns", KEEP, 0}, {"before", KEEP, 0}, {"tries", KEEP, 0}, {0},
};

static const struct redact_rule thread[] = {
	{"id", KEEP, 0},       {"pid", KEEP, 0},    {"tid", KEEP, 0},
	{"start", KEEP, 0},    {"comm", NAME, 0},   {"process", NAME, 0},
	{"exe", NAME, 0},      {"ns_pid", KEEP, 0}, {"cgroup", NAME, 0},
	{"unit", NAME, 0},     {"role", KEEP, 0},   {"state", KEEP, 0},
	{"activity", KEEP, 0}, {"doing", TEXT, 0},  {"ran", KEEP, 0},
	{"waits", ONE, waits}, {"stack", KEEP, 0},  {0},
};

static const struct redact_rule taken_frame[] = {
	{"module", TEXT, 0}, {"build_id", KEEP, 0}, {"offset", KEEP, 0}, {0}};

static const struct redact_rule holder[] = {
	{"thread", KEEP, 0},
	{"pid", KEEP, 0},
	{"tid", KEEP, 0},
	{"evidence", KEEP, 0},
	{"why", TEXT, 0},
	{"gone", KEEP, 0},
	{"copied", KEEP, 0},
	{"taken", KEEP, 0},
	{"taken_at", NOTHING, 0},
	{"taken_frame", ONE, taken_frame},
	{0},
};

static const struct redact_rule resource[] = {
	{"id", KEEP, 0},     {"kind", KEEP, 0},	    {"class", KEEP, 0},	       {"name", TEXT, 0},
	{"detail", TEXT, 0}, {"state", NUMBERS, 0}, {"holders", EACH, holder}, {0},
};

static const struct redact_rule frame[] = {
	{"module", TEXT, 0},
	{"build_id", KEEP, 0},
	{"offset", KEEP, 0},
	{"symbol", KEEP, 0},
	{"symbol_offset", KEEP, 0},
	{"file", NOTHING, 0},
	{"line", NOTHING, 0},
	{"guessed", KEEP, 0},
	{"inlined", KEEP, 0},
	{"how", KEEP, 0},
	{0},
};

static const struct redact_rule stack[] = {
	{"id", KEEP, 0}, {"complete", KEEP, 0}, {"note", TEXT, 0}, {"frames", FRAMES, frame}, {0}};

const struct redact_rule redact_host_rules[] = {
	{"name", NAME, 0},
	{"machine_id", KEEP, 0},
	{"boot_id", ID, 0},
	{"kernel", KEEP, 0},
	{"arch", KEEP, 0},
	{"utc_offset_s", KEEP, 0},
	{"os", KEEP, 0},
	{"processors", KEEP, 0},
	{"memory_bytes", KEEP, 0},
	{"uptime_s", KEEP, 0},
	{0},
};

static const struct redact_rule first[] = {
	{"thread", KEEP, 0}, {"evidence", KEEP, 0}, {"how", TEXT, 0}, {0}};

static const struct redact_rule life[] = {
	{"change", KEEP, 0},	    {"more", KEEP, 0},
	{"times", KEEP, 0},	    {"into", KEEP, 0},
	{"split_from", KEEP, 0},    {"first", ONE, first},
	{"ending", KEEP, 0},	    {"suppressed", KEEP, 0},
	{"suppressed_ns", KEEP, 0}, {0},
};

static const struct redact_rule unseen[] = {
	{"hook", KEEP, 0}, {"what", KEEP, 0}, {"since", KEEP, 0}, {0}};

const struct redact_rule redact_report_rules[] = {
	{"schema", KEEP, 0},
	{"locktrace", KEEP, 0},
	{"event", KEEP, 0},
	{"id", KEEP, 0},
	{"signature", KEEP, 0},
	{"signature_partial", KEEP, 0},
	{"rule", KEEP, 0},
	{"title", KEEP, 0},
	{"heading", TEXT, 0},
	{"certainty", KEEP, 0},
	{"severity", KEEP, 0},
	{"summary", TEXT, 0},
	{"advice", TEXT, 0},
	{"at", KEEP, 0},
	{"since", KEEP, 0},
	{"since_quality", KEEP, 0},
	{"waited_ns", KEEP, 0},
	{"already_stuck", KEEP, 0},
	{"stuck", KEEP, 0},
	{"via", KEEP, 0},
	{"hooks", KEEP, 0},
	{"target", TEXT, 0},
	{"threshold_ns", KEEP, 0},
	{"host", ONE, redact_host_rules},
	{"lost", NUMBERS, 0},
	{"doubts", TEXTS, 0},
	{"life", ONE, life},
	{"threads", EACH, thread},
	{"resources", EACH, resource},
	{"stacks", EACH, stack},
	{"unseen", EACH, unseen},
	{0},
};
