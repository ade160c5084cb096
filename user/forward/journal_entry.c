// SPDX-License-Identifier: GPL-2.0
#include "journal_entry.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Texts have no NUL in them. */
static int add(struct journal_entry *e, const char *name, const char *value)
{
	size_t size = strlen(name) + 1 + strlen(value);
	char *part = malloc(size + 1);

	if (!part)
		return -ENOMEM;
	snprintf(part, size + 1, "%s=%s", name, value);
	e->parts[e->n++] = (struct iovec){part, size};
	return 0;
}

static int add_number(struct journal_entry *e, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return add(e, name, text);
}

int journal_entry_of(const struct item *it, struct journal_entry *ret)
{
	struct entry_fields f;
	int err;

	*ret = (struct journal_entry){.n = 0};
	entry_fields_of(it, &f);
	err = add(ret, "MESSAGE", f.message);
	if (!err)
		err = add(ret, "MESSAGE_ID", FORWARD_MESSAGE_ID);
	if (!err)
		err = add_number(ret, "PRIORITY", (uint64_t)f.priority);
	if (!err)
		err = add(ret, "SYSLOG_IDENTIFIER", "locktrace");
	for (size_t i = 0; i < f.n && !err; i++)
		err = f.list[i].text ? add(ret, f.list[i].journal, f.list[i].text)
				     : add_number(ret, f.list[i].journal, f.list[i].number);
	return err;
}

void journal_entry_free(struct journal_entry *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->parts[i].iov_base);
	e->n = 0;
}
