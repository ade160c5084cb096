// SPDX-License-Identifier: GPL-2.0
#include "tar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../packing/pack.h"

/* POSIX.1-2017, pax, "ustar Interchange Format". */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
	char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == TAR_BLOCK, "a header is one block");

#define SIZE_MAX_OCTAL 077777777777ULL /* 11 digits */

/* As if the field of the sum itself were blank. */
static unsigned int sum_of(const struct header *h)
{
	const unsigned char *byte = (const unsigned char *)h;
	unsigned int sum = sizeof(h->sum) * ' ';

	for (size_t i = 0; i < sizeof(*h); i++) {
		if (i < offsetof(struct header, sum) || i >= offsetof(struct header, type))
			sum += byte[i];
	}
	return sum;
}

/* ---- Writing ---- */

static int put_header(struct pack *to, const char *dir, const char *name, uint64_t size,
		      uint64_t mtime_s)
{
	struct header h = {.type = '0', .magic = "ustar", .version = {'0', '0'}};

	if (strlen(name) > sizeof(h.name) || strlen(dir) > sizeof(h.prefix))
		return -ENAMETOOLONG;
	if (size > SIZE_MAX_OCTAL)
		return -EFBIG;
	memcpy(h.name, name, strlen(name));
	memcpy(h.prefix, dir, strlen(dir));
	memcpy(h.mode, "0000640", sizeof(h.mode));
	memcpy(h.uid, "0000000", sizeof(h.uid));
	memcpy(h.gid, "0000000", sizeof(h.gid));
	snprintf(h.size, sizeof(h.size), "%011llo", (unsigned long long)size);
	snprintf(h.mtime, sizeof(h.mtime), "%011llo",
		 (unsigned long long)(mtime_s <= SIZE_MAX_OCTAL ? mtime_s : 0));
	snprintf(h.sum, sizeof(h.sum), "%06o", sum_of(&h) & 0777777);
	h.sum[7] = ' ';
	return pack_write(to, &h, sizeof(h));
}

static int put_padding(struct pack *to, uint64_t size)
{
	static const char zeros[TAR_BLOCK];

	return pack_write(to, zeros, (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
}

int tar_put(struct pack *to, const char *dir, const char *name, const void *data, size_t size,
	    uint64_t mtime_s)
{
	int err = put_header(to, dir, name, size, mtime_s);

	if (!err)
		err = pack_write(to, data, size);
	return err ? err : put_padding(to, size);
}

int tar_put_fd(struct pack *to, const char *dir, const char *name, int fd, uint64_t size,
	       uint64_t mtime_s)
{
	int err = put_header(to, dir, name, size, mtime_s);
	char buf[16384];

	for (uint64_t left = size; !err && left;) {
		ssize_t n = read(fd, buf, left < sizeof(buf) ? (size_t)left : sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		err = n < 0 ? -errno : n == 0 ? -EIO : pack_write(to, buf, (size_t)n);
		left -= n > 0 ? (uint64_t)n : 0;
	}
	return err ? err : put_padding(to, size);
}

int tar_put_end(struct pack *to)
{
	static const char zeros[2 * TAR_BLOCK];

	return pack_write(to, zeros, sizeof(zeros));
}

/* ---- Reading ---- */

/* Octal digits, then blanks or zero bytes. What GNU does for larger ones is not ours. */
static bool number(const char *field, size_t size, uint64_t *ret)
{
	size_t i = 0;

	*ret = 0;
	while (i < size && field[i] == ' ')
		i++;
	for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
		*ret = *ret << 3 | (uint64_t)(field[i] - '0');
	while (i < size && (field[i] == ' ' || !field[i]))
		i++;
	return i == size;
}

static bool is_header(const struct header *h)
{
	uint64_t sum;

	return memcmp(h->magic, "ustar", 5) == 0 && number(h->sum, sizeof(h->sum), &sum) &&
	       sum == sum_of(h);
}

bool tar_is(const char *block, size_t size)
{
	struct header h;

	if (size < sizeof(h))
		return false;
	memcpy(&h, block, sizeof(h));
	return is_header(&h);
}

/* Returns how many bytes there were, size or fewer only at the end; or -errno. */
static ssize_t read_block(struct tar *t, void *buf, size_t size)
{
	size_t have = 0;

	if (t->max && t->total + size > t->max)
		return -EFBIG;
	while (have < size) {
		ssize_t n = t->read(t->from, (char *)buf + have, size - have);

		if (n < 0)
			return n;
		if (!n)
			break;
		have += (size_t)n;
	}
	t->total += have;
	return (ssize_t)have;
}

static int skip(struct tar *t, uint64_t n)
{
	char buf[8192];

	while (n) {
		size_t part = n < sizeof(buf) ? (size_t)n : sizeof(buf);
		ssize_t got = read_block(t, buf, part);

		if (got < 0 || (size_t)got < part)
			return got < 0 ? (int)got : -EPIPE;
		n -= part;
	}
	return 0;
}

static int take_header(struct tar *t, const struct header *h)
{
	/* GNU's own tar has other things behind the name */
	bool prefix = h->magic[5] == '\0' && *h->prefix;

	if (!is_header(h) || !number(h->size, sizeof(h->size), &t->size))
		return -EBADMSG;
	snprintf(t->name, sizeof(t->name), "%.*s%s%.*s", prefix ? (int)sizeof(h->prefix) : 0,
		 h->prefix, prefix ? "/" : "", (int)sizeof(h->name), h->name);
	t->is_file = h->type == '0' || h->type == '\0';
	/* a link, a directory, a device: whatever it says, no bytes follow */
	t->left = h->type >= '1' && h->type <= '6' ? 0 : t->size;
	t->padding = (TAR_BLOCK - t->left % TAR_BLOCK) % TAR_BLOCK;
	return 1;
}

int tar_next(struct tar *t)
{
	static const struct header zeros;
	struct header h;
	ssize_t n;
	int err = skip(t, t->left);

	if (!err)
		err = skip(t, t->padding);
	t->left = t->padding = 0;
	if (err)
		return err;
	n = read_block(t, &h, sizeof(h));
	if (n < 0)
		return (int)n;
	if ((size_t)n < sizeof(h))
		return -EPIPE;
	return memcmp(&h, &zeros, sizeof(h)) == 0 ? 0 : take_header(t, &h);
}

ssize_t tar_read(void *from, char *buf, size_t size)
{
	struct tar *t = from;
	ssize_t n;

	if (t->left < size)
		size = (size_t)t->left;
	if (!size)
		return 0;
	if (t->max && t->total + size > t->max)
		return -EFBIG;
	n = t->read(t->from, buf, size);
	if (n <= 0)
		return n < 0 ? n : -EPIPE;
	t->total += (uint64_t)n;
	t->left -= (uint64_t)n;
	return n;
}
