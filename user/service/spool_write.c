// SPDX-License-Identifier: GPL-2.0
#include "spool_write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../core/arena.h"
#include "spool_dir.h"
#include "spool_file.h"

/* So many old ones make room for one on a full disk, if they can at all. */
#define EVICT_MAX 8

/* Of a file system that does not say, there is enough. */
static uint64_t free_bytes(int dir_fd)
{
	struct statvfs fs;

	return fstatvfs(dir_fd, &fs) == 0 && fs.f_blocks ? (uint64_t)fs.f_bavail * fs.f_frsize
							 : UINT64_MAX;
}

/* ---- Room for it ---- */

static int evict(struct spool_writer *w, struct spool_list *l, size_t i)
{
	int err = spool_step(w, STEP_REMOVE);

	if (err)
		return err;
	if (unlinkat(w->dir_fd, l->entries[i].name, 0) == 0)
		w->removed++;
	else if (errno != ENOENT)
		return -errno;
	memmove(&l->entries[i], &l->entries[i + 1], (l->n - i - 1) * sizeof(*l->entries));
	l->n--;
	return 0;
}

static size_t find(const struct spool_list *l, const char *id)
{
	size_t i = 0;

	while (i < l->n && strcmp(l->entries[i].id, id) != 0)
		i++;
	return i;
}

/* Adds what is to be written to the list, as it will be. *ret_old: there is a file. */
static int enter(struct spool_list *l, const struct spool_report *r, enum spool_form form,
		 bool *ret_old)
{
	size_t i = find(l, r->id);
	struct spool_entry *e;
	char name[SPOOL_NAME_MAX];
	int err = 0;

	*ret_old = i < l->n;
	if (!*ret_old) {
		err = spool_name(r->wall_s, l->n ? l->entries[l->n - 1].seq + 1 : 1, r->id,
				 r->signature, form, name);
		if (!err)
			err = array_room(&l->entries, &l->cap, l->n, sizeof(*e));
		if (err)
			return err;
		spool_name_parse(name, &l->entries[l->n++]);
	}
	e = &l->entries[i];
	e->bytes = r->size;
	e->wall_s = r->wall_s > e->wall_s ? r->wall_s : e->wall_s;
	spool_limits_sort(l->entries, l->n);
	return 0;
}

/* Free space comes back: for that a report waits, and is not left out. */
static bool is_for_space(const struct spool_writer *w, const struct spool_list *l, uint64_t now_s)
{
	return spool_limits_next(l->entries, l->n, &w->c->limits, now_s, UINT64_MAX) == SPOOL_NONE;
}

static int make_room(struct spool_writer *w, struct spool_list *l, const struct spool_report *r,
		     bool old)
{
	uint64_t before = free_bytes(w->dir_fd);
	/* before it is renamed, the old file and the new one are there */
	uint64_t left = before > r->size ? before - r->size : 0;

	for (;;) {
		size_t i = spool_limits_next(l->entries, l->n, &w->c->limits, r->wall_s, left);
		bool itself;
		int err = 0;

		if (i == SPOOL_NONE)
			break;
		itself = strcmp(l->entries[i].id, r->id) == 0;
		if (itself && is_for_space(w, l, r->wall_s))
			return -ENOSPC;
		left += itself ? 0 : l->entries[i].bytes;
		if (old || !itself)
			err = evict(w, l, i);
		if (err || itself)
			return err ? err : SPOOL_LEFT_OUT;
	}
	return w->c->limits.free_bytes && left < w->c->limits.free_bytes ? -ENOSPC : 0;
}

/* The disk is full in a way that its free space does not tell: inodes, a quota. */
static int replace_evicting(struct spool_writer *w, struct spool_list *l, const char *name,
			    const struct spool_report *r)
{
	const struct spool_limits full = {.free_bytes = 1};
	int err = spool_replace(w, name, r->text, r->size);

	for (int n = 0; (err == -ENOSPC || err == -EDQUOT) && n < EVICT_MAX; n++) {
		size_t i = spool_limits_next(l->entries, l->n, &full, r->wall_s, 0);
		int cannot;

		if (i == SPOOL_NONE || strcmp(l->entries[i].id, r->id) == 0)
			break;
		cannot = evict(w, l, i);
		err = cannot ? cannot : spool_replace(w, name, r->text, r->size);
	}
	return err;
}

/* How the file of that stall is packed, if there is one. */
static enum spool_form form_of(const struct spool_writer *w, const struct spool_list *l,
			       const char *id)
{
	size_t i = find(l, id);
	enum spool_form form = i < l->n ? spool_form_of(l->entries[i].name) : w->c->form;

	/* one that was left by a locktrace that knew more forms gets another name */
	return spool_form_choose(spool_form_is_known(form) ? form : SPOOL_AUTO);
}

static void name_for(const char *old, enum spool_form form, char ret[SPOOL_NAME_MAX])
{
	size_t n = strlen(old) - strlen(spool_form_suffix(spool_form_of(old)));

	snprintf(ret, SPOOL_NAME_MAX, "%.*s%s", (int)n, old, spool_form_suffix(form));
}

/* A start puts what was open before once more: mostly it is there already. */
static bool is_there(const struct spool_writer *w, const char *name, const struct spool_report *r)
{
	char *text = NULL;
	size_t size = 0;
	bool same = spool_read_whole(w->dir_fd, name, &text, &size) == 0 && size == r->size &&
		    memcmp(text, r->text, size) == 0;

	free(text);
	return same;
}

static int write_packed(struct spool_writer *w, struct spool_list *l, const struct spool_report *r,
			enum spool_form form)
{
	char name[SPOOL_NAME_MAX], before[SPOOL_NAME_MAX];
	bool old;
	int err = enter(l, r, form, &old);

	if (!err && old && r->only_new)
		err = SPOOL_LEFT_OUT;
	if (!err) {
		memcpy(before, l->entries[find(l, r->id)].name, sizeof(before));
		name_for(before, form, name);
		err = make_room(w, l, r, old);
	}
	if (err || (old && is_there(w, name, r)))
		return err;
	err = replace_evicting(w, l, name, r);
	if (!err && strcmp(name, before) != 0)
		unlinkat(w->dir_fd, before, 0);
	return err;
}

static void count(struct spool_writer *w, const struct spool_list *l)
{
	w->stock = (struct spool_stock){.known = true, .files = l->n};
	for (size_t i = 0; i < l->n; i++)
		w->stock.bytes += l->entries[i].bytes;
}

void spool_take_stock(struct spool_writer *w)
{
	struct spool_list l = {0};

	if (w->dir_fd >= 0 && spool_list_read(w->dir_fd, &l) == 0)
		count(w, &l);
	spool_list_free(&l);
}

static int write_once(struct spool_writer *w, const struct spool_report *r)
{
	struct spool_report packed = *r;
	struct spool_list l = {0};
	int err = spool_open_dir(w);
	enum spool_form form;

	if (!err)
		err = spool_list_read(w->dir_fd, &l);
	if (err)
		return err;
	form = form_of(w, &l, r->id);
	err = spool_pack(form, r->text, r->size, (char **)&packed.text, &packed.size);
	if (!err) {
		err = write_packed(w, &l, &packed, form);
		if (!err)
			count(w, &l);
		free((char *)packed.text);
	}
	spool_list_free(&l);
	return err;
}

int spool_write(struct spool_writer *w, const struct spool_report *r)
{
	int err = write_once(w, r);

	if (err != -ENOENT || w->dir_fd < 0)
		return err;
	close(w->dir_fd); /* somebody removed the directory */
	w->dir_fd = -1;
	return write_once(w, r);
}
