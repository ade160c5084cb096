// SPDX-License-Identifier: GPL-2.0
/*
 * churn PROCESSES SECONDS DIR: so many processes come and go in that time, evenly. Each is
 * executed anew, from one of a few copies of this program in DIR that are themselves replaced
 * by new files all the time, and by three users in turn: what a watch keeps of programs, of
 * users and of threads has to be given up again. Most wait for something shortly, every
 * eighth for longer than a threshold of 1 s, every thirty-second hangs for 5 s until it is ended.
 *
 * Who hangs prints "hangs PID FROM_NS UNTIL_NS" (CLOCK_MONOTONIC) when it is sure to. At the end
 * comes "churn: N came, N went".
 */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COPIES	   6
#define COPY_EVERY 64 /* processes; then one copy is replaced */
#define USERS	   3
#define FIRST_USER 20000
#define HANGS_MS   5000

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static sem_t has_second;

static void sleep_ms(long ms)
{
	const struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static void *waits_for_first(void *arg)
{
	pthread_mutex_lock(&first);
	pthread_mutex_unlock(&first);
	return arg;
}

static void *takes_second_then_first(void *arg)
{
	pthread_mutex_lock(&second);
	sem_post(&has_second);
	pthread_mutex_lock(&first);
	return arg;
}

static void *waits_for_nobody(void *arg)
{
	char byte;
	int ends[2];

	if (pipe(ends) == 0 && read(ends[0], &byte, 1) < 0)
		perror("read");
	return arg;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Whoever calls it has the first one, and until_ns to live. */
static void hang(uint64_t until_ns)
{
	while (sem_wait(&has_second) != 0)
		continue;
	dprintf(STDOUT_FILENO, "hangs %d %" PRIu64 " %" PRIu64 "\n", (int)getpid(), now_ns(),
		until_ns);
	pthread_mutex_lock(&second);
}

/* What one process does, by its number; whatever that is, it is over after life_ms. */
static int work(unsigned long number, long life_ms)
{
	const struct itimerval end = {
		.it_value = {.tv_sec = life_ms / 1000, .tv_usec = life_ms % 1000 * 1000}};
	void *(*threads[2])(void *) = {waits_for_first, waits_for_nobody};
	uint64_t until_ns = now_ns() + (uint64_t)life_ms * 1000000;
	pthread_t thread;

	setitimer(ITIMER_REAL, &end, NULL);
	pthread_mutex_lock(&first);
	if (number % 32 == 7) {
		sem_init(&has_second, 0, 0);
		threads[0] = takes_second_then_first;
	}
	for (int i = 0; i < 2; i++) {
		if (pthread_create(&thread, NULL, threads[i], NULL) != 0)
			return 1;
	}
	if (number % 32 == 7)
		hang(until_ns);
	sleep_ms(number % 8 == 3 ? 2500 : 300);
	pthread_mutex_unlock(&first);
	for (;;)
		pause();
}

/* Another file under the same name: a new inode, and the old one is gone when the last user is. */
static int copy_self(const char *dir, unsigned long number)
{
	char path[512], fresh[600];
	struct stat st;
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to = -1, err = -1;

	snprintf(path, sizeof(path), "%s/worker-%lu", dir, number % COPIES);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	if (from >= 0 && fstat(from, &st) == 0)
		to = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	if (to >= 0 && sendfile(to, from, NULL, (size_t)st.st_size) == st.st_size)
		err = 0;
	if (to >= 0)
		close(to);
	if (from >= 0)
		close(from);
	return err ? err : rename(fresh, path);
}

static pid_t begin_worker(const char *dir, unsigned long number)
{
	char path[512], nr[24], life[24];
	uid_t user = FIRST_USER + (uid_t)(number % USERS);
	pid_t pid;

	snprintf(path, sizeof(path), "%s/worker-%lu", dir, number % COPIES);
	snprintf(nr, sizeof(nr), "%lu", number);
	snprintf(life, sizeof(life), "%lu",
		 number % 32 == 7 ? HANGS_MS : 1000 + number * 37 % 3000);
	pid = fork();
	if (pid == 0) {
		if (getuid() == 0 && (setgid(user) != 0 || setuid(user) != 0))
			_exit(1);
		execl(path, path, "--work", nr, life, NULL);
		_exit(1);
	}
	return pid;
}

static unsigned long reap(void)
{
	unsigned long n = 0;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		n++;
	return n;
}

static int churn(unsigned long processes, double seconds, const char *dir)
{
	unsigned long came = 0, went = 0;
	uint64_t began = now_ns();

	for (unsigned long i = 0; i < COPIES; i++) {
		if (copy_self(dir, i) != 0)
			return 1;
	}
	while (came < processes) {
		if ((double)(now_ns() - began) < 1e9 * seconds * (double)came / (double)processes) {
			sleep_ms(20);
			went += reap();
			continue;
		}
		if (came % COPY_EVERY == 0 && copy_self(dir, came / COPY_EVERY) != 0)
			return 1;
		if (begin_worker(dir, came) < 0)
			return 1;
		came++;
	}
	while (waitpid(-1, NULL, 0) > 0)
		went++;
	printf("churn: %lu came, %lu went\n", came, went);
	return came == went ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "--work") == 0)
		return work(strtoul(argv[2], NULL, 10), strtol(argv[3], NULL, 10));
	if (argc != 4) {
		fprintf(stderr, "usage: churn PROCESSES SECONDS DIR\n");
		return 2;
	}
	return churn(strtoul(argv[1], NULL, 10), strtod(argv[2], NULL), argv[3]);
}
