// SPDX-License-Identifier: GPL-2.0
/* locktrace forward: the reports of the spool, to where somebody reads them. */
#include <stdio.h>

#include "commands.h"
#include "exit_status.h"
#include "forward/workers.h"

int cmd_forward(int argc, char **argv)
{
	struct settings s;
	int status;

	if (settings_parse(argc, argv, &s) != 0)
		return EXIT_USAGE;
	if (s.help) {
		settings_help();
		status = 0;
	} else if (s.check) {
		status = workers_check(&s);
	} else {
		status = workers_run(&s);
	}
	settings_free(&s);
	return status;
}
