// SPDX-License-Identifier: GPL-2.0

#include "doctor.h"
#include "../os/wait_table.h"
#include "../ways/text.h"

bool doctor_ask_tables(struct doctor *d, const char *users)
{
	struct wait_table_news news;
	struct wait_table *t;
	bool good = true;

	if (wait_table_new(wait_table_shipped, users ? users : wait_table_users, &t))
		return false;
	for (size_t i = 0; wait_table_news(t, i, &news); i++) {
		struct doctor_check *c = doctor_add(d, "wait sites");

		c->answer = news.wrong ? DOCTOR_NO : DOCTOR_YES;
		text_copy(c->detail, sizeof(c->detail), news.text);
		if (news.wrong)
			text_copy(c->follows, sizeof(c->follows), "what it says is not used");
		good &= !news.wrong;
	}
	wait_table_free(t);
	return good;
}
