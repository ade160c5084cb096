/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_SANDBOX_H
#define PARSER_SANDBOX_H

/*
 * Gives up, for ever, all that a process may do but compute, ask its parent and
 * read what it was given. Some of it a kernel or a service manager may refuse,
 * and then the rest must do: a user id of its own, namespaces, an empty root.
 * Without the filter of system calls, or with any capability left, it is not
 * done at all. Returns 0 or -errno.
 */
int sandbox_enter(void);

/* The last of it: from here on only these system calls. */
int sandbox_filter(void);

#endif
