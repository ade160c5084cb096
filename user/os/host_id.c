// SPDX-License-Identifier: GPL-2.0
#include "host_id.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* systemd-id128 machine-id --app-specific=5309a347-4c2a-4c8c-aa72-7998da7cc5ba */
const uint8_t HOST_ID_REPORTS[16] = {0x53, 0x09, 0xa3, 0x47, 0x4c, 0x2a, 0x4c, 0x8c,
				     0xaa, 0x72, 0x79, 0x98, 0xda, 0x7c, 0xc5, 0xba};

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 32 digits, with the dashes of a UUID between them or without, on one line. */
static bool parse(const char *text, size_t n, uint8_t ret[16])
{
	size_t got = 0, i;

	memset(ret, 0, 16);
	for (i = 0; i < n && text[i] != '\n'; i++) {
		int d = digit(text[i]);

		if (text[i] == '-')
			continue;
		if (d < 0 || got == 32)
			return false;
		ret[got / 2] = (uint8_t)(ret[got / 2] << 4 | d);
		got++;
	}
	return got == 32;
}

static bool read_id(const char *file, uint8_t ret[16])
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char text[64];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (fd >= 0)
		close(fd);
	return n > 0 && parse(text, (size_t)n, ret);
}

bool host_machine_id(const char *file, const uint8_t app[16], char ret[HOST_ID])
{
	uint8_t id[16], hash[SHA256_SIZE];

	ret[0] = '\0';
	if (!read_id(file, id))
		return false;
	hmac_sha256(id, sizeof(id), app, 16, hash);
	/* a UUID of version 4, variant DCE: sd-id128(3) */
	hash[6] = (hash[6] & 0x0f) | 0x40;
	hash[8] = (hash[8] & 0x3f) | 0x80;
	hex_of(hash, 16, ret);
	return true;
}

bool host_boot_id(const char *file, char ret[HOST_ID])
{
	uint8_t id[16];

	ret[0] = '\0';
	if (!read_id(file, id))
		return false;
	hex_of(id, sizeof(id), ret);
	return true;
}
