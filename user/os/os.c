// SPDX-License-Identifier: GPL-2.0
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "debug_dirs.h"
#include "file_locks.h"
#include "holders.h"
#include "ksyms.h"
#include "lost.h"
#include "parser.h"
#include "proc.h"
#include "reader.h"
#include "site.h"
#include "sockets.h"
#include "stacks.h"
#include "tcp_list.h"
#include "unread.h"
#include "wait_table.h"

int os_open(struct os *ret)
{
	struct os os = {.proc_fd = -1};
	/* first of all: the child inherits what is open */
	int err = reader_new("/proc", &os.reader);

	if (!err) {
		os.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = os.proc_fd < 0 ? -errno : 0;
	}
	if (!err)
		err = lost_new(&os.lost);
	if (!err)
		reader_count_lost(os.reader, os.lost);
	if (!err)
		err = debug_dirs_new(&os.debug_dirs);
	if (!err)
		err = parser_new(&os.parser);
	if (!err)
		err = stacks_new(&os.stacks);
	if (!err)
		err = sites_new(&os.sites);
	if (!err)
		err = sockets_new(&os.sockets);
	if (!err)
		err = tcp_new(&os.tcp);
	if (!err)
		err = holders_new(&os.holders);
	if (!err)
		err = file_locks_new(&os.file_locks);
	if (!err)
		err = unread_new(&os.unread);
	if (!err)
		err = wait_table_new(wait_table_shipped, wait_table_users, &os.wait_table);
	if (err) {
		os_close(&os);
		return err;
	}
	*ret = os;
	return 0;
}

void os_close(struct os *os)
{
	file_locks_free(os->file_locks);
	wait_table_free(os->wait_table);
	unread_free(os->unread);
	holders_free(os->holders);
	tcp_free(os->tcp);
	sockets_free(os->sockets);
	sites_free(os->sites);
	stacks_free(os->stacks);
	parser_free(os->parser);
	debug_dirs_free(os->debug_dirs);
	ksyms_free(os->ksyms);
	lost_free(os->lost);
	if (os->proc_fd >= 0)
		close(os->proc_fd);
	reader_free(os->reader);
	*os = (struct os){.proc_fd = -1};
}

const struct ksyms *os_ksyms(struct os *os)
{
	if (!os->ksyms && !os->ksyms_refused && ksyms_new(os->proc_fd, &os->ksyms) != 0)
		os->ksyms_refused = true;
	return os->ksyms;
}

/* No id is given to another process so soon. */
#define PROCESS_NS 20000000ull

int os_process_start(struct os *os, pid_t pid, uint64_t *ret)
{
	uint64_t now_ns = os_now_ns();
	struct proc_stat st;
	int r;

	if (os->process.pid != pid || now_ns > os->process.read_ns + PROCESS_NS) {
		r = proc_stat(os->proc_fd, pid, pid, &st);
		if (r)
			return r;
		os->process.pid = pid;
		os->process.start = st.start;
		os->process.read_ns = now_ns;
	}
	*ret = os->process.start;
	return 0;
}
