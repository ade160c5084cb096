// SPDX-License-Identifier: GPL-2.0
/*
 * What is stuck while the program is stopped, killed and started again: it is
 * the same stall, and its end is told once, whoever was there to see it.
 */
#include "notified.h"

#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <zlib.h>

#include "service/spool_file.h"

#define PATIENCE 600 /* tenths of a second; nothing takes that long but on a busy machine */

struct restarts {
	char name[16]; /* of all that is watched */
	char dir[64], conf[96], out[96], err[96], spool[96];
	int notified;
	pid_t idle, hangs, pid;
};

/* Takes a mutex that it has, or has nothing to do. */
static pid_t start_one(const struct restarts *s, bool hangs)
{
	pid_t pid = fork();

	if (pid == 0) {
		pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, s->name);
		pthread_mutex_lock(&m);
		if (hangs)
			pthread_mutex_lock(&m);
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	return pid;
}

static void end_one(pid_t *pid)
{
	if (*pid <= 0)
		return;
	kill(*pid, SIGKILL);
	waitpid(*pid, NULL, 0);
	*pid = 0;
}

static void forget_messages(struct restarts *s)
{
	char buf[1024];

	while (*notified_next(s->notified, buf, sizeof(buf), MSG_DONTWAIT))
		;
}

static void start(struct restarts *s)
{
	forget_messages(s); /* of the one before */
	unlink(s->out);
	s->pid = notified_start(s->conf, s->err);
}

/* All of a file, to be freed; "" if there is none yet. */
static char *text_of(const char *path, size_t *ret_size)
{
	FILE *f = fopen(path, "r");
	char *all = NULL;
	size_t room = 0;
	ssize_t n = f ? getdelim(&all, &room, '\0', f) : 0;

	if (f)
		fclose(f);
	*ret_size = n > 0 ? (size_t)n : 0;
	return *ret_size ? all : (free(all), strdup(""));
}

static size_t count(const char *path, const char *text)
{
	size_t size, n = 0;
	char *all = text_of(path, &size);

	for (const char *at = all; (at = strstr(at, text)); at++)
		n++;
	free(all);
	return n;
}

static void until_there(const char *path, const char *text)
{
	for (int i = 0; !count(path, text); i++) {
		if (i == PATIENCE)
			fail_msg("%s never says %s", path, text);
		usleep(100000);
	}
}

/* The id of the only stall that is told of there. */
static void id_there(const char *path, char id[24])
{
	size_t size;
	char *all = text_of(path, &size), *at = strstr(all, "\"id\":\"");

	assert_non_null(at);
	assert_int_equal(sscanf(at, "\"id\":\"%23[0-9a-z]\"", id), 1);
	free(all);
}

static void stop(struct restarts *s)
{
	int status;

	assert_int_equal(kill(s->pid, SIGTERM), 0);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	s->pid = 0;
	assert_true(WIFEXITED(status));
}

static void crash(struct restarts *s)
{
	end_one(&s->pid);
}

static char *find(const struct restarts *s, const char *what, char path[256])
{
	char pattern[128];
	glob_t g;

	snprintf(pattern, sizeof(pattern), "%s/%s", s->spool, what);
	path[0] = '\0';
	if (glob(pattern, 0, NULL, &g) != 0)
		return NULL;
	assert_int_equal(g.gl_pathc, 1);
	snprintf(path, 256, "%s", g.gl_pathv[0]);
	globfree(&g);
	return path;
}

/* What the spool has of it is that, in time. */
static void until_kept(const struct restarts *s, const char *id, const char *text)
{
	char what[64], path[256];
	bool there = false;

	snprintf(what, sizeof(what), "*-%s-*.json*", id);
	for (int i = 0; !there; i++) {
		char *all = NULL;
		size_t size;

		if (find(s, what, path) && spool_file_read(AT_FDCWD, path, &all, &size) == 0)
			there = strstr(all, text);
		free(all);
		if (i == PATIENCE)
			fail_msg("%s: never %s", what, text);
		usleep(there ? 0 : 100000);
	}
}

static void until_it_is_open(struct restarts *s)
{
	notified_until(s->notified, ": 1 stall open");
}

/*
 * Some looks more: what was to be told would be. They begin from now on: those before may
 * have been told of, and not been heard.
 */
static void look_on(struct restarts *s)
{
	forget_messages(s);
	for (int i = 0; i < 3; i++)
		notified_until(s->notified, "WATCHDOG=1");
}

