/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_PASS_H
#define CORE_PASS_H

/*
 * For whoever stands between the engine and another engine_out, and looks at some of
 * what is told: the rest goes on as it is. *next must be the first member of the
 * struct that is the ctx of its own functions.
 */
#include "engine.h"

/* Hands on everything; the members that are looked at are then set anew. */
struct engine_out pass_all(struct engine_out *next);

/* What a function of one's own ends with: the same call of the next one. */
int pass_session(void *ctx, const struct fact_session *session);
int pass_note(void *ctx, const struct fact_note *note);
int pass_report(void *ctx, const struct report *report);
int pass_end(void *ctx, const struct report_end *end);
int pass_kept(void *ctx, const struct fact_stall *stall);
int pass_ended(void *ctx, const struct stall_end *end);

#endif
