// SPDX-License-Identifier: GPL-2.0
#include "option_values.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../duration.h"

/*
 * Below 10 ms the looks themselves would be the load; above 30 days nothing
 * would ever be told.
 */
#define THRESHOLD_MIN_NS 10000000ULL
#define THRESHOLD_MAX_NS (30ULL * 86400 * 1000000000ULL)

/* For one line that says what must be different. */
__attribute__((format(printf, 2, 3))) static int refuse(char why[OPTION_WHY_MAX],
							const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, OPTION_WHY_MAX, format, args);
	va_end(args);
	return -EINVAL;
}

static const char *const via_words[] = {"auto", "hooks", "census", "proc", NULL};
static const char *const uprobes_words[] = {"auto", "on", "off", NULL};
static const char *const format_words[] = {"text", "json", "dot", "html", NULL};
static const char *const color_words[] = {"auto", "always", "never", NULL};

/* Which of the words it is, or -EINVAL after saying which there are. */
static int parse_word(const char *arg, const char *const *words, char *why)
{
	char list[128] = "";

	for (int i = 0; words[i]; i++) {
		if (strcmp(arg, words[i]) == 0)
			return i;
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "",
			 words[i]);
	}
	return refuse(why, "must be one of: %s", list);
}

static int parse_pid(const char *arg, pid_t *ret, char *why)
{
	char *end;
	long pid;

	errno = 0;
	pid = strtol(arg, &end, 10);
	if (errno != 0 || *arg < '0' || *arg > '9' || *end != '\0' || pid < 1 || pid > INT_MAX)
		return refuse(why, "must be a process id, a number such as 306");
	*ret = (pid_t)pid;
	return 0;
}

/* A hundredth of a percent of a CPU is a hundred parts of a million. */
static int parse_budget(struct options *o, const char *arg, char *why)
{
	char *end;
	double percent = strtod(arg, &end);

	if (strcmp(arg, "off") == 0) {
		end = "";
		percent = 0;
	} else if (*arg < '0' || *arg > '9') {
		return refuse(why, "must be a share of one CPU such as 1%% or 0.5%%, or off");
	}
	if (*end == '%')
		end++;
	if (*end || !(percent == 0 || percent >= 0.001) || percent > 1000)
		return refuse(why, "must be between 0.001%% and 1000%% of one CPU, or off");
	o->budget_ppm = (uint64_t)(percent * 1e4 + 0.5);
	o->budget_given = true;
	return 0;
}

static int parse_name(const char *arg, const char **ret, char *why)
{
	if (!*arg || strchr(arg, '/'))
		return refuse(why, "must be a name");
	*ret = arg;
	return 0;
}

/* It is replaced as a whole, so it has to have a name. */
static int parse_file(const char *arg, const char **ret, char *why)
{
	size_t n = strlen(arg);

	if (!n || arg[n - 1] == '/')
		return refuse(why, "must be the name of a file");
	*ret = arg;
	return 0;
}

/* As it stands in /proc/PID/cgroup, or as it is mounted with version 2. */
static int parse_cgroup(const char *arg, const char **ret, char *why)
{
	static const char mount[] = "/sys/fs/cgroup";
	size_t n = sizeof(mount) - 1;

	if (strncmp(arg, mount, n) == 0 && (arg[n] == '/' || !arg[n]))
		arg += n;
	if (*arg != '/' || !arg[1])
		return refuse(why, "must be the path of a control group below the root, as in "
				   "/proc/PID/cgroup");
	*ret = arg;
	return 0;
}

static int parse_time(const char *arg, uint64_t min_ns, uint64_t max_ns, uint64_t *ret, char *why)
{
	uint64_t ns;

	if (duration_parse(arg, &ns) != 0)
		return refuse(why, "must be a time such as 250ms, 2s or 1m");
	if (ns < min_ns || ns > max_ns)
		return refuse(why, "must be between %" PRIu64 "ms and %" PRIu64 "d",
			      (uint64_t)(min_ns / 1000000), (uint64_t)(max_ns / 86400000000000ULL));
	*ret = ns;
	return 0;
}

