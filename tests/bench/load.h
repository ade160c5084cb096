/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

/* Loads of load_calls.c: each plays so many turns, and ends the program if it cannot. */
void run_sem(int turns);
void run_tcp(int turns);
void run_child(int turns);

#endif
