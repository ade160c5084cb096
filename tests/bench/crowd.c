// SPDX-License-Identifier: GPL-2.0
/*
 * crowd THREADS parked|stuck: so many threads that do nothing but wait, as those of a server do:
 * for work, at a condition variable, or for a mutex that is never given back. Says "ready" when
 * all of them are seen asleep there, and ends with its input.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STACK (64 << 10)

static pthread_mutex_t never = PTHREAD_MUTEX_INITIALIZER, work = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t some_work = PTHREAD_COND_INITIALIZER;
static atomic_uint began;

static void *park(void *arg)
{
	pthread_mutex_lock(&work);
	atomic_fetch_add(&began, 1);
	for (;;)
		pthread_cond_wait(&some_work, &work);
	return arg;
}

static void *be_stuck(void *arg)
{
	atomic_fetch_add(&began, 1);
	pthread_mutex_lock(&never);
	return arg;
}

/* By the state behind "TID (COMM) " of its stat. */
static bool is_asleep(const char *tid)
{
	char path[300], line[256];
	const char *end;
	FILE *f;
	bool asleep;

	snprintf(path, sizeof(path), "/proc/self/task/%s/stat", tid);
	f = fopen(path, "r");
	if (!f)
		return false;
	end = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	asleep = end && end[1] == ' ' && end[2] == 'S';
	fclose(f);
	return asleep;
}

static unsigned int count_asleep(void)
{
	DIR *dir = opendir("/proc/self/task");
	const struct dirent *entry;
	unsigned int n = 0;

	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.' && is_asleep(entry->d_name);
	if (dir)
		closedir(dir);
	return n;
}

int main(int argc, char **argv)
{
	unsigned int n = argc == 3 ? (unsigned int)atoi(argv[1]) : 0;
	bool stuck = argc == 3 && !strcmp(argv[2], "stuck");
	pthread_attr_t attr;
	pthread_t thread;

	if (!n) {
		fprintf(stderr, "usage: crowd THREADS parked|stuck\n");
		return 2;
	}
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_mutex_lock(&never);
	for (unsigned int i = 0; i < n; i++) {
		if (pthread_create(&thread, &attr, stuck ? be_stuck : park, NULL) != 0) {
			perror("crowd: pthread_create");
			return 1;
		}
	}
	while (atomic_load(&began) < n || count_asleep() < n)
		usleep(1000);
	printf("ready %d\n", getpid());
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
