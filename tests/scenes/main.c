// SPDX-License-Identifier: GPL-2.0
/* scene NAME: sets one scene on the stage and obeys stdin; scene.h has the words. */
#include "scene.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIP	77
#define PROPS	(1024 * 1024)
#define LOG_MIN 50000000ULL

/* The linker's names for the ends of the section that SCENE() fills. */
extern const struct scene *const __start_scenes[], *const __stop_scenes[];

static const struct option options[] = {
	{"list", no_argument, NULL, 'l'},
	{"threshold-ms", required_argument, NULL, 't'},
	{"stamp", no_argument, NULL, 's'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static const char usage[] =
	"usage: scene [--threshold-ms MS] NAME\n"
	"       scene --list\n"
	"       scene --stamp (puts CLOCK_MONOTONIC ns before each line of stdin)\n";

/*
 * Other programs with scenes of their own, next to this one: "scene-musl" has
 * those that begin with "musl-". A longer name goes before one that it begins with.
 */
static const char *const others[] = {
#ifndef SCENE_PREFIX
	"musl-static", "musl", "static", "stripped",
#endif
	NULL};

/* Goes on as the other program, if there is one. */
static void become(const char *other, char **argv)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 32);

	if (n < 0)
		return;
	snprintf(path + n, sizeof(path) - n, "-%s", other);
	execv(path, argv);
}

static void list_others(char **argv)
{
	fflush(stdout);
	for (size_t i = 0; others[i]; i++) {
		pid_t pid = fork();

		if (!pid) {
			become(others[i], argv);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

static void list(void)
{
	for (const struct scene *const *s = __start_scenes; s < __stop_scenes; s++)
		printf("%-20s %s %s\n", (*s)->name,
		       (*s)->healthy ? ((*s)->alone ? "busy   " : "healthy")
		       : (*s)->begin ? "late   "
		       : (*s)->alone ? "alone  "
				     : "stuck  ",
		       (*s)->what);
}

static int stamp(void)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		printf("%" PRIu64 " %s", now_ns(), line);
		fflush(stdout);
	}
	free(line);
	return 0;
}

static struct stage *stage_new(uint64_t threshold_ns)
{
	size_t size = sizeof(struct stage) + PROPS;
	struct stage *s = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			       0);

	if (s == MAP_FAILED)
		die("no memory for the stage");
	s->threshold_ns = threshold_ns;
	s->log_min_ns = LOG_MIN;
	s->main_pid = getpid();
	s->msqid = -1;
	s->props = (char *)(s + 1);
	s->props += -(uintptr_t)s->props & 63;
	s->props_end = (char *)s + size;
	return s;
}

static void watch_fd(int ep, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) < 0)
		die("cannot watch descriptor %d: %s; stdin must be a pipe or a terminal", fd,
		    strerror(errno));
}

static int tick_fd(unsigned ms)
{
	struct itimerspec t = {.it_interval = {ms / 1000, ms % 1000 * 1000000L},
			       .it_value = {ms / 1000, ms % 1000 * 1000000L}};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	timerfd_settime(fd, 0, &t, NULL);
	return fd;
}

/* Returns false when it is time to stop. */
static bool obey(const struct scene *scene, struct stage *s, const char *word)
{
	if (strcmp(word, "stop") == 0)
		return false;
	if (strcmp(word, "plant") == 0) {
		stage_plant(s);
	} else if (strcmp(word, "release") == 0) {
		stage_release(s);
	} else if (strcmp(word, "begin") == 0 && scene->begin) {
		scene->begin(s);
		printf("{\"began\":{\"since_ns\":");
		print_since(s);
		printf("}}\n");
	} else if (strcmp(word, "go") == 0 && scene->go) {
		scene->go(s);
		printf("{\"went\":{\"at_ns\":%" PRIu64 "}}\n", now_ns());
	} else {
		printf("{\"not_understood\":\"%s\"}\n", word);
	}
	fflush(stdout);
	return true;
}

static bool read_words(const struct scene *scene, struct stage *s)
{
	char buf[256];
	ssize_t n = read(0, buf, sizeof(buf) - 1);

	if (n <= 0)
		return n < 0 && errno == EINTR;
	buf[n] = '\0';
	for (char *save, *word = strtok_r(buf, " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save))
		if (!obey(scene, s, word))
			return false;
	return true;
}

static void listen_to_words(const struct scene *scene, struct stage *s, int signals)
{
	int ep = epoll_create1(EPOLL_CLOEXEC), tick = -1;
	struct epoll_event e;
	uint64_t ticks;

	watch_fd(ep, 0);
	watch_fd(ep, signals);
	if (scene->tick_ms) {
		tick = tick_fd(scene->tick_ms);
		watch_fd(ep, tick);
	}
	for (;;) {
		if (epoll_wait(ep, &e, 1, -1) < 1)
			continue;
		if (e.data.fd == signals)
			return;
		if (e.data.fd == tick) {
			if (read(tick, &ticks, sizeof(ticks)) < 0)
				return;
			continue;
		}
		if (!read_words(scene, s))
			return;
	}
}

static void print_logged(const struct logged *log, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%s[%d,%" PRIu64 ",%" PRIu64 ",\"%p\"]", i ? "," : "", log[i].tid,
		       log[i].start_ns, log[i].end_ns, log[i].what);
}

/* The healthy prove that they were blocked: their own log, as they end. */
static void print_log(struct stage *s)
{
	size_t n = s->n_log < STAGE_LOG ? s->n_log : STAGE_LOG;
	size_t n_holds = s->n_holds < STAGE_HOLDS ? s->n_holds : STAGE_HOLDS;

	printf("{\"log\":{\"waits\":%" PRIu64 ",\"longest_ns\":%" PRIu64
	       ",\"overflow\":%zu,\"long\":[",
	       s->n_waits, s->longest_ns, s->n_log - n);
	print_logged(s->log, n);
	printf("],\"holds\":[");
	print_logged(s->holds, n_holds);
	printf("]}}\n");
	fflush(stdout);
}

static int play(const struct scene *scene, uint64_t threshold_ns)
{
	struct stage *s = stage_new(threshold_ns);
	sigset_t set;
	int signals;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	prctl(PR_SET_NAME, "scene");
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);

	s->expect.reports = scene->healthy ? 0 : 1;
	scene->set(s);
	print_expect(scene, s);
	printf("ready\n");
	fflush(stdout);
	listen_to_words(scene, s, signals);
	s->over = true;
	print_log(s);
	stage_clean(s);
	_exit(0); /* threads that are stuck cannot be joined */
}

int main(int argc, char **argv)
{
	uint64_t threshold_ns = 1000000000ULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'l':
			list();
			list_others(argv);
			return 0;
		case 's':
			return stamp();
		case 't':
			threshold_ns = strtoull(optarg, NULL, 10) * 1000000ULL;
			break;
		default:
			fputs(usage, c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}
	}
	if (argc - optind != 1) {
		fputs(usage, stderr);
		return 2;
	}
	for (const struct scene *const *s = __start_scenes; s < __stop_scenes; s++) {
		if (strcmp((*s)->name, argv[optind]) != 0)
			continue;
		if ((*s)->needs_root && geteuid() != 0) {
			printf("skip: needs root\n");
			return SKIP;
		}
		return play(*s, threshold_ns);
	}
	for (size_t i = 0; others[i]; i++)
		if (!strncmp(argv[optind], others[i], strlen(others[i])) &&
		    argv[optind][strlen(others[i])] == '-')
			become(others[i], argv);
	fprintf(stderr, "scene: no scene '%s'; scene --list has them\n", argv[optind]);
	return 2;
}
