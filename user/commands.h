/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <stdio.h>

/* Subcommands: argv[0] is the subcommand's name; each returns an exit status. */
int cmd_watch(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_symbolize(int argc, char **argv);
int cmd_fleet(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_forward(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_metrics(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_config(int argc, char **argv);

void print_help(FILE *out);

#endif
