// SPDX-License-Identifier: GPL-2.0
#include "spool_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool_form.h"

static int read_whole(int fd, char **ret, size_t *ret_size)
{
	struct stat st;
	size_t have = 0;
	ssize_t n = 1;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uint64_t)st.st_size > SPOOL_UNPACKED_MAX)
		return -EFBIG;
	/* files are replaced and not changed: it is as large as that */
	char *text = malloc((size_t)st.st_size + 1);

	while (text && n > 0 && have < (size_t)st.st_size) {
		n = read(fd, text + have, (size_t)st.st_size - have);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			have += (size_t)n;
	}
	if (!text || n < 0) {
		int err = text ? -errno : -ENOMEM;

		free(text);
		return err;
	}
	*ret = text;
	*ret_size = have;
	return 0;
}

int spool_read_whole(int dir_fd, const char *name, char **ret, size_t *ret_size)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = read_whole(fd, ret, ret_size);
	close(fd);
	return err;
}

int spool_file_read(int dir_fd, const char *name, char **ret, size_t *ret_size)
{
	char *packed = NULL;
	size_t size = 0;
	int err = spool_read_whole(dir_fd, name, &packed, &size);

	if (err)
		return err;
	err = spool_unpack(spool_form_of(name), packed, size, ret, ret_size);
	free(packed);
	return err;
}
