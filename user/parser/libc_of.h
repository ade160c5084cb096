/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_LIBC_OF_H
#define PARSER_LIBC_OF_H

/*
 * Which C library a file is, or has linked in. Locks of the same name lie
 * differently in each; nothing may be read of one that is not known for sure.
 */
enum libc {
	LIBC_NOT_KNOWN = 0, /* also: another library, a tool that wraps lock functions */
	LIBC_GLIBC,
	LIBC_MUSL,
	LIBC_STRIPPED, /* a static program without symbols: it could be any */
};

#endif
