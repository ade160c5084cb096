/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DOCTOR_H
#define DOCTOR_H

/*
 * What this machine lets us do, found out by doing it: versions and config
 * options promise what lockdown, capabilities and backports change.
 */
#include <stdbool.h>
#include <stddef.h>

enum doctor_answer { DOCTOR_NO, DOCTOR_YES, DOCTOR_NOT_ASKED };

struct doctor_check {
	char name[32]; /* "hook futex" */
	enum doctor_answer answer;
	char detail[320];  /* "by fentry", or why not */
	char follows[160]; /* what the user misses if not; "" if nothing */
};

#define DOCTOR_CHECKS 48

struct doctor {
	struct doctor_check checks[DOCTOR_CHECKS];
	size_t n;
	bool hooks, census, proc; /* ways of seeing that work */
};

/* Adds a check; returns where its texts go (a spare one when there is no room). */
struct doctor_check *doctor_add(struct doctor *d, const char *name);

void doctor_ask_bpf(struct doctor *d); /* sets hooks and census */
void doctor_ask_probes(struct doctor *d);
void doctor_ask_proc(struct doctor *d); /* sets proc */

/* The tables of wait sites; users NULL: where they are. Returns whether nothing is wrong in them.
 */
bool doctor_ask_tables(struct doctor *d, const char *users);

/* Prints where probes of a C library's lock functions go. Returns how many it has, or -errno. */
int doctor_list_probes(const char *path);

#endif
