// SPDX-License-Identifier: GPL-2.0
#include "settings_values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../duration.h"
#include "../service/spool_dir.h"

#define MS 1000000ULL
#define S  (1000 * MS)

enum type { TEXT, SWITCH, TIME, NUMBER, COMPRESSION, URL };

#define AT(member) offsetof(struct settings, member)

/* In the order of the rows (settings.c). */
static const struct kind {
	enum type type;
	size_t at;
	uint64_t min, max;
} kinds[] = {
	{TEXT, AT(spool), 0, 0},
	{TEXT, AT(state), 0, 0},
	{SWITCH, AT(journal), 0, 0},
	{URL, AT(otlp), 0, 0},
	{TEXT, AT(otlp_headers), 0, 0},
	{TEXT, AT(otlp_ca), 0, 0},
	{TEXT, AT(otlp_cert), 0, 0},
	{TEXT, AT(otlp_key), 0, 0},
	{COMPRESSION, AT(otlp_gzip), 0, 0},
	{TIME, AT(otlp_timeout_ns), 100 * MS, 3600 * S},
	{NUMBER, AT(batch_reports), 1, 10000},
	{NUMBER, AT(batch_bytes), 1 << 10, 64 << 20},
	{TIME, AT(retry_min_ns), 10 * MS, 3600 * S},
	{TIME, AT(retry_max_ns), 10 * MS, 86400 * S},
	{SWITCH, AT(otlp_redact), 0, 0},
	{SWITCH, AT(journal_redact), 0, 0},
	{SWITCH, AT(once), 0, 0},
	{TEXT, AT(metrics_file), 0, 0},
};

struct settings settings_default(void)
{
	const char *state = getenv("STATE_DIRECTORY"); /* of a service manager */

	return (struct settings){
		.spool = SPOOL_DIR_DEFAULT,
		.state = state && *state == '/' ? state : FORWARD_STATE_DEFAULT,
		.otlp_gzip = true,
		.otlp_redact = true,
		.otlp_timeout_ns = 30 * S,
		.batch_reports = 100,
		.batch_bytes = 1 << 20,
		.retry_min_ns = S,
		.retry_max_ns = 300 * S,
	};
}

static int set_switch(bool *ret, const char *value, char why[OPTION_WHY_MAX])
{
	static const char *const words[2][4] = {{"no", "false", "off", "0"},
						{"yes", "true", "on", "1"}};

	for (size_t i = 0; i < 8; i++) {
		if (strcasecmp(value, words[i / 4][i % 4]) == 0) {
			*ret = i >= 4;
			return 0;
		}
	}
	snprintf(why, OPTION_WHY_MAX, "must be yes or no");
	return -EINVAL;
}

static int set_time(const struct kind *k, uint64_t *ret, const char *value,
		    char why[OPTION_WHY_MAX])
{
	if (duration_parse(value, ret) == 0 && *ret >= k->min && *ret <= k->max)
		return 0;
	snprintf(why, OPTION_WHY_MAX, "must be a time from %gs to %gs, such as 30s or 5m",
		 (double)k->min / (double)S, (double)k->max / (double)S);
	return -EINVAL;
}

/* "100", "64K", "1M" */
static int set_number(const struct kind *k, uint64_t *ret, const char *value,
		      char why[OPTION_WHY_MAX])
{
	unsigned long long n;
	unsigned int shift = 0;
	char *end;

	errno = 0;
	n = strtoull(value, &end, 10);
	if (*end == 'K' || *end == 'M')
		shift = *end++ == 'K' ? 10 : 20;
	if (*value < '0' || *value > '9' || errno || *end || n > k->max >> shift ||
	    n << shift < k->min) {
		snprintf(why, OPTION_WHY_MAX, "must be a number from %llu to %llu",
			 (unsigned long long)k->min, (unsigned long long)k->max);
		return -EINVAL;
	}
	*ret = n << shift;
	return 0;
}

static int set_compression(bool *ret, const char *value, char why[OPTION_WHY_MAX])
{
	*ret = strcmp(value, "gzip") == 0;
	if (*ret || strcmp(value, "none") == 0)
		return 0;
	snprintf(why, OPTION_WHY_MAX, "must be one of: gzip, none");
	return -EINVAL;
}

static int set_url(const char **ret, const char *value, char why[OPTION_WHY_MAX])
{
	*ret = value;
	if ((strncmp(value, "http://", 7) == 0 && value[7]) ||
	    (strncmp(value, "https://", 8) == 0 && value[8]))
		return 0;
	snprintf(why, OPTION_WHY_MAX,
		 "must be a URL such as https://collector.example:4318/v1/logs");
	return -EINVAL;
}

int setting_set(struct settings *s, size_t i, const char *value, char why[OPTION_WHY_MAX])
{
	const struct kind *k = &kinds[i];
	void *at = (char *)s + k->at;

	switch (k->type) {
	case SWITCH:
		return set_switch(at, value, why);
	case TIME:
		return set_time(k, at, value, why);
	case NUMBER:
		return set_number(k, at, value, why);
	case COMPRESSION:
		return set_compression(at, value, why);
	case URL:
		return set_url(at, value, why);
	default:
		*(const char **)at = value;
		return 0;
	}
}

const char *settings_conflict(const struct settings *s)
{
	if (!s->journal && !s->otlp)
		return "forward: where to? --journal, --otlp URL, or both";
	if (!s->otlp_cert != !s->otlp_key)
		return "--otlp-cert and --otlp-key go together";
	if (s->otlp && strncmp(s->otlp, "http://", 7) == 0 && (s->otlp_ca || s->otlp_cert))
		return "--otlp-ca, --otlp-cert and --otlp-key need a URL that begins with https://";
	if (s->retry_max_ns < s->retry_min_ns)
		return "--retry-max must not be less than --retry-min";
	return NULL;
}
