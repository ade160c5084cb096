/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_READER_CHILD_H
#define OS_READER_CHILD_H

/*
 * The child's half of the reader: does what may hang, and can be killed.
 */
#include <stdint.h>
#include <sys/types.h>

/* What one answer can hold: the bound of reader_proc_file(). */
#define READER_SHARED (16UL << 20)

enum reader_op { READER_MEMORY = 1, READER_FILE, READER_OPEN };

struct reader_request {
	uint32_t op;
	pid_t pid;
	uint64_t addr;
	uint64_t size;
	char name[4096 + 64]; /* root/PATH */
};

struct reader_answer {
	int64_t result; /* bytes in the shared memory, or -errno */
};

/* Serves requests until the parent closes its end or dies. Does not return. */
_Noreturn void reader_child_run(int sock, char *shared, const char *root, pid_t parent);

#endif
