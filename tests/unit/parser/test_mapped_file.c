// SPDX-License-Identifier: GPL-2.0
/*
 * The file that a process has mapped, whatever has its name meanwhile: deleted,
 * replaced, or another one in another mount namespace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include "files.h"
#include "os/mapped_file.h"
#include "os/os.h"
#include "os/reader.h"
#include "os/parser.h"
#include "victim.h"

struct rig {
	char dir[64];
	char lib[96];	/* the library, where a process maps it from */
	char other[96]; /* another one: local_name() is called other_name() there */
	struct os os;
	uint64_t local; /* address of it in both */
};

/* The same program with another name for a function, and another build-id. */
static void make_other(const char *whole, const char *path, const char *build_id)
{
	int in = open(whole, O_RDONLY), out = open(path, O_WRONLY | O_CREAT, 0755);
	uint8_t id[20], *bytes, *at;
	struct stat st;

	assert_int_equal(fstat(in, &st), 0);
	bytes = malloc(st.st_size);
	assert_int_equal(read(in, bytes, st.st_size), st.st_size);
	while ((at = memmem(bytes, st.st_size, "local_name", 10)))
		memcpy(at, "other_name", 10);
	for (size_t i = 0; i < sizeof(id); i++)
		assert_int_equal(sscanf(build_id + 2 * i, "%2hhx", &id[i]), 1);
	at = memmem(bytes, st.st_size, id, sizeof(id));
	assert_non_null(at);
	at[0] ^= 0xff;
	assert_int_equal(write(out, bytes, st.st_size), st.st_size);
	free(bytes);
	close(in);
	close(out);
}

