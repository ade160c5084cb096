// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "../os/reader.h"

#define PAGE 4096ull /* a unit of reading; the system's pages may be larger */

struct page {
	uint64_t addr;
	int err;
	uint8_t bytes[PAGE];
};

struct memory {
	struct reader *reader;
	pid_t pid;
	uint64_t start, end; /* [start, end) is in top */
	size_t n_pages;
	uint8_t top[MEMORY_TOP];
	struct page pages[MEMORY_PAGES];
};

int memory_new(struct memory **ret)
{
	struct memory *m = malloc(sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->start = m->end = 0;
	m->n_pages = 0;
	m->reader = NULL;
	*ret = m;
	return 0;
}

void memory_free(struct memory *m)
{
	free(m);
}

int memory_begin(struct memory *m, struct reader *r, pid_t pid, uint64_t sp, uint64_t end,
		 size_t top)
{
	size_t most = top < MEMORY_TOP ? top : MEMORY_TOP;
	size_t want = end > sp && end - sp < most ? end - sp : most;
	ssize_t n;

	m->reader = r;
	m->pid = pid;
	m->n_pages = 0;
	m->start = m->end = sp;
	n = reader_memory(r, pid, sp, m->top, want);
	if (n < 0)
		return n;
	m->end = sp + n;
	return 0;
}

static struct page *page_of(struct memory *m, uint64_t addr)
{
	struct page *p;

	addr &= ~(PAGE - 1);
	for (size_t i = 0; i < m->n_pages; i++)
		if (m->pages[i].addr == addr)
			return &m->pages[i];
	if (m->n_pages == MEMORY_PAGES)
		return NULL;
	p = &m->pages[m->n_pages++];
	p->addr = addr;
	p->err = reader_memory_all(m->reader, m->pid, addr, p->bytes, PAGE);
	return p;
}

int memory_bytes(struct memory *m, uint64_t addr, void *buf, size_t size)
{
	if (addr + size < addr)
		return -EIO;
	if (addr >= m->start && addr + size <= m->end) {
		memcpy(buf, m->top + (addr - m->start), size);
		return 0;
	}
	while (size > 0) {
		struct page *p = page_of(m, addr);
		size_t in = addr & (PAGE - 1), n = PAGE - in < size ? PAGE - in : size;

		if (!p)
			return -ENOSPC;
		if (p->err)
			return p->err == -ETIMEDOUT ? -ETIMEDOUT : -EIO;
		memcpy(buf, p->bytes + in, n);
		buf = (uint8_t *)buf + n;
		addr += n;
		size -= n;
	}
	return 0;
}

int memory_word(struct memory *m, uint64_t addr, uint64_t *ret)
{
	return memory_bytes(m, addr, ret, sizeof(*ret));
}
