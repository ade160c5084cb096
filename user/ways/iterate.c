// SPDX-License-Identifier: GPL-2.0
/*
 * Reading BPF iterators. The kernel hands out what it has gathered in a buffer
 * of 32 KiB; a read with room for just one record has been seen to lose half
 * of them, without an error. So reads are large, and what a read cuts in two is
 * put together again here.
 */
#include "loader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define BUFFER_SIZE (128 * 1024)
/* The kernel says EAGAIN after a million tasks without a record. */
#define MAX_AGAIN 64

/* Hands on whole records; keeps the rest at the front. */
static int hand_on(char *buffer, size_t *fill, size_t record_size,
		   int (*fn)(void *ctx, const void *record), void *ctx)
{
	size_t at = 0;

	for (; *fill - at >= record_size; at += record_size) {
		int err = fn(ctx, buffer + at);

		if (err != 0)
			return err;
	}
	*fill -= at;
	memmove(buffer, buffer + at, *fill);
	return 0;
}

int loader_drain(int fd, size_t record_size, int (*fn)(void *ctx, const void *record), void *ctx)
{
	char *buffer = malloc(BUFFER_SIZE);
	size_t fill = 0;
	int again = 0;
	int err = 0;

	if (!buffer)
		return -ENOMEM;
	while (err == 0) {
		ssize_t n = read(fd, buffer + fill, BUFFER_SIZE - fill);

		if (n == 0)
			break;
		if (n < 0 && (errno == EINTR || (errno == EAGAIN && again++ < MAX_AGAIN)))
			continue;
		if (n < 0) {
			err = -errno;
			break;
		}
		fill += n;
		err = hand_on(buffer, &fill, record_size, fn, ctx);
	}
	free(buffer);
	return err == 0 && fill > 0 ? -EIO : err;
}

int loader_iterator(const struct bpf_program *program, int tid)
{
	union bpf_iter_link_info info = {.task = {.tid = tid}};
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = tid ? &info : NULL,
		    .link_info_len = tid ? sizeof(info) : 0);
	struct bpf_link *link = bpf_program__attach_iter(program, &opts);
	int fd;

	if (!link && tid) /* one thread alone: only since 6.1 */
		link = bpf_program__attach_iter(program, NULL);
	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		fd = -errno;
	bpf_link__destroy(link); /* the iterator holds what it needs itself */
	return fd;
}

int loader_iterate_again(const struct bpf_program *program, struct bpf_link **link,
			 size_t record_size, int (*fn)(void *ctx, const void *record), void *ctx)
{
	int fd, err;

	if (!*link)
		*link = bpf_program__attach_iter(program, NULL);
	if (!*link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(*link));
	if (fd < 0)
		return -errno;
	err = loader_drain(fd, record_size, fn, ctx);
	close(fd);
	return err;
}

int loader_iterate(const struct bpf_program *program, int tid, size_t record_size,
		   int (*fn)(void *ctx, const void *record), void *ctx)
{
	int fd = loader_iterator(program, tid);
	int err;

	if (fd < 0)
		return fd;
	err = loader_drain(fd, record_size, fn, ctx);
	close(fd);
	return err;
}