static int set_up(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	char path[PATH_MAX];
	struct elf_file *f;

	assert_non_null(r);
	snprintf(r->dir, sizeof(r->dir), "/tmp/locktrace-mapped-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	snprintf(r->lib, sizeof(r->lib), "%s/lib.so", r->dir);
	snprintf(r->other, sizeof(r->other), "%s/other.so", r->dir);
	file_built("names/whole", path);
	file_copy(path, r->lib);
	f = file_open_at("names/whole", "/lib/names");
	make_other(path, r->other, f->build_id);
	elf_file_unref(f);
	r->local = file_symbol(path, "local_name");
	assert_int_equal(os_open(&r->os), 0);
	*state = r;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	struct rig *r = *state;

	os_close(&r->os);
	nftw(r->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(r);
	return 0;
}

/* ---- Processes that map it ---- */

struct mapper {
	pid_t pid;
	uint64_t base;
};

static void *map_library(const char *path)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): a test has its state */
	int fd = open(path, O_RDONLY);
	void *base = mmap(NULL, 1 << 16, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	close(fd);
	return base;
}

/* From its own mount namespace, if over is to be seen there at path. */
static struct mapper start(const char *path, const char *over)
{
	struct mapper m = {0};
	int tell[2];

	assert_int_equal(pipe(tell), 0);
	m.pid = fork();
	if (!m.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (over &&
		    (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		     mount(over, path, NULL, MS_BIND, NULL)))
			_exit(1);
		m.base = (uintptr_t)map_library(path);
		if (write(tell[1], &m.base, sizeof(m.base)) != sizeof(m.base))
			_exit(1);
		for (;;)
			pause();
	}
	close(tell[1]);
	assert_true(m.pid > 0);
	if (read(tell[0], &m.base, sizeof(m.base)) != sizeof(m.base))
		m.base = 0;
	close(tell[0]);
	return m;
}

static void end(struct mapper *m)
{
	kill(m->pid, SIGKILL);
	waitpid(m->pid, NULL, 0);
}

static void assert_name(struct rig *r, const struct mapper *m, const char *want)
{
	static struct parser_words words;
	int err = -EINPROGRESS;

	for (int tries = 0; err == -EINPROGRESS && tries < 20; tries++)
		err = parser_address(&r->os, m->pid, m->base + r->local + 2, &words);
	assert_int_equal(err, 0);
	if (strncmp(words.line, want, strlen(want)) != 0)
		fail_msg("%s instead of %s", words.line, want);
}

static bool lacks_root(void)
{
	if (geteuid() != 0)
		print_message("map_files and namespaces need root\n");
	return geteuid() != 0;
}

static void a_library_that_was_deleted(void **state)
{
	struct rig *r = *state;
	struct mapper m;

	if (lacks_root())
		skip();
	m = start(r->lib, NULL);
	assert_int_equal(unlink(r->lib), 0);
	assert_name(r, &m, "local_name+0x2");
	end(&m);
}

/* As an upgrade does it: another file takes the name. Who starts now has that one. */
static void a_library_that_was_replaced(void **state)
{
	struct rig *r = *state;
	struct mapper before, after;

	if (lacks_root())
		skip();
	before = start(r->lib, NULL);
	assert_int_equal(rename(r->other, r->lib), 0);
	after = start(r->lib, NULL);
	assert_name(r, &before, "local_name+0x2");
	assert_name(r, &after, "other_name+0x2");
	assert_name(r, &before, "local_name+0x2");
	end(&before);
	end(&after);
}

static void two_containers_do_not_mix(void **state)
{
	struct rig *r = *state;
	struct mapper inside, outside;

	if (lacks_root())
		skip();
	inside = start(r->lib, r->other);
	if (!inside.base) {
		end(&inside);
		print_message("mount namespaces are not allowed here\n");
		skip();
	}
	outside = start(r->lib, NULL);
	for (int round = 0; round < 2; round++) {
		assert_name(r, &outside, "local_name+0x2");
		assert_name(r, &inside, "other_name+0x2");
	}
	end(&inside);
	end(&outside);
}

/* ---- By its name alone, as where map_files is refused ---- */

/* A made-up /proc that has our own process, mapping lib with that device and inode. */
static int open_by_name(struct rig *r, void *base, unsigned int dev_minor, uint64_t inode)
{
	char root[PATH_MAX], line[256];
	struct reader *reader;
	struct maps *maps;
	int fd;

	snprintf(root, sizeof(root), "%s/%d", r->dir, getpid());
	mkdir(root, 0755);
	snprintf(root, sizeof(root), "%s/%d/root", r->dir, getpid());
	if (symlink("/", root) != 0)
		assert_int_equal(errno, EEXIST);
	assert_int_equal(reader_new(r->dir, &reader), 0);
	snprintf(line, sizeof(line), "%lx-%lx r-xp 00000000 08:%02x %lu %s\n",
		 (unsigned long)(uintptr_t)base, (unsigned long)(uintptr_t)base + (1 << 14),
		 dev_minor, inode, r->lib);
	assert_int_equal(maps_parse(line, &maps), 0);
	fd = mapped_file_open(reader, getpid(), maps, maps_at(maps, 0));
	maps_free(maps);
	reader_free(reader);
	return fd;
}

/* Overlayfs: what maps shows of device and inode is not what fstat does. The bytes tell. */
static void another_inode_and_the_same_bytes(void **state)
{
	struct rig *r = *state;
	void *base = map_library(r->lib);
	int fd = open_by_name(r, base, 0xfe, 999999);

	assert_true(fd >= 0);
	close(fd);
	munmap(base, 1 << 16);
}

static void another_file_by_that_name(void **state)
{
	struct rig *r = *state;
	void *base = map_library(r->lib);
	struct stat st;

	assert_int_equal(rename(r->other, r->lib), 0);
	assert_int_equal(open_by_name(r, base, 0xfe, 999999), -ENOENT);
	/* nor if it has the same inode number on another file system */
	assert_int_equal(stat(r->lib, &st), 0);
	assert_int_equal(open_by_name(r, base, 0xfe, st.st_ino), -ENOENT);
	munmap(base, 1 << 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		CASE(a_library_that_was_deleted), CASE(a_library_that_was_replaced),
		CASE(two_containers_do_not_mix),  CASE(another_inode_and_the_same_bytes),
		CASE(another_file_by_that_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
