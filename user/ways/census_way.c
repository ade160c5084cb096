// SPDX-License-Identifier: GPL-2.0
/* The way of seeing that has nothing but the census. */
#include "census.h"

static int way_open(const struct way_config *config, void **ret)
{
	struct census *c;
	int err = census_new(config, "census", &c);

	if (err == 0)
		*ret = c;
	return err;
}

static const char *way_hook_names(const void *self)
{
	(void)self;
	return "";
}

static int way_scan(void *self, uint64_t now_ns, uint64_t min_age_ns, seen_fn emit, void *ctx,
		    uint32_t *ret_threads)
{
	return census_scan(self, now_ns, min_age_ns, emit, ctx, ret_threads);
}

static int way_look(void *self, pid_t pid, pid_t tid, struct seen *ret)
{
	return census_look(self, pid, tid, ret);
}

static int way_semaphore(void *self, pid_t tid, uint32_t place, int semid, int num,
			 struct way_semaphore *ret)
{
	return census_semaphore(self, tid, place, semid, num, ret);
}

static int way_lost(void *self, const struct fact_sink *sink)
{
	return census_lost(self, sink);
}

static void way_close(void *self)
{
	census_free(self);
}

const struct way way_census = {
	.name = "census",
	.open = way_open,
	.hooks = way_hook_names,
	.scan = way_scan,
	.look = way_look,
	.semaphore = way_semaphore,
	.lost = way_lost,
	.close = way_close,
};
