// SPDX-License-Identifier: GPL-2.0
/* locktrace forward: the reports of the spool, to where somebody reads them. */

#include "commands.h"
#include "exit_status.h"
#include "forward/secret.h"
#include "forward/workers.h"

/* A key that is not there yet is no wrong option: it may come. */
static int check_files(const struct settings *s)
{
	int err = secret_check("otlp-ca", s->otlp_ca);

	err |= secret_check("otlp-cert", s->otlp_cert);
	err |= secret_check("otlp-key", s->otlp_key);
	err |= secret_check("otlp-headers", s->otlp_headers);
	return err ? EXIT_INPUT : 0;
}

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
		if (!status)
			status = check_files(&s);
	} else {
		status = workers_run(&s);
	}
	settings_free(&s);
	return status;
}