static void begin(struct restarts *s, char id[24])
{
	s->hangs = start_one(s, true);
	start(s);
	until_there(s->out, "\"event\":\"opened\"");
	id_there(s->out, id);
	until_kept(s, id, "\"event\":\"opened\"");
}

static void it_is_the_same_until_its_end(void **state)
{
	struct restarts *s = *state;
	char id[24], now[24];

	begin(s, id);
	stop(s);
	start(s);
	until_it_is_open(s);
	look_on(s);
	assert_int_equal(count(s->out, "\"event\":\"opened\""), 0);
	crash(s);
	start(s);
	until_it_is_open(s);
	look_on(s);
	assert_int_equal(count(s->out, "\"event\":\"opened\""), 0);
	end_one(&s->hangs);
	until_there(s->out, "\"event\":\"resolved\"");
	id_there(s->out, now);
	assert_string_equal(id, now);
	assert_int_equal(count(s->out, "ending"), 0); /* it was watched */
	until_kept(s, id, "\"event\":\"resolved\"");
	stop(s);
	assert_int_equal(count(s->out, "\"event\":\"resolved\""), 1);
}

/* A number of a report, such as waited_ns. */
static unsigned long long number_there(const char *path, const char *name)
{
	size_t size;
	char *all = text_of(path, &size), *at = strstr(all, name);
	unsigned long long n;

	assert_non_null(at);
	assert_int_equal(sscanf(at + strlen(name), "\":%llu", &n), 1);
	free(all);
	return n;
}

/* Told once it is stopped in order, and known to have lasted until then. */
static void how_long_it_lasted_is_known_from_the_stop(void **state)
{
	struct restarts *s = *state;
	unsigned long long then;
	char id[24];

	begin(s, id);
	then = number_there(s->out, "waited_ns");
	look_on(s);
	stop(s);
	end_one(&s->hangs);
	start(s);
	until_there(s->out, "\"unwatched\"");
	assert_true(number_there(s->out, "waited_ns") > then);
	stop(s);
}

static void what_ends_meanwhile_is_told_once(void **state)
{
	struct restarts *s = *state;
	char id[24], now[24];

	begin(s, id);
	crash(s);
	end_one(&s->hangs);
	start(s);
	until_there(s->out, "\"unwatched\"");
	id_there(s->out, now);
	assert_string_equal(id, now);
	assert_int_equal(count(s->out, "\"event\":\"resolved\""), 1);
	until_kept(s, id, "\"unwatched\"");
	stop(s);
	assert_int_equal(count(s->out, "\"event\":\"resolved\""), 1);
	assert_int_equal(count(s->out, "\"event\":\"opened\""), 0);
	start(s);
	notified_until(s->notified, "READY=1");
	look_on(s);
	stop(s);
	assert_int_equal(count(s->out, "\"id\":"), 0);
}

/* Has the text in the state changed, and its checksum made right again if so wished. */
static void tamper(const struct restarts *s, const char *from, const char *to, bool mend)
{
	char path[256], *all, *at, *end;
	size_t size;
	FILE *f;

	assert_non_null(find(s, ".open-????????.json", path));
	all = text_of(path, &size);
	at = strstr(all, from);
	assert_non_null(at);
	for (size_t i = 0; to[i]; i++)
		at[i] = to[i];
	end = strstr(all, "{\"end\":true");
	assert_non_null(end);
	f = fopen(path, "w");
	fwrite(all, 1, (size_t)(end - all), f);
	if (mend)
		fprintf(f, "{\"end\":true,\"crc32\":%lu}\n",
			crc32_z(0, (unsigned char *)all, (size_t)(end - all)));
	else
		fputs(end, f);
	assert_int_equal(fclose(f), 0);
	free(all);
}

static void what_is_damaged_is_set_aside(void **state)
{
	struct restarts *s = *state;
	char id[24], now[24], path[256];

	begin(s, id);
	stop(s);
	tamper(s, "\"stall-wait\"", "\"stall-mait\"", false);
	start(s);
	until_there(s->out, "\"event\":\"opened\"");
	id_there(s->out, now);
	assert_string_not_equal(id, now);
	assert_int_equal(count(s->err, "what was open before is not known"), 1);
	assert_int_equal(count(s->err, "\n"), 1);
	assert_non_null(find(s, ".open-????????.json.damaged", path));
	until_kept(s, now, "\"event\":\"opened\"");
	until_kept(s, id, "\"event\":\"opened\""); /* nothing is lost */
	stop(s);
}

