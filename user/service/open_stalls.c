// SPDX-License-Identifier: GPL-2.0
#include "open_stalls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/arena.h"

struct open_stall *open_stalls_find(const struct open_stalls *o, const char *id)
{
	for (size_t i = 0; i < o->n; i++) {
		if (!strcmp(o->all[i].id, id))
			return &o->all[i];
	}
	return NULL;
}

int open_stalls_told(struct open_stalls *o, const struct report *r, char *text, size_t size)
{
	struct open_stall *stall = open_stalls_find(o, r->id);

	if (!stall) {
		if (array_room(&o->all, &o->cap, o->n, sizeof(*o->all))) {
			free(text);
			return -ENOMEM;
		}
		stall = &o->all[o->n++];
		*stall = (struct open_stall){0};
		memcpy(stall->id, r->id, sizeof(stall->id));
	}
	memcpy(stall->signature, r->signature, sizeof(stall->signature));
	free(stall->text);
	stall->text = text;
	stall->size = size;
	stall->wall_s = r->wall_ns / 1000000000;
	stall->over = r->event == EVENT_RESOLVED || r->event == EVENT_MERGED;
	return 0;
}

void open_stalls_remove(struct open_stalls *o, struct open_stall *stall)
{
	free(stall->text);
	*stall = o->all[--o->n];
}

void open_stalls_free(struct open_stalls *o)
{
	for (size_t i = 0; i < o->n; i++)
		free(o->all[i].text);
	free(o->all);
	*o = (struct open_stalls){0};
}
