// SPDX-License-Identifier: GPL-2.0
/* Which row of the table a finding has, and what the row says of it. */
#include <string.h>

#include "rules.h"

/* The longest trigger that a rule leads with, or NONE. */
static uint32_t trigger_for(const struct diagnosis *d, const struct finding *f,
			    const struct rule *rule)
{
	for (uint32_t i = 0; i < f->n_triggers; i++) {
		const struct model_resource *r =
			&d->model->resources[d->model->waits[f->triggers[i]].resource];

		if (rule->lead && r->fact.class != rule->lead)
			continue;
		if (!rule->kinds[0] || rules_is_kind(r, rule->kinds))
			return f->triggers[i];
	}
	return NONE;
}

void rules_apply(const struct diagnosis *d, struct finding *f)
{
	const struct rule *rule = rules;

	/* the last row asks for nothing, so every finding has its rule */
	for (;; rule++) {
		f->lead = trigger_for(d, f, rule);
		if (f->lead != NONE && (!rule->match || rule->match(d, f)))
			break;
	}
	f->rule = rule;
}

enum severity rules_severity(const struct rule *rule)
{
	return rule->severity ? rule->severity : SEVERITY_STALL;
}

const struct rule *rules_find(const char *name)
{
	for (size_t i = 0; i < n_rules; i++) {
		if (!strcmp(rules[i].name, name))
			return &rules[i];
	}
	return NULL;
}

enum severity rules_severity_of(const char *name)
{
	const struct rule *rule = rules_find(name);

	return rule ? rules_severity(rule) : SEVERITY_STALL;
}

const char *rules_title(const struct diagnosis *d, const struct finding *f)
{
	return f->rule->title_of ? f->rule->title_of(d, f) : f->rule->title;
}

const char *rules_advice(const struct diagnosis *d, const struct finding *f)
{
	const char *better = f->rule->advice_of ? f->rule->advice_of(d, f) : NULL;

	return better ? better : f->rule->advice;
}
