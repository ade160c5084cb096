// SPDX-License-Identifier: GPL-2.0
/*
 * The files that are kept: which of them are one, and how much they take. A
 * process is made up that maps as many files as are wanted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <malloc.h>
#include <sys/mman.h>

#include "files.h"
#include "parser/space.h"

#define MOST_FILES 300
#define BASE	   0x10000000ul
#define STEP	   0x1000000ul

struct rig {
	struct spaces spaces;
	struct source source;
	int files[MOST_FILES];
	size_t n;
	uint64_t local; /* address of local_name() in each */
	unsigned int given;
};

static ssize_t give_maps(void *ctx, char **ret)
{
	struct rig *r = ctx;
	char *text = calloc(r->n + 1, 100);
	size_t at = 0;

	assert_non_null(text);
	for (size_t i = 0; i < r->n; i++)
		at += sprintf(text + at, "%lx-%lx r-xp 00000000 00:01 %zu   /lib/names\n",
			      BASE + i * STEP, BASE + i * STEP + 0x100000, i + 1);
	*ret = text;
	return at;
}

static int give_file(void *ctx, uint64_t start, uint64_t *ret_file)
{
	struct rig *r = ctx;

	r->given++;
	*ret_file = (start - BASE) / STEP + 1;
	return fcntl(r->files[*ret_file - 1], F_DUPFD_CLOEXEC, 3);
}

static int give_no_debug(void *ctx, const struct source_debug *wanted)
{
	(void)ctx, (void)wanted;
	return -ENOENT;
}

static uint8_t *read_whole(size_t *ret_size)
{
	char path[PATH_MAX];
	struct stat st;
	uint8_t *bytes;
	int fd;

	file_built("names/whole", path);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	bytes = malloc(st.st_size);
	assert_int_equal(read(fd, bytes, st.st_size), st.st_size);
	close(fd);
	*ret_size = st.st_size;
	return bytes;
}

/* n programs, each with a build-id of its own, or with all the same one. */
static void add_files(struct rig *r, size_t n, bool distinct)
{
	struct elf_file *f = file_open_at("names/whole", "/lib/names");
	uint8_t id[20], *bytes, *at;
	size_t size;

	for (size_t i = 0; i < sizeof(id); i++)
		assert_int_equal(sscanf(f->build_id + 2 * i, "%2hhx", &id[i]), 1);
	elf_file_unref(f);
	bytes = read_whole(&size);
	at = memmem(bytes, size, id, sizeof(id));
	assert_non_null(at);
	for (; r->n < n; r->n++) {
		int fd = memfd_create("file", MFD_CLOEXEC);

		if (distinct) {
			at[0] = r->n;
			at[1] = r->n >> 8;
		}
		assert_int_equal(write(fd, bytes, size), size);
		r->files[r->n] = fd;
	}
	free(bytes);
}

static int set_up(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	char path[PATH_MAX];

	r->source = (struct source){
		.ctx = r, .maps = give_maps, .file = give_file, .debug = give_no_debug};
	r->spaces.source = &r->source;
	file_built("names/whole", path);
	r->local = file_symbol(path, "local_name");
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *r = *state;

	spaces_free(&r->spaces);
	for (size_t i = 0; i < r->n; i++)
		close(r->files[i]);
	free(r);
	return 0;
}

/* Asks for a name in the i-th file; *ret_file is set to it. */
static void ask(struct rig *r, struct space *space, size_t i, struct elf_file **ret_file)
{
	const struct elf_place *p;
	struct place place;

	assert_int_equal(space_find(space, BASE + i * STEP + r->local, &place), 0);
	assert_non_null(place.file);
	space_make_room(space, place.file);
	p = elf_file_place(place.file, place.addr);
	assert_non_null(p);
	assert_string_equal(p->symbol, "local_name");
	assert_string_equal(p->file + strlen(p->file) - 14, "victim_names.c");
	*ret_file = place.file;
}

static struct space *space_of(struct rig *r)
{
	struct space *space;

	assert_int_equal(spaces_get(&r->spaces, 1, 1, &space), 0);
	return space;
}

static size_t bytes_kept(const struct rig *r, size_t *ret_awake)
{
	size_t sum = 0;

	*ret_awake = 0;
	for (const struct elf_file *f = r->spaces.cache.first; f; f = f->next) {
		sum += f->bytes;
		*ret_awake += !f->asleep;
	}
	return sum;
}

