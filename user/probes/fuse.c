// SPDX-License-Identifier: GPL-2.0
/*
 * A request to the process that serves a file system (FUSE), not yet answered;
 * in whatever call it was, or in a page fault.
 *
 * That is like a disk that takes its time: there are servers at the other end
 * of the world, and a thread that waits for one is no stall by itself, not
 * in state D either. But it is known who has to answer: if others wait for the
 * thread, the server is where it goes on, and a server that is idle meanwhile is
 * no excuse. So it is of class EMPTY.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "../os/fuse.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "state.h"

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	struct fuse_mount m;

	if (s->kthread || !fuse_awaits(s))
		return 0;
	ret->kind = "fuse-request";
	ret->class = CLASS_EMPTY;
	ret->verb = "waits for";
	if (fuse_mount_of(os, s, &m) == 0)
		snprintf(ret->key, WAIT_KEY, "fuse:%u", m.connection);
	else
		snprintf(ret->key, WAIT_KEY, "fuse:of:%d", s->ref.tid);
	return 1;
}

static int state_server(const struct probe_env *env, const struct wait *w,
			const struct fuse_mount *m)
{
	struct fuse_servers servers;
	enum evidence evidence;
	int r = fuse_servers(env->os, m, &servers);

	if (r)
		return r;
	if (!servers.n)
		return state_nobody(env, w,
				    servers.more ? "not every process may be asked for /dev/fuse"
						 : "no process has it open any more");
	if (!servers.told && servers.n > 1)
		return state_nobody(env, w,
				    "several processes serve file systems, and this kernel "
				    "does not tell which one serves this");
	evidence = servers.told && servers.n == 1 && !servers.more ? EVIDENCE_EXACT
								   : EVIDENCE_INFERRED;
	for (size_t i = 0; !r && i < servers.n; i++)
		r = state_process(env, w, servers.pids[i], evidence,
				  servers.told
					  ? "has the connection of this file system open"
					  : "has /dev/fuse open, and no other that fits as well");
	return r;
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	struct fact_number state = {"requests", 0};
	char name[320], path[64], text[32];
	struct fuse_mount m;
	bool counted;
	int r;

	if (fuse_mount_of(env->os, s, &m) != 0) {
		r = state_resource(env, w, "the server of a FUSE file system", NULL, NULL, 0);
		return r ? r : state_nobody(env, w, "which file system it is could not be told");
	}
	snprintf(name, sizeof(name), "the server of %s (%s)", m.at, m.type);
	snprintf(path, sizeof(path), "/sys/fs/fuse/connections/%u/waiting", m.connection);
	counted = proc_read(AT_FDCWD, path, text, sizeof(text)) > 0;
	if (counted)
		state.value = strtol(text, NULL, 10);
	r = state_resource(env, w, name, NULL, &state, counted ? 1 : 0);
	return r ? r : state_server(env, w, &m);
}

static const struct probe_kind kinds[] = {
	{"fuse-request", CLASS_EMPTY, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{0},
};
static const int syscalls[] = {-1};

const struct probe probe_fuse = {
	.kind = LT_KIND_FUSE,
	.name = "fuse",
	.kinds = kinds,
	.syscalls = syscalls,
	.anywhere = true,
	.recognise = recognise,
	.describe = describe,
};
