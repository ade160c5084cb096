/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_RULES_H
#define CORE_RULES_H

/*
 * The rules: what a finding is called, and what to do about it. A table, the
 * first row that matches wins; the last row matches everything.
 */
#include <string.h>

#include "finding.h"
#include "report.h"

#define RULE_KINDS 4

/* A row matches if there is a trigger to lead with, and match() agrees (NULL: always). */
struct rule {
	const char *name;	       /* kebab-case, as in the reports; never rename */
	const char *title;	       /* unless title_of says better */
	const char *advice;	       /* one or two sentences; unless advice_of says better */
	enum wait_class lead;	       /* the story is told from a trigger of this class; 0: any */
	const char *kinds[RULE_KINDS]; /* ... on a resource of one of these kinds; none: any */
	bool (*match)(const struct diagnosis *d, const struct finding *f);
	const char *(*advice_of)(const struct diagnosis *d, const struct finding *f);
	const char *(*title_of)(const struct diagnosis *d, const struct finding *f);
	enum severity severity; /* 0: a stall */
};

extern const struct rule rules[];
extern const size_t n_rules;

/* Sets rule and lead of a finding. */
void rules_apply(const struct diagnosis *d, struct finding *f);

/* kinds: up to RULE_KINDS of them, then NULL. */
static inline bool rules_is_kind(const struct model_resource *r, const char *const *kinds)
{
	for (size_t i = 0; i < RULE_KINDS && kinds[i]; i++) {
		if (!strcmp(r->fact.kind, kinds[i]))
			return true;
	}
	return false;
}

enum severity rules_severity(const struct rule *rule);
enum severity rules_severity_of(const char *name); /* of another version: a stall */

const struct rule *rules_find(const char *name); /* NULL: there is none */
const char *rules_title(const struct diagnosis *d, const struct finding *f);
const char *rules_advice(const struct diagnosis *d, const struct finding *f);

#endif
