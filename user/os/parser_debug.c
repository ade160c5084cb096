// SPDX-License-Identifier: GPL-2.0
/*
 * Separate debug files that the parser asks for: those of the process, then
 * those of the machine (debug_dirs.h).
 */
#include <errno.h>
#include <stddef.h>

#include "debug_dirs.h"
#include "os.h"
#include "parser_source.h"

int parser_source_debug(void *ctx, const struct source_debug *wanted)
{
	struct parser_source *s = ctx;
	const struct parser_file *file = parser_source_given(s, wanted->file);
	const struct debug_wanted w = {
		.build_id = wanted->build_id,
		.link = wanted->link,
		.dir = file ? file->dir : "",
	};

	if (!s->process || s->no_debug || s->n_debug++ >= PARSER_MOST_DEBUG)
		return -EPERM;
	/* of a file that belongs to no process, only the machine's own */
	return debug_dirs_open(s->os->debug_dirs, s->process ? s->os->reader : NULL,
			       s->process ? s->process->pid : 0, &w, wanted->nth);
}