static void a_reboot_ends_them(void **state)
{
	struct restarts *s = *state;
	char id[24], path[256], *all;
	size_t size;

	begin(s, id);
	stop(s);
	assert_non_null(find(s, ".open-????????.json", path));
	all = text_of(path, &size);
	tamper(s, strstr(all, "\"boot\":"), "\"boot\":\"xxxx", true);
	free(all);
	start(s);
	until_there(s->out, "\"reboot\"");
	until_kept(s, id, "\"reboot\"");
	until_there(s->out,
		    "\"event\":\"opened\""); /* as if it were another one, for it would be */
	stop(s);
	assert_int_equal(count(s->out, "\"event\":\"resolved\""), 1);
}

/* A file system whose server never says a word; it is gone when *ret_device is closed. */
static bool mount_silent(const char *dir, int *ret_device)
{
	char options[96];

	*ret_device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (*ret_device < 0)
		return false;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0",
		 *ret_device);
	assert_int_equal(mkdir(dir, 0700), 0);
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("silent", dir, "fuse.silent", 0, options) == 0;
}

/* Even one that does not answer when it is opened: all is watched and told, and kept later. */
static void a_disk_that_does_not_answer_stops_no_look(void **state)
{
	struct restarts *s = *state;
	char id[24];
	int device;

	if (!mount_silent(s->spool, &device))
		skip();
	s->hangs = start_one(s, true);
	start(s);
	until_there(s->out, "\"event\":\"opened\"");
	id_there(s->out, id);
	until_there(s->err, "the disk does not answer");
	look_on(s);
	end_one(&s->hangs);
	until_there(s->out, "\"event\":\"resolved\"");
	look_on(s);
	/* the disk is back, and another one in the end */
	close(device);
	assert_int_equal(umount2(s->spool, MNT_DETACH), 0);
	until_there(s->err, "are kept in");
	until_kept(s, id, "\"event\":\"resolved\"");
	assert_int_equal(count(s->err, "they wait in memory"), 1);
	stop(s);
}

/* Killed at any moment: the disk knows of one stall, and of its end in the end. */
static void whenever_it_is_killed_it_is_one_stall(void **state)
{
	struct restarts *s = *state;
	char id[24], path[256];

	s->hangs = start_one(s, true);
	for (useconds_t ms = 300; ms < 1500; ms += 100) {
		start(s);
		usleep(ms * 1000);
		crash(s);
	}
	start(s);
	until_it_is_open(s);
	look_on(s);
	end_one(&s->hangs);
	until_there(s->out, "\"event\":\"resolved\"");
	id_there(s->out, id);
	until_kept(s, id, "\"event\":\"resolved\"");
	stop(s);
	assert_non_null(find(s, "*.json*", path)); /* and no other */
}

static int set_up(void **state)
{
	struct restarts *s = calloc(1, sizeof(*s));
	FILE *f;

	assert_non_null(s);
	snprintf(s->name, sizeof(s->name), "lt-rst-%d", getpid());
	strcpy(s->dir, "/tmp/test_restart.XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->conf, sizeof(s->conf), "%s/lt.conf", s->dir);
	snprintf(s->out, sizeof(s->out), "%s/out", s->dir);
	snprintf(s->err, sizeof(s->err), "%s/err", s->dir);
	snprintf(s->spool, sizeof(s->spool), "%s/spool", s->dir);
	f = fopen(s->conf, "w");
	assert_non_null(f);
	fprintf(f,
		"comm = %s\nvia = proc\nthreshold = 300ms\nformat = json\noutput = %s\n"
		"spool = %s\nspool-limits = free=off\n",
		s->name, s->out, s->spool);
	assert_int_equal(fclose(f), 0);
	s->notified = notified_open();
	s->idle = start_one(s, false);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct restarts *s = *state;
	char command[128];

	end_one(&s->hangs);
	end_one(&s->idle);
	end_one(&s->pid);
	close(s->notified);
	snprintf(command, sizeof(command), "rm -r %s", s->dir);
	assert_int_equal(system(command), 0);
	free(s);
	return 0;
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(it_is_the_same_until_its_end),
		TEST(how_long_it_lasted_is_known_from_the_stop),
		TEST(what_ends_meanwhile_is_told_once),
		TEST(what_is_damaged_is_set_aside),
		TEST(a_reboot_ends_them),
		TEST(whenever_it_is_killed_it_is_one_stall),
		TEST(a_disk_that_does_not_answer_stops_no_look), /* last: leaves our mounts */
	};

	if (geteuid() != 0) {
		puts("1..0 # SKIP to look at other processes takes root");
		return 0;
	}
	return cmocka_run_group_tests_name("restart", tests, NULL, NULL);
}
