// SPDX-License-Identifier: GPL-2.0
/*
 * locktrace: why does this process hang? Runs a subcommand; without one it watches.
 */
#include <locale.h>
#include <signal.h>
#include <string.h>

#include "commands.h"
#include "exit_status.h"
#include "message.h"
#include "parser/wire.h"

#define COMMAND_ROW(name, words) {#name, cmd_##name},

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {COMMANDS(COMMAND_ROW)};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

int main(int argc, char **argv)
{
	/* a parser is this program, started by itself: os/parser_child.h */
	if (argc == 2 && strcmp(argv[1], PARSER_ARGUMENT) == 0)
		parser_child_run();
	setlocale(LC_CTYPE, "");
	/* a reader that went away is an error of the write, with a message, not a death */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2 || argv[1][0] == '-')
		return cmd_watch(argc, argv);
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	error_line("%s is not a command: see locktrace --help", argv[1]);
	return EXIT_USAGE;
}
