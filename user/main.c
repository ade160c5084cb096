// SPDX-License-Identifier: GPL-2.0
/*
 * locktrace: why does this process hang? The table of subcommands; without one
 * it watches.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "exit_status.h"
#include "message.h"
#include "options/option_table.h"
#include "parser/wire.h"

static int cmd_help(int argc, char **argv);

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{"watch", cmd_watch, "Report every stall (the default)"},
	{"replay", cmd_replay, "Report again from a recorded trace; needs no rights"},
	{"symbolize", cmd_symbolize, "Name the frames of a report (JSON) that was made elsewhere"},
	{"fleet", cmd_fleet, "Group the reports of many devices by what is wrong"},
	{"explain", cmd_explain, "Say what a rule means that a report names, and list the rules"},
	{"report", cmd_report, "List, show or remove the reports that --spool keeps"},
	{"export", cmd_export,
	 "Put them into one file, to be carried away; remove what was confirmed"},
	{"import", cmd_import, "Unpack such files, and say what has come safely"},
	{"forward", cmd_forward, "Deliver the reports that --spool keeps: journal, OpenTelemetry"},
	{"doctor", cmd_doctor, "Tell what this kernel allows, and what follows"},
	{"status", cmd_status,
	 "Say how the service is: what it sees, what is stuck, what it costs"},
	{"metrics", cmd_metrics, "Serve its numbers to Prometheus, on loopback"},
	{"config", cmd_config, "Check a configuration file, such as the service's"},
	{"help", cmd_help, "This page"},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

void print_help(FILE *out)
{
	fputs("Usage: locktrace [OPTIONS]            watch the whole system\n"
	      "       locktrace --pid PID [OPTIONS]  explain why a process hangs\n"
	      "       locktrace COMMAND [OPTIONS]\n\n"
	      "Tells who waits for what, since when, who holds it, and what the root cause is.\n"
	      "The process is never stopped, and it may have hung long before.\n\nCommands:\n",
	      out);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].help);
	fputs("\nOptions:\n", out);
	option_table_help(out);
	fputs("\nExit status: 0 nothing is stuck, 3 something is, others are errors: locktrace(1).\n",
	      out);
}

static int cmd_help(int argc __attribute__((unused)), char **argv __attribute__((unused)))
{
	print_help(stdout);
	return EXIT_NOTHING_STUCK;
}

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