static int parse_debug_dir(struct options *o, const char *arg, char *why)
{
	size_t n = 0;

	while (o->debug_dirs[n])
		n++;
	if (n == DEBUG_DIRS_MAX)
		return refuse(why, "more than %d of them", DEBUG_DIRS_MAX);
	o->debug_dirs[n] = arg;
	return 0;
}

/* Switches that only our own tests turn: each makes something fail on purpose. */
static int parse_debug(struct options *o, const char *arg, char *why)
{
	static const char *const words[] = {"force-kprobe", "detach-hooks", NULL};
	int word = parse_word(arg, words, why);

	if (word == 0)
		o->force_kprobe = true;
	if (word == 1)
		o->detach_hooks = true;
	return word < 0 ? word : 0;
}

static int parse_filter(struct options *o, enum filter_list list, const char *arg, char *why)
{
	struct filter_error error;
	int err = filters_add(&o->filters, list, arg, &error);

	if (err == -EINVAL)
		return refuse(why, "%s%.30s%s: %s", arg[error.at] ? "at \"" : "at the end",
			      arg + error.at, arg[error.at] ? "\"" : "", error.why);
	return err ? refuse(why, "out of memory") : 0;
}

static int parse_choice(struct options *o, int opt, const char *arg, char *why)
{
	int word;

	switch (opt) {
	case OPT_VIA:
		word = parse_word(arg, via_words, why);
		if (word >= 0)
			o->via = word == 0 ? NULL : via_words[word];
		break;
	case OPT_UPROBES:
		word = parse_word(arg, uprobes_words, why);
		if (word >= 0)
			o->uprobes = (enum uprobes)word;
		break;
	case 'f':
		word = parse_word(arg, format_words, why);
		o->format = arg;
		break;
	default:
		word = parse_word(arg, color_words, why);
		o->color = arg;
		break;
	}
	return word < 0 ? word : 0;
}

int option_set(struct options *o, int opt, const char *arg, char why[OPTION_WHY_MAX])
{
	const char *limits;

	switch (opt) {
	case 'p':
		return parse_pid(arg, &o->pid, why);
	case 't':
		return parse_time(arg, THRESHOLD_MIN_NS, THRESHOLD_MAX_NS, &o->threshold_ns, why);
	case 'd':
		return parse_time(arg, 1000000, THRESHOLD_MAX_NS * 12, &o->duration_ns, why);
	case OPT_NO_CHILDREN:
		o->children = false;
		return 0;
	case OPT_COMM:
		return parse_name(arg, &o->comm, why);
	case OPT_UNIT:
		return parse_name(arg, &o->unit, why);
	case OPT_CGROUP:
		return parse_cgroup(arg, &o->cgroup, why);
	case OPT_BUDGET:
		return parse_budget(o, arg, why);
	case OPT_MAP_SIZES:
		limits = map_sizes_parse(arg, &o->map_sizes);
		return limits ? refuse(why, "%s", limits) : 0;
	case OPT_ONCE:
		o->once = true;
		return 0;
	case OPT_INCLUDE_PARKED:
		o->include_parked = true;
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case OPT_METRICS_FILE:
		return parse_file(arg, &o->metrics_file, why);
	case OPT_RECORD:
		o->record = arg;
		return 0;
	case OPT_ONLY:
		return parse_filter(o, LIST_ONLY, arg, why);
	case OPT_IGNORE:
		return parse_filter(o, LIST_IGNORE, arg, why);
	case OPT_DEBUG:
		return parse_debug(o, arg, why);
	case OPT_DEBUG_DIR:
		return parse_debug_dir(o, arg, why);
	case OPT_DEBUGINFOD:
		o->debuginfod = true;
		return 0;
	case OPT_SPOOL:
		o->spool = arg;
		return 0;
	case OPT_SPOOL_LIMITS:
		limits = spool_limits_parse(arg, &o->spool_limits);
		return limits ? refuse(why, "%s", limits) : 0;
	case OPT_SPOOL_COMPRESS:
		limits = spool_form_parse(arg, &o->spool_compress);
		return limits ? refuse(why, "%s", limits) : 0;
	case OPT_CONFIG: /* was read before */
		return 0;
	case 'h':
		o->help = true;
		return 0;
	case 'V':
		o->version = true;
		return 0;
	default:
		return parse_choice(o, opt, arg, why);
	}
}
