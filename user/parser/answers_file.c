// SPDX-License-Identifier: GPL-2.0
/*
 * About files that belong to no process: a program, a library, or the separate
 * debug file of one, that somebody has at hand for a report of another machine.
 */
#include <errno.h>
#include <stdio.h>

#include <elfutils/libdwelf.h>

#include "../os/clock.h"
#include "answers_private.h"

int answers_file(struct answers *e, const struct parser_question *q, int fd,
		 struct parser_names *ret)
{
	const struct mapping none = {0};
	struct elf_file *f;
	int err;

	ret->n = ret->n_asked = 0;
	err = elf_file_open(fd, "", &f);
	if (err)
		return err;
	f->source = e->spaces.source;
	for (uint32_t i = 0; i < q->n_at && i < PARSER_FRAMES && ret->n < PARSER_NAMES; i++) {
		const struct unwound_frame frame = {
			.exact_pc = q->at[i].exact_pc,
			.place = {.map = &none, .file = f, .addr = q->at[i].pc},
		};

		if (os_now_ns() > e->deadline_ns) {
			err = -ETIME;
			break;
		}
		answers_name(&frame, i, ret);
		ret->n_asked = i + 1;
	}
	elf_file_unref(f);
	return err;
}

int answers_build_id(int fd, char ret[PARSER_BUILD_ID])
{
	const void *bits = NULL;
	ssize_t n = 0;
	Elf *elf;

	ret[0] = '\0';
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF) {
		elf_end(elf);
		return -ENOEXEC;
	}
	n = dwelf_elf_gnu_build_id(elf, &bits);
	for (ssize_t i = 0; i < n && 2 * i + 2 < PARSER_BUILD_ID; i++)
		snprintf(ret + 2 * i, 3, "%02x", ((const unsigned char *)bits)[i]);
	elf_end(elf);
	return n > 0 ? 0 : -ENOENT;
}
