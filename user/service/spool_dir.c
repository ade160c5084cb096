// SPDX-License-Identifier: GPL-2.0
#include "spool_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../core/arena.h"

static const char of_words[] = "0123456789abcdefghijklmnopqrstuvwxyz";
static const char of_numbers[] = "0123456789";

/* Is there such a word, that long at most? Then *at is moved behind it. */
static bool take(const char **at, const char *letters, size_t max, char *ret)
{
	size_t n = strspn(*at, letters);

	if (!n || n >= max)
		return false;
	memcpy(ret, *at, n);
	ret[n] = '\0';
	*at += n;
	return true;
}

static bool skip(const char **at, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(*at, text, n) != 0)
		return false;
	*at += n;
	return true;
}

int spool_name(uint64_t wall_s, uint64_t seq, const char *id, const char *signature,
	       enum spool_form form, char ret[SPOOL_NAME_MAX])
{
	time_t seconds = (time_t)wall_s;
	struct spool_entry e;
	struct tm tm;
	char date[32];

	if (!gmtime_r(&seconds, &tm) || !strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", &tm))
		return -EINVAL;
	snprintf(ret, SPOOL_NAME_MAX, "%s-%08" PRIu64 "-%.24s-%.24s.json%s", date, seq, id,
		 signature, spool_form_suffix(form));
	return spool_name_parse(ret, &e) ? 0 : -EINVAL;
}

bool spool_name_parse(const char *name, struct spool_entry *ret)
{
	char day[9], second[7], seq[14];
	const char *at = name;
	struct tm tm = {0};

	*ret = (struct spool_entry){0};
	if (strlen(name) >= sizeof(ret->name) || !take(&at, of_numbers, sizeof(day), day) ||
	    !skip(&at, "T") || !take(&at, of_numbers, sizeof(second), second) || !skip(&at, "Z-") ||
	    !take(&at, of_numbers, sizeof(seq), seq) || !skip(&at, "-") ||
	    !take(&at, of_words, sizeof(ret->id), ret->id) || !skip(&at, "-") ||
	    !take(&at, of_words, sizeof(ret->signature), ret->signature) || !skip(&at, ".json") ||
	    (*at && strcmp(at, ".gz") != 0 && strcmp(at, ".zst") != 0))
		return false;
	if (sscanf(name, "%4d%2d%2dT%2d%2d%2dZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
		   &tm.tm_min, &tm.tm_sec) != 6)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	memcpy(ret->name, name, strlen(name) + 1);
	ret->seq = strtoull(seq, NULL, 10);
	ret->told_s = ret->wall_s = (uint64_t)timegm(&tm);
	return true;
}

static int add(struct spool_list *l, int dir_fd, const char *name)
{
	struct spool_entry e;
	struct stat st;
	int err;

	if (!spool_name_parse(name, &e) || fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode))
		return 0;
	e.bytes = (uint64_t)st.st_size;
	if (st.st_mtim.tv_sec > 0 && (uint64_t)st.st_mtim.tv_sec > e.wall_s)
		e.wall_s = (uint64_t)st.st_mtim.tv_sec;
	err = array_room(&l->entries, &l->cap, l->n, sizeof(e));
	if (!err)
		l->entries[l->n++] = e;
	return err;
}

static DIR *open_again(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

int spool_list_read(int dir_fd, struct spool_list *ret)
{
	struct spool_list l = {0};
	DIR *dir = open_again(dir_fd);
	struct dirent *d;
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (errno = 0, d = readdir(dir)))
		err = add(&l, dir_fd, d->d_name);
	if (!err && errno)
		err = -errno;
	closedir(dir);
	if (err) {
		spool_list_free(&l);
		return err;
	}
	spool_limits_sort(l.entries, l.n);
	*ret = l;
	return 0;
}

void spool_list_free(struct spool_list *l)
{
	free(l->entries);
	*l = (struct spool_list){0};
}

/* ".NAME.tmp", with a name of ours, or of a state that was kept. */
static bool is_unfinished(const char *name)
{
	char whole[SPOOL_NAME_MAX];
	struct spool_entry e;
	size_t n = strlen(name);

	if (n < 6 || n - 5 >= sizeof(whole) || name[0] != '.' || strcmp(name + n - 4, ".tmp") != 0)
		return false;
	memcpy(whole, name + 1, n - 5);
	whole[n - 5] = '\0';
	return strncmp(whole, SPOOL_STATE_PREFIX, strlen(SPOOL_STATE_PREFIX)) == 0 ||
	       spool_name_parse(whole, &e);
}

size_t spool_remove_unfinished(int dir_fd)
{
	DIR *dir = open_again(dir_fd);
	struct dirent *d;
	size_t n = 0;

	while (dir && (d = readdir(dir)))
		n += is_unfinished(d->d_name) && unlinkat(dir_fd, d->d_name, 0) == 0;
	if (dir)
		closedir(dir);
	return n;
}
