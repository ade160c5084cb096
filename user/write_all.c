// SPDX-License-Identifier: GPL-2.0
#include "write_all.h"

#include <errno.h>
#include <unistd.h>

int write_all(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t wrote = write(fd, data, n);

		if (wrote < 0 && errno != EINTR)
			return -errno;
		data += wrote > 0 ? wrote : 0;
		n -= wrote > 0 ? (size_t)wrote : 0;
	}
	return 0;
}
