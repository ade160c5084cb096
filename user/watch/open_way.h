/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OPEN_WAY_H
#define OPEN_WAY_H

#include "../ways/way.h"

struct open_way {
	const struct way *way;
	void *self;
};

/*
 * Opens the way of that name, or the best that this kernel allows if it is
 * NULL. Returns 0 or an exit status; the reasons are in config->notes.
 */
int open_way(const struct way_config *config, const char *name, bool once, struct open_way *ret);

#endif
