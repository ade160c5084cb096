// SPDX-License-Identifier: GPL-2.0
#include "pipe_call.h"

#include <sys/syscall.h>

enum use { READS, WRITES, EITHER, SPLICES, TEES, OPENS };

static const struct {
	int nr;
	enum use use;
} calls[] = {
	{SYS_read, READS},	{SYS_readv, READS},    {SYS_preadv2, READS},
	{SYS_write, WRITES},	{SYS_writev, WRITES},  {SYS_pwritev2, WRITES},
	{SYS_vmsplice, EITHER}, {SYS_splice, SPLICES}, {SYS_tee, TEES},
	{SYS_openat, OPENS},	{SYS_openat2, OPENS},  {SYS_sendfile, WRITES},
#ifdef SYS_open
	{SYS_open, OPENS},
#endif
};

const int pipe_syscalls[] = {
	SYS_read,     SYS_readv,  SYS_preadv2, SYS_write,    SYS_writev, SYS_pwritev2,
	SYS_vmsplice, SYS_splice, SYS_tee,     SYS_sendfile, SYS_openat, SYS_openat2,
#ifdef SYS_open
	SYS_open,
#endif
	-1,
};

static void fill(enum use use, const uint64_t *args, struct pipe_call *ret)
{
	switch (use) {
	case READS:
		ret->reads_from = (int)args[0];
		break;
	case WRITES:
		ret->writes_to = (int)args[0];
		break;
	case EITHER:
		ret->reads_from = ret->writes_to = (int)args[0];
		break;
	case SPLICES:
		ret->reads_from = (int)args[0];
		ret->writes_to = (int)args[2];
		break;
	case TEES:
		ret->reads_from = (int)args[0];
		ret->writes_to = (int)args[1];
		break;
	case OPENS:
		ret->opens = true;
		break;
	}
}

bool pipe_call_of(const struct seen *s, struct pipe_call *ret)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].nr != s->syscall)
			continue;
		*ret = (struct pipe_call){.reads_from = -1, .writes_to = -1};
		fill(calls[i].use, s->args, ret);
		return true;
	}
	return false;
}
