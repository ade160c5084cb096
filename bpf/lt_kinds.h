/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LT_KINDS_H
#define LT_KINDS_H

/*
 * Every place in the kernel where locktrace knows how to recognise a wait.
 * One line each, in one of two lists. The line feeds the enum below, the
 * registry of probes (user/probes/registry.c) and the Makefile's list of BPF
 * objects; a line without its files does not build.
 *
 *	X(NAME, file, number)	bpf/FILE.bpf.c and user/probes/FILE.c
 *	Y(NAME, file, number)	user/probes/FILE.c alone: the kernel's functions
 *				there are entered all day without blocking, and
 *				a hook would tax every read of a pipe. When such
 *				a wait began, the census tells.
 *
 * The first that recognises a wait is it: a thread that is held up by a lock of
 * the kernel is so in the midst of some other call.
 *
 * The numbers are in traces and in the kernel's maps: append, never renumber.
 */
#define LT_HOOKED_KINDS(X)                                                                         \
	X(KERNEL_LOCK, kernel_lock, 12)                                                            \
	X(FUTEX, futex, 1)                                                                         \
	X(SYSVMSG, sysvmsg, 2)                                                                     \
	X(UNIX_PEER, unix_peer, 3)                                                                 \
	X(SYSVSEM, sysvsem, 4)                                                                     \
	X(POSIX_MQ, posix_mq, 5)                                                                   \
	X(TCP, tcp, 8)                                                                             \
	X(FILE_LOCK, file_lock, 10)                                                                \
	X(CHILD, child, 11)

#define LT_UNHOOKED_KINDS(Y)                                                                       \
	Y(FUSE, fuse, 13)                                                                          \
	Y(PIPE, pipe, 6)                                                                           \
	Y(UNIX_STREAM, unix_stream, 7)                                                             \
	Y(EVENTFD, eventfd, 9)                                                                     \
	Y(ACCEPT, accept, 14)                                                                      \
	Y(FUTEXV, futexv, 15)

#define LT_KINDS(X) LT_HOOKED_KINDS(X) LT_UNHOOKED_KINDS(X)

enum lt_kind {
	LT_KIND_NONE = 0,
#define LT_KIND_ENUM(NAME, file, number) LT_KIND_##NAME = (number),
	LT_KINDS(LT_KIND_ENUM)
#undef LT_KIND_ENUM
		LT_KIND_MAX = 32, /* all numbers are below; those of the lists are not in order */
};

#define LT_KIND_CHECK(NAME, file, number)                                                          \
	_Static_assert((number) > 0 && (number) < LT_KIND_MAX, "the number of " #NAME);
LT_KINDS(LT_KIND_CHECK)
#undef LT_KIND_CHECK

#endif
