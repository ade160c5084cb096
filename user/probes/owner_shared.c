// SPDX-License-Identifier: GPL-2.0
/* Locks in memory that processes share: who maps it, and from which PID namespace. */
#include "../os/maps.h"
#include "../os/ns.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "owner.h"

int shared_find(struct os *os, pid_t pid, uint64_t addr, struct shared_word *ret)
{
	const struct mapping *m;
	struct maps *maps;
	int r = maps_read(os->reader, pid, &maps);

	if (r)
		return r;
	m = maps_find(maps, addr);
	r = m && m->shared;
	if (r)
		*ret = (struct shared_word){m->dev_major, m->dev_minor, m->inode};
	maps_free(maps);
	return r;
}

bool shared_mapped_by(struct os *os, pid_t pid, const struct shared_word *word)
{
	const struct mapping *m;
	struct maps *maps;
	bool found = false;

	if (maps_read(os->reader, pid, &maps))
		return false;
	for (size_t i = 0; !found && (m = maps_at(maps, i)); i++)
		found = m->shared && m->inode == word->inode && m->dev_major == word->dev_major &&
			m->dev_minor == word->dev_minor;
	maps_free(maps);
	return found;
}

struct foreign {
	struct os *os;
	uint64_t ns;
	const struct shared_word *word;
};

static int foreign_mapper(void *ctx, pid_t pid)
{
	const struct foreign *f = ctx;
	uint64_t ns;

	/* most machines have one PID namespace: then no map is read at all */
	if (ns_inode(f->os->proc_fd, pid, "pid", &ns) || ns == f->ns)
		return 0;
	return shared_mapped_by(f->os, pid, f->word);
}

bool shared_spans_namespaces(struct os *os, pid_t pid, const struct shared_word *word)
{
	struct foreign f = {.os = os, .word = word};

	if (ns_inode(os->proc_fd, pid, "pid", &f.ns))
		return true; /* cannot be excluded */
	return proc_each_pid(os->proc_fd, foreign_mapper, &f) == 1;
}
