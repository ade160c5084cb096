// SPDX-License-Identifier: GPL-2.0
#include "parser_process.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "maps.h"
#include "ns.h"
#include "os.h"
#include "proc.h"

#define CHECK_NS 500000000ull

void parser_processes_free(struct parser_processes *p)
{
	for (size_t i = 0; i < PARSER_PROCESSES; i++)
		maps_free(p->list[i].maps);
}

/* Of a program that its user may not look into, the kernel gives the directory to root. */
static int owner_of(const struct os *os, pid_t pid, struct parser_owner *ret)
{
	char path[16];
	struct stat st;

	snprintf(path, sizeof(path), "%d", (int)pid);
	if (fstatat(os->proc_fd, path, &st, 0))
		return -errno;
	*ret = (struct parser_owner){.uid = st.st_uid};
	ns_inode(os->proc_fd, pid, "mnt", &ret->mnt_ns);
	ns_inode(os->proc_fd, pid, "user", &ret->user_ns);
	return 0;
}

bool parser_same_owner(const struct parser_owner *a, const struct parser_owner *b)
{
	return a->uid == b->uid && a->mnt_ns == b->mnt_ns && a->user_ns == b->user_ns;
}

/* Makes sure that *p is the process that has the pid, else makes it that. */
static int check(struct parser_processes *all, const struct os *os, pid_t pid,
		 struct parser_process *p)
{
	uint64_t now = os_now_ns();
	struct parser_owner owner = {0};
	struct proc_stat stat;
	int err;

	if (p->number && p->pid == pid && now - p->checked_ns < CHECK_NS)
		return 0;
	err = proc_stat(os->proc_fd, pid, pid, &stat);
	if (!err)
		err = owner_of(os, pid, &owner);
	if (err)
		return err;
	if (p->number && p->pid == pid && p->start == stat.start &&
	    parser_same_owner(&p->owner, &owner)) {
		p->checked_ns = now;
		return 0;
	}
	maps_free(p->maps);
	*p = (struct parser_process){
		.number = ++all->last_number,
		.pid = pid,
		.start = stat.start,
		.checked_ns = now,
		.owner = owner,
	};
	return 0;
}

int parser_process_get(struct parser_processes *p, struct os *os, pid_t pid,
		       struct parser_process **ret)
{
	struct parser_process found;
	size_t i = 0;
	int err;

	while (i < PARSER_PROCESSES - 1 && p->list[i].number && p->list[i].pid != pid)
		i++;
	err = check(p, os, pid, &p->list[i]);
	if (err)
		return err;
	found = p->list[i];
	memmove(&p->list[1], &p->list[0], i * sizeof(found));
	p->list[0] = found;
	*ret = &p->list[0];
	return 0;
}

struct parser_process *parser_process_numbered(struct parser_processes *p, uint64_t number)
{
	for (size_t i = 0; i < PARSER_PROCESSES; i++)
		if (p->list[i].number == number)
			return &p->list[i];
	return NULL;
}
