// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "../os/lost.h"
#include "../os/os.h"
#include "../os/unread.h"
#include "probe.h"

#define DECLARE(NAME, file, number) extern const struct probe probe_##file;
LT_KINDS(DECLARE)
#undef DECLARE

const struct probe *const probes[] = {
#define ROW(NAME, file, number) &probe_##file,
	LT_KINDS(ROW)
#undef ROW
		NULL,
};

static bool blocks_in(const struct probe *p, int32_t syscall)
{
	for (const int *nr = p->syscalls; *nr >= 0; nr++) {
		if (*nr == syscall)
			return true;
	}
	return false;
}

bool probes_want_syscall(int32_t syscall)
{
	for (size_t i = 0; probes[i]; i++) {
		if (blocks_in(probes[i], syscall))
			return true;
	}
	return false;
}

/* In the midst of a call, but a page fault of it: that is not what the call waits for. */
static bool in_page_fault(const struct seen *s)
{
	return seen_in_kernel(s, "handle_mm_fault") || seen_in_kernel(s, "handle_userfault");
}

/* The calls and structures of 32-bit programs have other numbers and sizes. */
static bool is_asked(const struct probe *p, const struct seen *s, bool in_fault)
{
	return p->anywhere || (!s->kthread && !s->compat && !in_fault && blocks_in(p, s->syscall));
}

int probes_recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	bool in_fault = in_page_fault(s);

	if (s->compat)
		unread_add(os->unread, os->proc_fd, s->ref.pid, UNREAD_32BIT);
	for (size_t i = 0; probes[i]; i++) {
		struct wait w = {.probe = probes[i]};
		int r;

		if (!is_asked(probes[i], s, in_fault))
			continue;
		r = probes[i]->recognise(os, s, &w);
		if (r == 1) {
			*ret = w;
			return 1;
		}
		/* a thread that went away while it was looked at is no loss */
		if (r < 0 && r != -ESRCH && r != -ESTALE)
			lost_count(os->lost, "recognise-failed");
	}
	return 0;
}
