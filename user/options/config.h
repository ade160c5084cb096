/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CONFIG_H
#define CONFIG_H

/*
 * locktrace.conf(5): lines of "key = value", the keys being the long options of
 * the watch, one for one (option_table.c). FILE is read, then what FILE.d has of *.conf, in
 * the order of their names. Later lines win; those of options that may be
 * repeated add up. An empty value takes back what was said before of that key.
 */
#include <stdbool.h>
#include <stddef.h>

#include "option_table.h"

#define CONFIG_DEFAULT_PATH "/etc/locktrace/locktrace.conf"

/* More are not told of. */
#define CONFIG_ERRORS_MAX 20

struct config_setting {
	const struct option_row *row;
	char *value;	  /* "": take back */
	const char *file; /* where it stands */
	unsigned int line;
};

struct config {
	struct config_setting *settings; /* as read */
	size_t n_settings, cap_settings;
	char **files; /* that were read */
	size_t n_files, cap_files;
	char *errors[CONFIG_ERRORS_MAX]; /* "FILE:LINE: what is wrong" */
	size_t n_errors;
	bool unreadable; /* one of the errors is a file that cannot be read */
};

/* Whose keys they are: those of the watch, or of a command that has a file of its own. */
struct config_kind {
	const struct option_row *(*key)(const char *name, size_t n); /* NULL: there is none */
	const char *page;					     /* "locktrace.conf(5)" */
};

/*
 * Reads all of it. Whatever is wrong is in the errors, so that they are all told
 * at once. Returns 0 and sets *ret, or -ENOMEM.
 */
int config_read(const char *path, struct config **ret);

/* The same with other keys. What their values may be is for the caller to say. */
int config_read_kind(const char *path, const struct config_kind *kind, struct config **ret);

/* Does nothing that comes later take the place of the i-th setting? */
bool config_counts(const struct config *c, size_t i);

void config_free(struct config *c); /* NULL is fine */

/* On stderr, a line each. Returns how many. */
size_t config_print_errors(const struct config *c);

/*
 * Sets what the files say, but for the options that the command line gives
 * (by the row's index; NULL: none) and for those that it rules out. *c must live
 * as long as *o. Returns 0 or -ENOMEM.
 */
int config_apply(const struct config *c, const bool *given, struct options *o);

/* Do both say the same of that option? */
bool config_same(const struct config *a, const struct config *b, const struct option_row *row);

#endif
