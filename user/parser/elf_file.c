// SPDX-License-Identifier: GPL-2.0
/*
 * Opening a program or library, and its unwind tables.
 *
 * The file is given to libdwfl as a module of its own, without a bias. It is
 * read with pread, not mapped: a file that is truncated while we read it must
 * give an error, and a mapping would give SIGBUS. libdwfl gets no path, and
 * its standard way to debug files, which follows paths, is not used.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gelf.h>

#include "elf_file.h"

static int find_elf(Dwfl_Module *mod, void **userdata, const char *modname, Dwarf_Addr base,
		    char **file_name, Elf **ret_elf)
{
	struct elf_file *f = *userdata;

	(void)mod;
	(void)modname;
	(void)base;
	(void)file_name;
	if (!f || f->dwfl_owns)
		return -1;
	f->dwfl_owns = true;
	*ret_elf = f->elf;
	return f->fd;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = find_elf,
	.find_debuginfo = elf_find_debuginfo,
};

static int read_segments(struct elf_file *f, uint64_t *ret_start, uint64_t *ret_end)
{
	uint64_t start = UINT64_MAX, end = 0, page = sysconf(_SC_PAGESIZE);
	bool interp = false, first = true;
	GElf_Ehdr ehdr;
	size_t n;

	if (elf_kind(f->elf) != ELF_K_ELF || !gelf_getehdr(f->elf, &ehdr))
		return -ENOEXEC;
	if ((ehdr.e_type != ET_EXEC && ehdr.e_type != ET_DYN) || elf_getphdrnum(f->elf, &n))
		return -ENOEXEC;
	for (size_t i = 0; i < n && i < 4096; i++) {
		GElf_Phdr ph;

		if (!gelf_getphdr(f->elf, i, &ph))
			return -ENOEXEC;
		interp |= ph.p_type == PT_INTERP;
		if (ph.p_type == PT_GNU_EH_FRAME) {
			f->eh_frame_hdr = ph.p_vaddr;
			f->eh_frame_hdr_size = ph.p_memsz;
		}
		if (ph.p_type != PT_LOAD || f->n_segments == ELF_SEGMENTS)
			continue;
		if (ph.p_vaddr + ph.p_memsz < ph.p_vaddr || ph.p_filesz > ph.p_memsz)
			return -ENOEXEC;
		f->segments[f->n_segments++] = (struct elf_segment){
			ph.p_offset, ph.p_vaddr, ph.p_filesz, ph.p_memsz, ph.p_flags & PF_X};
		/* libdwfl takes the bias from the first segment's start, aligned as it says. */
		if (first)
			start = ph.p_vaddr & (ph.p_align ? -ph.p_align : -page);
		first = false;
		if (end < ph.p_vaddr + ph.p_memsz)
			end = ph.p_vaddr + ph.p_memsz;
	}
	if (first || end <= start)
		return -ENOEXEC;
	f->is_static = !interp;
	*ret_start = start;
	*ret_end = end;
	return 0;
}

static void read_build_id(struct elf_file *f)
{
	const unsigned char *bits;
	GElf_Addr vaddr;
	int n = dwfl_module_build_id(f->mod, &bits, &vaddr);

	if (n > (ELF_BUILD_ID_MAX - 1) / 2)
		n = (ELF_BUILD_ID_MAX - 1) / 2;
	for (int i = 0; i < n; i++)
		snprintf(f->build_id + 2 * i, 3, "%02x", bits[i]);
}

static void set_names(struct elf_file *f, const char *path)
{
	const char *slash = strrchr(path, '/');

	snprintf(f->name, sizeof(f->name), "%s", slash ? slash + 1 : path);
}

