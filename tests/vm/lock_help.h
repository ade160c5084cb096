/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VM_LOCK_HELP_H
#define VM_LOCK_HELP_H

/* The other side of a contended lock: a thread that has it until the main thread waits. */

/* What the main thread waits for, and how another one ends that. */
struct help {
	void (*take)(void *what), (*give)(void *what);
	void *what;
};

/* Starts the thread, which serves for ever. Exits if there is none. */
void help_new(void);

void help_begin(const struct help *h); /* it has taken it then */
void help_end(void);		       /* ... and given it back */

#endif
