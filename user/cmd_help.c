// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "commands.h"
#include "exit_status.h"
#include "options/option_table.h"

#define COMMAND_WORDS(name, words) {#name, words},

static const struct {
	const char *name, *words;
} commands[] = {COMMANDS(COMMAND_WORDS)};

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
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].words);
	fputs("\nOptions:\n", out);
	option_table_help(out);
	fputs("\nExit status: 0 nothing is stuck, 3 something is, others are errors: locktrace(1).\n",
	      out);
}

int cmd_help(int argc __attribute__((unused)), char **argv __attribute__((unused)))
{
	print_help(stdout);
	return EXIT_NOTHING_STUCK;
}