static int give_to_dwfl(struct elf_file *f)
{
	void **userdata;
	uint64_t start, end;
	GElf_Addr bias;
	int err = read_segments(f, &start, &end);

	if (err)
		return err;
	f->dwfl = dwfl_begin(&callbacks);
	if (!f->dwfl)
		return -ENOMEM;
	dwfl_report_begin(f->dwfl);
	f->mod = dwfl_report_module(f->dwfl, "m", start, end);
	if (!f->mod || dwfl_report_end(f->dwfl, NULL, NULL))
		return -ENOEXEC;
	dwfl_module_info(f->mod, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
	*userdata = f;
	/* A bias would mean that it was understood in another way than ours. */
	if (!dwfl_module_getelf(f->mod, &bias) || bias != 0)
		return -ENOEXEC;
	read_build_id(f);
	return 0;
}

/* What libdwfl has of it, from its descriptor. */
static int wake(struct elf_file *f)
{
	char before[ELF_BUILD_ID_MAX];
	int err;

	memcpy(before, f->build_id, sizeof(before));
	f->n_segments = 0;
	f->elf = elf_begin(f->fd, ELF_C_READ, NULL);
	err = f->elf ? give_to_dwfl(f) : -ENOEXEC;
	if (!err && *before && strcmp(before, f->build_id) != 0)
		err = -ESTALE; /* it was written over meanwhile */
	if (!err)
		f->bytes = elf_weigh(f->elf);
	return err;
}

int elf_file_open(int fd, const char *path, struct elf_file **ret)
{
	struct elf_file *f = calloc(1, sizeof(*f));
	int err = -ENOMEM;

	if (!f) {
		close(fd);
		return err;
	}
	f->refs = 1;
	f->fd = fd;
	set_names(f, path);
	f->frames = calloc(ELF_FRAME_SLOTS, sizeof(*f->frames));
	elf_version(EV_CURRENT);
	if (f->frames)
		err = wake(f);
	if (err) {
		elf_file_unref(f);
		return err;
	}
	*ret = f;
	return 0;
}

/* Everything that was read of it. */
static void forget(struct elf_file *f)
{
	for (size_t i = 0; f->frames && i < ELF_FRAME_SLOTS; i++) {
		free(f->frames[i].frame);
		f->frames[i] = (struct elf_frame_slot){0};
	}
	for (size_t i = 0; f->places && i < ELF_PLACES; i++)
		elf_place_clear(&f->places[i]);
	free(f->places);
	free(f->exports);
	f->places = NULL;
	f->exports = NULL;
	f->n_exports = 0;
	f->exports_read = f->lines_checked = f->no_lines = false;
	if (!f->dwfl_owns) {
		elf_end(f->elf);
		close(f->fd);
	}
	dwfl_end(f->dwfl);
	f->elf = NULL;
	f->dwfl = NULL;
	f->mod = NULL;
	f->dwfl_owns = false;
	f->bytes = 0;
}

void elf_file_unref(struct elf_file *f)
{
	if (!f || --f->refs > 0)
		return;
	if (f->asleep)
		close(f->fd);
	else
		forget(f);
	free(f->frames);
	free(f);
}

void elf_file_sleep(struct elf_file *f)
{
	int fd = f->asleep ? -1 : fcntl(f->fd, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return;
	forget(f);
	f->fd = fd;
	f->asleep = true;
}

bool elf_file_awake(struct elf_file *f)
{
	if (!f->asleep)
		return true;
	f->asleep = false;
	if (!wake(f))
		return true;
	elf_file_sleep(f);
	return false;
}

int elf_file_addr(const struct elf_file *f, uint64_t offset, uint64_t *ret)
{
	uint64_t page = sysconf(_SC_PAGESIZE);

	/* A mapping begins and ends with whole pages; what is in the file goes first. */
	for (int past_file = 0; past_file < 2; past_file++) {
		for (size_t i = 0; i < f->n_segments; i++) {
			const struct elf_segment *s = &f->segments[i];
			uint64_t slack = s->offset % page, in = offset - (s->offset - slack);

			if (offset < s->offset - slack ||
			    in >= slack + (past_file ? s->memsz : s->filesz))
				continue;
			*ret = s->vaddr - slack + in;
			return 0;
		}
	}
	return -ENOENT;
}

size_t elf_file_bytes(const struct elf_file *f, uint64_t addr, void *buf, size_t size)
{
	for (size_t i = 0; i < f->n_segments; i++) {
		const struct elf_segment *s = &f->segments[i];
		ssize_t n;

		if (addr < s->vaddr || addr - s->vaddr >= s->filesz)
			continue;
		if (size > s->filesz - (addr - s->vaddr))
			size = s->filesz - (addr - s->vaddr);
		do {
			n = pread(f->fd, buf, size, s->offset + (addr - s->vaddr));
		} while (n < 0 && errno == EINTR);
		return n > 0 ? n : 0;
	}
	return 0;
}

static Dwarf_Frame *find_frame(struct elf_file *f, uint64_t addr, bool debug)
{
	Dwarf_Frame *frame = NULL;
	Dwarf_Addr bias;
	Dwarf_CFI *cfi = elf_file_awake(f) ? dwfl_module_eh_cfi(f->mod, &bias) : NULL;

	if (cfi && dwarf_cfi_addrframe(cfi, addr, &frame) == 0)
		return frame;
	cfi = debug && !f->asleep ? dwfl_module_dwarf_cfi(f->mod, &bias) : NULL;
	if (cfi && dwarf_cfi_addrframe(cfi, addr, &frame) == 0)
		return frame;
	return NULL;
}

Dwarf_Frame *elf_file_frame(struct elf_file *f, uint64_t addr, bool debug)
{
	struct elf_frame_slot *slot = &f->frames[(addr ^ addr >> 9) % ELF_FRAME_SLOTS];

	if (slot->used && slot->addr == addr && (slot->frame || !debug))
		return slot->frame;
	free(slot->frame);
	*slot = (struct elf_frame_slot){addr, find_frame(f, addr, debug), true};
	return slot->frame;
}
