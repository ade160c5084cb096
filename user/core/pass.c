// SPDX-License-Identifier: GPL-2.0
#include "pass.h"

int pass_session(void *ctx, const struct fact_session *session)
{
	const struct engine_out *next = ctx;

	return next->session ? next->session(next->ctx, session) : 0;
}

int pass_note(void *ctx, const struct fact_note *note)
{
	const struct engine_out *next = ctx;

	return next->note ? next->note(next->ctx, note) : 0;
}

int pass_report(void *ctx, const struct report *report)
{
	const struct engine_out *next = ctx;

	return next->report ? next->report(next->ctx, report) : 0;
}

int pass_end(void *ctx, const struct report_end *end)
{
	const struct engine_out *next = ctx;

	return next->end ? next->end(next->ctx, end) : 0;
}

int pass_kept(void *ctx, const struct fact_stall *stall)
{
	const struct engine_out *next = ctx;

	return next->kept ? next->kept(next->ctx, stall) : 0;
}

int pass_ended(void *ctx, const struct stall_end *end)
{
	const struct engine_out *next = ctx;

	return next->ended ? next->ended(next->ctx, end) : 0;
}

static bool pass_keeps_back(void *ctx, const struct report *report)
{
	const struct engine_out *next = ctx;

	return next->keeps_back && next->keeps_back(next->ctx, report);
}

struct engine_out pass_all(struct engine_out *next)
{
	return (struct engine_out){.session = pass_session,
				   .note = pass_note,
				   .report = pass_report,
				   .end = pass_end,
				   .kept = pass_kept,
				   .ended = pass_ended,
				   .ctx = next,
				   .keeps_back = pass_keeps_back};
}
