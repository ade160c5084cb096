/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_JOURNAL_ENTRY_H
#define FORWARD_JOURNAL_ENTRY_H

/* A report as an entry of the journal: "FIELD=value", as sd_journal_sendv(3) takes it. */
#include <sys/uio.h>

#include "entry_fields.h"

struct journal_entry {
	struct iovec parts[FIELDS_MAX + 8];
	size_t n;
};

/* Returns 0 or -ENOMEM. To be freed in both cases. */
int journal_entry_of(const struct item *it, struct journal_entry *ret);
void journal_entry_free(struct journal_entry *e);

#endif
