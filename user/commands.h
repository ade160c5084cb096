/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <stdio.h>

/* Subcommands, in the order of --help: the name, also of its function, and what it is for. */
#define COMMANDS(X)                                                                                \
	X(watch, "Report every stall (the default)")                                               \
	X(replay, "Report again from a recorded trace; needs no rights")                           \
	X(symbolize, "Name the frames of a report (JSON) that was made elsewhere")                 \
	X(fleet, "Group the reports of many devices by what is wrong")                             \
	X(explain, "Say what a rule means that a report names, and list the rules")                \
	X(report, "List, show or remove the reports that --spool keeps")                           \
	X(export, "Put them into one file, to be carried away; remove what was confirmed")         \
	X(import, "Unpack such files, and say what has come safely")                               \
	X(forward, "Deliver the reports that --spool keeps: journal, OpenTelemetry")               \
	X(doctor, "Tell what this kernel allows, and what follows")                                \
	X(status, "Say how the service is: what it sees, what is stuck, what it costs")            \
	X(metrics, "Serve its numbers to Prometheus, on loopback")                                 \
	X(config, "Check a configuration file, such as the service's")                             \
	X(help, "This page")

/* argv[0] is the subcommand's name; each returns an exit status. */
#define COMMAND_DECLARED(name, words) int cmd_##name(int argc, char **argv);
COMMANDS(COMMAND_DECLARED)
#undef COMMAND_DECLARED

void print_help(FILE *out);

#endif
