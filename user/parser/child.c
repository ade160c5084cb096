// SPDX-License-Identifier: GPL-2.0
/*
 * The parser as a process of its own. It begins as this program, started anew,
 * so that it inherits nothing that its parent knows; gives up all that it may
 * do; and then answers questions until its parent closes its end.
 */
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../os/fd_message.h"
#include "answers.h"
#include "disassembler.h"
#include "sandbox.h"
#include "wire.h"

/* What is kept of files is forgotten past this; one file may take it to the limit. */
#define KEEP_BYTES (384u << 20)

static _Noreturn void refuse(void)
{
	const struct parser_want no = {.what = WANT_REFUSED};
	struct parser_given question;
	int fd;

	fd_message_receive(PARSER_SOCKET, &question, sizeof(question), &fd);
	fd_message_send(PARSER_SOCKET, &no, sizeof(no), -1);
	_exit(1);
}

static bool keeps_too_much(void)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd > KEEP_BYTES;
#else
	return false; /* the limit of memory is what remains */
#endif
}

static void serve(struct parser_shared *shared, struct answers *a, const struct source *source)
{
	const struct parser_want answered = {.what = WANT_ANSWERED};
	struct parser_given question;
	int fd;

	while (!fd_message_receive(PARSER_SOCKET, &question, sizeof(question), &fd)) {
		answers_give(a, &shared->question, fd, &shared->answer);
		if (fd_message_send(PARSER_SOCKET, &answered, sizeof(answered), -1))
			break;
		if (!keeps_too_much())
			continue;
		answers_free(a);
		if (answers_new(source, &a))
			break;
		malloc_trim(0);
	}
}

_Noreturn void parser_child_run(void)
{
	struct parser_shared *shared;
	struct source source;
	struct answers *a;

	prctl(PR_SET_NAME, "locktrace-parse");
	syscall(SYS_close_range, PARSER_SHARED_FD + 1U, ~0U, 0U);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, PARSER_SHARED_FD,
		      0);
	if (shared == MAP_FAILED)
		_exit(1);
	close(PARSER_SHARED_FD);
	child_source(shared, &source);
	/* a library cannot be loaded from inside; without it probes are dearer, no more */
	if (getenv(PARSER_DECODES) && disassembler_open(&source.disassembler))
		source.disassembler = NULL;
	if (sandbox_enter() || answers_new(&source, &a))
		refuse();
	serve(shared, a, &source);
	_exit(0);
}
