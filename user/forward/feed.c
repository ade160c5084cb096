// SPDX-License-Identifier: GPL-2.0
#include "feed.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/arena.h"
#include "../message.h"
#include "../service/spool_select.h"

/* FNV-1a */
static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ at[i]) * 0x100000001b3ULL;
	return hash;
}

/* A file is replaced, not changed: then one of these is another. */
static uint64_t state_of(const struct stat *st)
{
	const uint64_t parts[] = {(uint64_t)st->st_ino, (uint64_t)st->st_mtim.tv_sec,
				  (uint64_t)st->st_mtim.tv_nsec, (uint64_t)st->st_size};
	uint64_t hash = mix(0xcbf29ce484222325ULL, parts, sizeof(parts));

	return hash ? hash : 1;
}

/* What the files are now; those that went meanwhile are left out of the list. */
static struct cursor_file *find_states(int dir_fd, struct spool_list *l)
{
	struct cursor_file *files = calloc(l->n + 1, sizeof(*files));
	size_t n = 0;

	for (size_t i = 0; files && i < l->n; i++) {
		const struct spool_entry *e = &l->entries[i];
		struct stat st;

		if (fstatat(dir_fd, e->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		files[n] = (struct cursor_file){
			.seq = e->seq,
			.state = state_of(&st),
			.written_s = st.st_mtim.tv_sec > 0 ? (uint64_t)st.st_mtim.tv_sec : 0,
		};
		memcpy(files[n].id, e->id, sizeof(e->id));
		if (n != i)
			l->entries[n] = *e;
		n++;
	}
	l->n = n;
	return files;
}

static int by_seq_and_id(const void *a, const void *b)
{
	const struct spool_entry *one = a, *other = b;

	if (one->seq != other->seq)
		return one->seq < other->seq ? -1 : 1;
	return strcmp(one->id, other->id);
}

static int list(struct feed *f, struct cursor_file **ret)
{
	struct spool_list l = {0};
	int err = spool_list_read(f->dir_fd, &l);

	if (err)
		return err;
	if (l.n)
		qsort(l.entries, l.n, sizeof(*l.entries), by_seq_and_id);
	*ret = find_states(f->dir_fd, &l);
	if (!*ret) {
		spool_list_free(&l);
		return -ENOMEM;
	}
	spool_list_free(&f->list);
	f->list = l;
	return 0;
}

int feed_look(struct feed *f)
{
	struct cursor_file *files = NULL;
	int err;

	if (f->dir_fd >= 0)
		close(f->dir_fd);
	f->dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir_fd < 0)
		return -errno;
	err = list(f, &files);
	/* a name that is renamed over during a listing may be passed over by it */
	if (!err && cursor_misses(f->cursor, files, f->list.n)) {
		free(files);
		files = NULL;
		err = list(f, &files);
	}
	if (!err)
		err = cursor_look(f->cursor, files, f->list.n);
	free(files);
	return err;
}

/* As one line. */
static int print(const struct json_read *read, struct item *it)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int err = f ? json_read_write(read, it->report, f) : -ENOMEM;

	if (f && fclose(f) != 0)
		err = -ENOMEM;
	if (err) {
		free(text);
		return err;
	}
	while (size && text[size - 1] == '\n')
		text[--size] = '\0';
	free((char *)it->json);
	it->json = text;
	it->size = size;
	snprintf(it->uid, sizeof(it->uid), "%s-%016" PRIx64, it->report->id,
		 mix(0xcbf29ce484222325ULL, text, size));
	return 0;
}

static int redact(const struct feed *f, struct feed_item *it)
{
	int err = redacted_of(f->redact_key, it->item.report, it->item.json, it->item.size,
			      &it->redacted);

	if (err)
		return err;
	it->item.report = &it->redacted->report;
	return print(it->redacted->read, &it->item);
}

static void item_free(struct feed_item *it)
{
	redacted_free(it->redacted);
	json_read_free(it->read);
	free((char *)it->item.json);
}

static bool is_for_ever(int err)
{
	return err == -EBADMSG || err == -EMEDIUMTYPE || err == -EPROTONOSUPPORT || err == -EFBIG ||
	       err == -ELOOP;
}

/* Returns 1 and fills *ret; 0 if there is nothing to send there; or -errno. */
static int read_one(struct feed *f, size_t i, struct feed_item *ret)
{
	struct feed_item it = {.entry = i, .state = f->cursor->entries[i].file.state};
	const char *name = f->list.entries[i].name;
	char why[JSON_READ_WHY] = "";
	int err = spool_read(f->dir_fd, name, &it.read, why);

	if (!err) {
		it.item.report = json_read_report(it.read);
		err = print(it.read, &it.item);
	}
	if (!err && f->redact_key)
		err = redact(f, &it);
	if (err)
		item_free(&it);
	if (err == -ENOENT) /* gone: the next look counts it */
		return 0;
	if (is_for_ever(err)) {
		error_line("%s/%s is left out: %s", f->dir, name, *why ? why : strerror(-err));
		cursor_done(f->cursor, i, it.state, END_UNREADABLE);
		return 0;
	}
	if (err)
		return err;
	*ret = it;
	return 1;
}

/* Behind what it stumbled over, as long as there is more; then from the beginning. */
static size_t first_to_take(struct feed *f)
{
	size_t i = cursor_next(f->cursor, 0);

	while (i < f->cursor->n && f->cursor->entries[i].file.seq <= f->after)
		i = cursor_next(f->cursor, i + 1);
	if (i < f->cursor->n)
		return i;
	f->after = 0;
	return cursor_next(f->cursor, 0);
}

int feed_take(struct feed *f, size_t max_n, size_t max_bytes, struct batch *ret)
{
	struct batch b = {0};
	int err = 0;

	for (size_t i = first_to_take(f); i < f->cursor->n && b.n < max_n;
	     i = cursor_next(f->cursor, i + 1)) {
		struct feed_item it = {.entry = i};
		int got = read_one(f, i, &it);

		if (got == 1 && b.n && b.bytes + it.item.size > max_bytes) {
			item_free(&it);
			break;
		}
		if (got == 1) {
			got = array_room(&b.items, &b.cap, b.n, sizeof(it));
			if (got)
				item_free(&it);
			else
				b.items[b.n++] = it;
			b.bytes += it.item.size;
		}
		err = got < 0 ? got : err;
		/* too large to be read here: others are not */
		if (err == -ENOMEM && b.n)
			break;
	}
	b.out = calloc(b.n + 1, sizeof(*b.out));
	for (size_t i = 0; b.out && i < b.n; i++)
		b.out[i] = b.items[i].item;
	*ret = b;
	return b.out ? err : -ENOMEM;
}

void batch_free(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		item_free(&b->items[i]);
	free(b->items);
	free(b->out);
	*b = (struct batch){0};
}

void feed_close(struct feed *f)
{
	if (f->dir_fd >= 0)
		close(f->dir_fd);
	f->dir_fd = -1;
	spool_list_free(&f->list);
}
