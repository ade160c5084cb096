/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_UPROBE_H
#define WAYS_UPROBE_H

/*
 * Uprobes that cost nothing where they are not hit.
 *
 * Each is a perf event of the probed thread, and the kernel takes all of a thread's
 * events off its CPU and puts them on again whenever it sleeps: with 22 of them a
 * futex ping-pong that hits none took three times as long. From 6.10 on a file is
 * probed for a process without an event (uprobe_multi: there since 6.6, but seeing
 * one thread only). Before, the events are left disabled: that one is there is all
 * that the probe needs, and what is disabled is not put on a CPU. It is looked at all
 * the same, unless it is in a group whose first event is disabled.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct bpf_object;
struct bpf_program;

/* Does a kernel of this release ("6.12.95-amd64") have the better way, whole? */
bool uprobe_needs_no_event(const char *release);

/* To be called before the object is loaded. */
void uprobe_prepare(struct bpf_object *object);

/*
 * The group for all probes of that process, by programs such as this one. Returns a
 * descriptor, to be closed after them, or -1: there is none, or none is needed.
 */
int uprobe_group(const struct bpf_program *program, pid_t pid);

struct uprobe_place {
	pid_t pid;
	int group; /* or -1 */
	const char *path;
	uint64_t offset;
};

/* Returns a descriptor, to be closed when the probe shall go, or -errno. */
int uprobe_attach(const struct bpf_program *program, const struct uprobe_place *place,
		  uint64_t cookie);

/*
 * Closes such descriptors. Each waits until no processor can be in the probe any more, some
 * 40 ms; a postmaster and its children have hundreds. They wait side by side.
 */
void uprobe_detach(const int *probes, size_t n);

#endif
