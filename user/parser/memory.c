// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define PAGE 4096ull /* a unit of reading; the system's pages may be larger */

struct page {
	uint64_t addr;
	int err;
	uint8_t bytes[PAGE];
};

struct memory {
	const struct source *source;
	uint64_t start, end; /* [start, end) is in top */
	const uint8_t *top;
	size_t n_pages;
	struct page pages[MEMORY_PAGES];
};

int memory_new(struct memory **ret)
{
	struct memory *m = malloc(sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->start = m->end = 0;
	m->n_pages = 0;
	m->source = NULL;
	*ret = m;
	return 0;
}

void memory_free(struct memory *m)
{
	free(m);
}

void memory_begin(struct memory *m, const struct source *source, uint64_t sp, const void *bytes,
		  size_t n)
{
	m->source = source;
	m->n_pages = 0;
	m->start = sp;
	m->end = sp + n;
	m->top = bytes;
}

static struct page *page_of(struct memory *m, uint64_t addr)
{
	struct page *p;
	ssize_t n;

	addr &= ~(PAGE - 1);
	for (size_t i = 0; i < m->n_pages; i++)
		if (m->pages[i].addr == addr)
			return &m->pages[i];
	if (m->n_pages == MEMORY_PAGES)
		return NULL;
	p = &m->pages[m->n_pages++];
	p->addr = addr;
	n = m->source->memory(m->source->ctx, addr, p->bytes, PAGE);
	p->err = n == (ssize_t)PAGE ? 0 : n < 0 ? n : -EIO;
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
