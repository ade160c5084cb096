// SPDX-License-Identifier: GPL-2.0
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "message.h"
#include "option_table.h"

/*
 * Below 10 ms the looks themselves would be the load; above 30 days nothing
 * would ever be told.
 */
#define THRESHOLD_MIN_NS 10000000ULL
#define THRESHOLD_MAX_NS (30ULL * 86400 * 1000000000ULL)

static const char *const via_words[] = {"auto", "hooks", "census", "proc", NULL};
static const char *const uprobes_words[] = {"auto", "on", "off", NULL};
static const char *const format_words[] = {"text", "json", "dot", "html", NULL};
static const char *const color_words[] = {"auto", "always", "never", NULL};

/* Which of the words it is, or -EINVAL after saying which there are. */
static int parse_word(const char *option, const char *arg, const char *const *words)
{
	char list[128] = "";

	for (int i = 0; words[i]; i++) {
		if (strcmp(arg, words[i]) == 0)
			return i;
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "",
			 words[i]);
	}
	error_line("--%s=%s: must be one of: %s", option, arg, list);
	return -EINVAL;
}

static int parse_pid(const char *arg, pid_t *ret)
{
	char *end;
	long pid;

	errno = 0;
	pid = strtol(arg, &end, 10);
	if (errno != 0 || *arg < '0' || *arg > '9' || *end != '\0' || pid < 1 || pid > INT_MAX) {
		error_line("--pid %s: must be a process id, a number such as 306", arg);
		return -EINVAL;
	}
	*ret = (pid_t)pid;
	return 0;
}

static int parse_name(const char *option, const char *arg, const char **ret)
{
	if (!*arg || strchr(arg, '/')) {
		error_line("--%s %s: must be a name", option, arg);
		return -EINVAL;
	}
	*ret = arg;
	return 0;
}

/* As it stands in /proc/PID/cgroup, or as it is mounted with version 2. */
static int parse_cgroup(const char *arg, const char **ret)
{
	static const char mount[] = "/sys/fs/cgroup";
	size_t n = sizeof(mount) - 1;

	if (strncmp(arg, mount, n) == 0 && (arg[n] == '/' || !arg[n]))
		arg += n;
	if (*arg != '/' || !arg[1]) {
		error_line("--cgroup %s: must be the path of a control group below the root, as in "
			   "/proc/PID/cgroup",
			   arg);
		return -EINVAL;
	}
	*ret = arg;
	return 0;
}

static int parse_time(const char *option, const char *arg, uint64_t min_ns, uint64_t max_ns,
		      uint64_t *ret)
{
	uint64_t ns;

	if (duration_parse(arg, &ns) != 0) {
		error_line("--%s %s: must be a time such as 250ms, 2s or 1m", option, arg);
		return -EINVAL;
	}
	if (ns < min_ns || ns > max_ns) {
		error_line("--%s %s: must be between %" PRIu64 "ms and %" PRIu64 "d", option, arg,
			   (uint64_t)(min_ns / 1000000), (uint64_t)(max_ns / 86400000000000ULL));
		return -EINVAL;
	}
	*ret = ns;
	return 0;
}

static int parse_debug_dir(struct options *o, const char *arg)
{
	size_t n = 0;

	while (o->debug_dirs[n])
		n++;
	if (n == DEBUG_DIRS_MAX) {
		error_line("--debug-dir: more than %d of them", DEBUG_DIRS_MAX);
		return -EINVAL;
	}
	o->debug_dirs[n] = arg;
	return 0;
}

/* Switches that only our own tests turn: each makes something fail on purpose. */
static int parse_debug(struct options *o, const char *arg)
{
	static const char *const words[] = {"force-kprobe", "detach-hooks", NULL};
	int word = parse_word("debug", arg, words);

	if (word == 0)
		o->force_kprobe = true;
	if (word == 1)
		o->detach_hooks = true;
	return word < 0 ? word : 0;
}

static int parse_filter(struct options *o, enum filter_list list, const char *arg)
{
	static const char *const names[] = {[LIST_ONLY] = "only", [LIST_IGNORE] = "ignore"};
	struct filter_error error;
	int err = filters_add(&o->filters, list, arg, &error);

	if (err == -EINVAL)
		error_line("--%s %s: %s%.30s%s: %s", names[list], arg,
			   arg[error.at] ? "at \"" : "at the end", arg + error.at,
			   arg[error.at] ? "\"" : "", error.why);
	else if (err)
		error_line("out of memory");
	return err ? -EINVAL : 0;
}

static int parse_spool_limits(struct options *o, const char *arg)
{
	const char *why = spool_limits_parse(arg, &o->spool_limits);

	if (why)
		error_line("--spool-limits %s: %s", arg, why);
	return why ? -EINVAL : 0;
}

