/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_FD_MESSAGE_H
#define OS_FD_MESSAGE_H

/*
 * Messages between us and a child of ours, on a socket that keeps them apart; a
 * descriptor may go with one. Both ends alike; to send never waits, as a child that
 * does not listen must not hold up its parent. Returns 0, -EPIPE if the other end is
 * closed, or -errno. fd, *ret_fd: -1 if none.
 */
#include <stddef.h>

int fd_message_send(int sock, const void *message, size_t size, int fd);
int fd_message_receive(int sock, void *message, size_t size, int *ret_fd);

#endif