/* All of them are in use by one process; what they take stays below the bound, but for one. */
static void three_hundred_files_stay_below_the_bound(void **state)
{
	struct rig *r = *state;
	struct elf_file *f;
	struct space *space;
	size_t awake, one, whole;
	size_t heap = mallinfo2().uordblks;

	r->spaces.cache.most = 2 << 20;
	add_files(r, MOST_FILES, true);
	space = space_of(r);
	ask(r, space, 0, &f);
	one = bytes_kept(r, &awake);
	whole = MOST_FILES * one;
	assert_true(whole > 4 * r->spaces.cache.most); /* so that there is something to bound */
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < MOST_FILES; i++) {
			ask(r, space, i, &f);
			assert_in_range(bytes_kept(r, &awake), one, r->spaces.cache.most + one);
		}
		assert_in_range(awake, 2, r->spaces.cache.most / one + 1);
	}
	assert_int_equal(r->given, MOST_FILES); /* that it slept costs no further request */
	print_message("%zu files of %zu KiB, %zu awake, heap grew by %zu KiB\n", r->n, one >> 10,
		      awake, (mallinfo2().uordblks - heap) >> 10);
}

static void copies_are_one_file(void **state)
{
	struct rig *r = *state;
	struct elf_file *first, *f;
	struct space *space;

	add_files(r, 5, false);
	space = space_of(r);
	ask(r, space, 0, &first);
	for (size_t i = 1; i < 5; i++) {
		ask(r, space, i, &f);
		assert_ptr_equal(f, first);
	}
}

/* A file that says it is the same, but is not, has its own names. */
static void a_build_id_that_lies_is_found_out(void **state)
{
	struct rig *r = *state;
	static const uint8_t other[] = {'o', 't', 'h', 'e', 'r'}; /* of local_name */
	struct elf_file *first, *f;
	struct space *space;
	struct place place;
	uint8_t *bytes, *at;
	size_t size;

	add_files(r, 1, false);
	bytes = read_whole(&size);
	while ((at = memmem(bytes, size, "local_name", 10)))
		memcpy(at, other, sizeof(other));
	r->files[r->n] = memfd_create("file", MFD_CLOEXEC);
	assert_int_equal(write(r->files[r->n++], bytes, size), size);
	free(bytes);
	space = space_of(r);
	ask(r, space, 0, &first);
	assert_int_equal(space_find(space, BASE + STEP + r->local, &place), 0);
	f = place.file;
	assert_string_equal(f->build_id, first->build_id);
	assert_ptr_not_equal(f, first);
	assert_string_equal(elf_file_place(f, r->local)->symbol, "other_name");
	ask(r, space, 0, &first);
}

/* Cut off while it is open: there are no names then, and no fault. */
static void a_file_that_is_truncated(void **state)
{
	struct rig *r = *state;
	const struct elf_export *jumpers[4];
	struct elf_file *f;
	struct space *space;
	struct place place;
	uint64_t at;
	char name[64];

	for (off_t left = 4096; left >= 0; left -= 1024) {
		add_files(r, r->n + 2, true);
		space = space_of(r);
		ask(r, space, r->n - 1, &f);
		elf_file_sleep(f);
		for (size_t i = r->n - 2; i < r->n; i++) {
			assert_int_equal(ftruncate(r->files[i], left), 0);
			if (space_find(space, BASE + i * STEP + r->local, &place) || !place.file)
				continue;
			f = place.file;
			elf_file_place(f, r->local + 1);
			elf_file_frame(f, r->local, true);
			elf_file_function(f, r->local, &at);
			elf_file_export(f, r->local);
			elf_file_object(f, r->local, name, sizeof(name), &at);
			elf_file_jumpers(f, r->local, jumpers, 4);
			elf_file_bytes(f, r->local, name, sizeof(name));
		}
		spaces_free(&r->spaces);
		r->spaces = (struct spaces){.source = &r->source};
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		CASE(three_hundred_files_stay_below_the_bound),
		CASE(copies_are_one_file),
		CASE(a_build_id_that_lies_is_found_out),
		CASE(a_file_that_is_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
