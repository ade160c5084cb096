// SPDX-License-Identifier: GPL-2.0
#include "open_way.h"

#include <string.h>

#include "../exit_status.h"

/* Best first. */
static const struct way *const ways[] = {&way_hooks, &way_census, &way_proc};

/* Hooks tell of what begins while they are on: of a single look that is nothing. */
static bool is_wanted(const struct way *way, const char *name, bool once)
{
	return name ? strcmp(name, way->name) == 0 : !once || way != &way_hooks;
}

int open_way(const struct way_config *config, const char *name, bool once, struct open_way *ret)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		void *self;

		if (!is_wanted(ways[i], name, once))
			continue;
		if (ways[i]->open(config, &self) == 0) {
			*ret = (struct open_way){ways[i], self};
			return 0;
		}
	}
	return EXIT_UNAVAILABLE;
}