static int parse_choice(struct options *o, int opt, const char *arg)
{
	int word;

	switch (opt) {
	case OPT_VIA:
		word = parse_word("via", arg, via_words);
		if (word >= 0)
			o->via = word == 0 ? NULL : via_words[word];
		break;
	case OPT_UPROBES:
		word = parse_word("uprobes", arg, uprobes_words);
		if (word >= 0)
			o->uprobes = (enum uprobes)word;
		break;
	case 'f':
		word = parse_word("format", arg, format_words);
		o->format = arg;
		break;
	default:
		word = parse_word("color", arg, color_words);
		o->color = arg;
		break;
	}
	return word < 0 ? word : 0;
}

static int parse_one(struct options *o, int opt, const char *arg)
{
	switch (opt) {
	case 'p':
		return parse_pid(arg, &o->pid);
	case 't':
		return parse_time("threshold", arg, THRESHOLD_MIN_NS, THRESHOLD_MAX_NS,
				  &o->threshold_ns);
	case 'd':
		return parse_time("duration", arg, 1000000, THRESHOLD_MAX_NS * 12, &o->duration_ns);
	case OPT_NO_CHILDREN:
		o->children = false;
		return 0;
	case OPT_COMM:
		return parse_name("comm", arg, &o->comm);
	case OPT_UNIT:
		return parse_name("unit", arg, &o->unit);
	case OPT_CGROUP:
		return parse_cgroup(arg, &o->cgroup);
	case OPT_ONCE:
		o->once = true;
		return 0;
	case OPT_INCLUDE_PARKED:
		o->include_parked = true;
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case OPT_RECORD:
		o->record = arg;
		return 0;
	case OPT_ONLY:
		return parse_filter(o, LIST_ONLY, arg);
	case OPT_IGNORE:
		return parse_filter(o, LIST_IGNORE, arg);
	case OPT_DEBUG:
		return parse_debug(o, arg);
	case OPT_DEBUG_DIR:
		return parse_debug_dir(o, arg);
	case OPT_SPOOL:
		o->spool = arg;
		return 0;
	case OPT_SPOOL_LIMITS:
		return parse_spool_limits(o, arg);
	case 'h':
		o->help = true;
		return 0;
	case 'V':
		o->version = true;
		return 0;
	default:
		return parse_choice(o, opt, arg);
	}
}

/* What each option on its own allows, but not together. */
static int check_together(const struct options *o, enum option_set set)
{
	if (set == OPTIONS_REPLAY && !o->file && !o->help) {
		error_line("replay: which trace? locktrace replay FILE");
		return -EINVAL;
	}
	if (set == OPTIONS_SYMBOLIZE && !o->file && !o->help) {
		error_line("symbolize: which report? locktrace symbolize REPORT.json, or - for "
			   "standard input");
		return -EINVAL;
	}
	if (o->once && o->duration_ns) {
		error_line("--once looks once and exits: leave out --duration");
		return -EINVAL;
	}
	int chosen = !!o->pid + !!o->comm + !!o->unit + !!o->cgroup;

	if (chosen > 1) {
		error_line("--pid, --comm, --unit and --cgroup: choose one of them");
		return -EINVAL;
	}
	if (!o->children && !chosen) {
		error_line("--no-children goes with --pid, --comm, --unit or --cgroup");
		return -EINVAL;
	}
	return 0;
}

static int parse_all(struct options *o, int argc, char **argv, enum option_set set)
{
	struct option table[OPTION_ROWS_MAX + 1];
	char shorts[2 * OPTION_ROWS_MAX + 2];
	int opt;

	option_table_getopt(set, table, shorts);
	optind = 1;
	while ((opt = getopt_long(argc, argv, shorts, table, NULL)) != -1) {
		if (opt == '?' || opt == ':') {
			error_line(opt == ':' ? "%s needs a value: see locktrace --help"
					      : "%s is not an option: see locktrace --help",
				   argv[optind - 1]);
			return -EINVAL;
		}
		if (parse_one(o, opt, optarg) != 0)
			return -EINVAL;
	}
	if (set != OPTIONS_WATCH && optind < argc)
		o->file = argv[optind++];
	if (optind < argc) {
		error_line("%s: what is this? see locktrace --help", argv[optind]);
		return -EINVAL;
	}
	return check_together(o, set);
}

int options_parse(int argc, char **argv, enum option_set set, struct options *ret)
{
	struct options o = {
		.children = true,
		.threshold_ns = 1000000000ULL,
		.format = set == OPTIONS_SYMBOLIZE ? "json" : "text",
		.color = "auto",
		.spool_limits = SPOOL_LIMITS_DEFAULT,
	};

	if (parse_all(&o, argc, argv, set) != 0) {
		options_free(&o);
		return -EINVAL;
	}
	*ret = o;
	return 0;
}

void options_free(struct options *o)
{
	filters_free(&o->filters);
}
