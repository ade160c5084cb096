// SPDX-License-Identifier: GPL-2.0
#include "status_export.h"

#include <string.h>

#include "../utf8.h"
#include "../words.h"

static struct status_sink *sink(struct status_export *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->sinks[i].name, name) == 0)
			return &s->sinks[i];
	}
	if (s->n == EXPORT_SINKS_MAX || strlen(name) >= sizeof(s->sinks[0].name))
		return NULL;
	memcpy(s->sinks[s->n].name, name, strlen(name) + 1);
	return &s->sinks[s->n++];
}

void status_export_take(void *ctx, const struct sample *sample)
{
	static const struct {
		const char *name;
		size_t at;
	} numbers[] = {
		{"locktrace_export_pending_reports", offsetof(struct status_sink, pending)},
		{"locktrace_export_lag_seconds", offsetof(struct status_sink, lag_s)},
		{"locktrace_export_delivered_total", offsetof(struct status_sink, delivered)},
		{"locktrace_export_lost_total", offsetof(struct status_sink, lost)},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct status_sink *to = NULL;

		if (strcmp(numbers[i].name, sample->name) == 0)
			to = sink(ctx, sample_label(sample, "sink"));
		if (to)
			*(double *)((char *)to + numbers[i].at) += sample->value;
	}
}

void status_export_write(const struct status_export *s, FILE *out)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct status_sink *to = &s->sinks[i];
		char lag[WORDS];

		fputs("forward  ", out);
		utf8_put(out, to->name);
		if (to->pending > 0)
			fprintf(out, ": %.0f to be delivered, the oldest for %s", to->pending,
				words_age_s(to->lag_s, lag));
		else
			fputs(": nothing to be delivered", out);
		fprintf(out, "; %.0f delivered, %.0f lost\n", to->delivered, to->lost);
	}
}
