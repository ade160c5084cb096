// SPDX-License-Identifier: GPL-2.0
#include "doctor_words.h"

#include "../ways/text.h"

struct doctor_check *doctor_add(struct doctor *d, const char *name)
{
	struct doctor_check *c = &d->checks[d->n < DOCTOR_CHECKS - 1 ? d->n++ : d->n];

	*c = (struct doctor_check){.answer = DOCTOR_NOT_ASKED};
	text_copy(c->name, sizeof(c->name), name);
	return c;
}

const char *doctor_best_way(const struct doctor *d)
{
	return d->hooks ? "hooks" : d->census ? "census" : d->proc ? "proc" : "none";
}

const char *doctor_way_text(const struct doctor *d)
{
	if (d->hooks)
		return "locktrace sees by hooks: it knows exactly since when a thread waits.";
	if (d->census)
		return "locktrace sees by the BPF census: since when a thread waits is known at "
		       "least, and exactly never; how long it used to wait is not known, so nothing is "
		       "told as abnormal-wait.";
	if (d->proc)
		return "locktrace sees by /proc alone: it works, with more cost the more threads "
		       "there are, and since when is known at least; how long a thread used to wait is "
		       "not known, so nothing is told as abnormal-wait.";
	return "locktrace can see nothing here; run it as root (sudo).";
}

json_t *doctor_json(const struct doctor *d, const struct utsname *kernel)
{
	json_t *checks = json_array();

	for (size_t i = 0; i < d->n; i++) {
		const struct doctor_check *c = &d->checks[i];
		/* NULL: it was not asked */
		json_t *ok = c->answer == DOCTOR_NOT_ASKED ? json_null()
							   : json_boolean(c->answer == DOCTOR_YES);

		json_array_append_new(checks, json_pack("{s:s, s:o, s:s, s:s}", "name", c->name,
							"ok", ok, "detail", c->detail, "follows",
							c->answer == DOCTOR_NO ? c->follows : ""));
	}
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:o}", "schema", 1, "locktrace",
			 LOCKTRACE_VERSION, "kernel", kernel->release, "arch", kernel->machine,
			 "via", doctor_best_way(d), "summary", doctor_way_text(d), "checks",
			 checks);
}
