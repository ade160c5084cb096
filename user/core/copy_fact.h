/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_COPY_FACT_H
#define CORE_COPY_FACT_H

/*
 * Deep copies of facts into an arena. Each returns 0, or -ENOMEM and then *ret
 * is untouched. ret may be the fact itself.
 */
#include "arena.h"
#include "facts.h"

int copy_session(struct arena *a, const struct fact_session *f, struct fact_session *ret);
int copy_process(struct arena *a, const struct fact_process *f, struct fact_process *ret);
int copy_thread(struct arena *a, const struct fact_thread *f, struct fact_thread *ret);
int copy_resource(struct arena *a, const struct fact_resource *f, struct fact_resource *ret);
int copy_wait(struct arena *a, const struct fact_wait *f, struct fact_wait *ret);
int copy_stack(struct arena *a, const struct fact_stack *f, struct fact_stack *ret);

#endif
