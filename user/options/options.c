// SPDX-License-Identifier: GPL-2.0
#include "options.h"

const char *options_conflict(const struct options *o, enum option_set set)
{
	int chosen = !!o->pid + !!o->comm + !!o->unit + !!o->cgroup;

	if (set == OPTIONS_REPLAY && !o->file && !o->help)
		return "replay: which trace? locktrace replay FILE";
	if (set == OPTIONS_SYMBOLIZE && !o->file && !o->help)
		return "symbolize: which report? locktrace symbolize REPORT.json, or - for "
		       "standard input";
	if (o->once && o->duration_ns)
		return "--once looks once and exits: leave out --duration";
	if (chosen > 1)
		return "--pid, --comm, --unit and --cgroup: choose one of them";
	if (!o->children && !chosen)
		return "--no-children goes with --pid, --comm, --unit or --cgroup";
	return NULL;
}

struct options options_default(enum option_set set)
{
	return (struct options){
		.children = true,
		.threshold_ns = 1000000000ULL,
		.format = set == OPTIONS_SYMBOLIZE ? "json" : "text",
		.color = "auto",
		.spool_limits = SPOOL_LIMITS_DEFAULT,
	};
}
