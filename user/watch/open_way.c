// SPDX-License-Identifier: GPL-2.0
#include "open_way.h"

#include <errno.h>
#include <string.h>

#include "../exit_status.h"

/* Best first. */
static const struct way *const ways[] = {&way_hooks, &way_census, &way_proc};

int open_way(const struct way_config *config, const char *name, struct open_way *ret)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		void *self;

		if (name && strcmp(name, ways[i]->name) != 0)
			continue;
		if (ways[i]->open(config, &self) == 0) {
			*ret = (struct open_way){ways[i], self};
			return 0;
		}
	}
	return EXIT_UNAVAILABLE;
}
