// SPDX-License-Identifier: GPL-2.0
#include "syscalls.h"

#include <stddef.h>
#include <sys/syscall.h>

/* Idle by design, also with a lock in hand: waits for whatever comes. Signals are not that. */
#define EVENT(call) [SYS_##call] = {#call, ACT_EVENT_WAIT, "waiting for events in", false}
#define SLEEP(call) [SYS_##call] = {#call, ACT_SLEEPING, "sleeping in", false}
/* One of the waits that have a resource. */
#define LOCK(call, w)	 [SYS_##call] = {#call, ACT_LOCK_WAIT, w, false}
#define LOCK_FD(call, w) [SYS_##call] = {#call, ACT_LOCK_WAIT, w, true}
/* In the hands of the kernel, for something with a descriptor or without. */
#define IO(call)       [SYS_##call] = {#call, ACT_IO, "in", false}
#define IO_FD(call, w) [SYS_##call] = {#call, ACT_IO, w, true}

static const struct syscall_info table[] = {
	LOCK(futex, "waiting for a futex in"),
	LOCK(msgsnd, "sending to a message queue in"),
	LOCK(msgrcv, "waiting for a message in"),
	LOCK(semop, "waiting for a semaphore in"),
	LOCK(semtimedop, "waiting for a semaphore in"),
	LOCK_FD(connect, "connecting"),
	LOCK_FD(flock, "waiting for a lock on"),
	LOCK_FD(mq_timedsend, "sending to"),
	LOCK_FD(mq_timedreceive, "waiting for a message from"),
#ifdef SYS_futex_waitv
	LOCK(futex_waitv, "waiting for futexes in"),
#endif
#ifdef SYS_epoll_wait
	EVENT(epoll_wait),
	EVENT(poll),
	EVENT(select),
	SLEEP(pause),
#endif
	EVENT(epoll_pwait),
#ifdef SYS_epoll_pwait2
	EVENT(epoll_pwait2),
#endif
	EVENT(ppoll),
	EVENT(pselect6),
	SLEEP(rt_sigtimedwait),
	SLEEP(rt_sigsuspend),
	EVENT(io_uring_enter),
	EVENT(io_getevents),
	[SYS_accept] = {"accept", ACT_EVENT_WAIT, "waiting for a connection on", true},
	[SYS_accept4] = {"accept4", ACT_EVENT_WAIT, "waiting for a connection on", true},
	SLEEP(nanosleep),
	SLEEP(clock_nanosleep),
	[SYS_wait4] = {"wait4", ACT_IO, "waiting for a child in", false},
	[SYS_waitid] = {"waitid", ACT_IO, "waiting for a child in", false},
	IO_FD(read, "reading from"),
	IO_FD(pread64, "reading from"),
	IO_FD(readv, "reading from"),
	IO_FD(preadv, "reading from"),
	IO_FD(preadv2, "reading from"),
	IO_FD(recvfrom, "receiving from"),
	IO_FD(recvmsg, "receiving from"),
	IO_FD(recvmmsg, "receiving from"),
	IO_FD(write, "writing to"),
	IO_FD(pwrite64, "writing to"),
	IO_FD(writev, "writing to"),
	IO_FD(pwritev, "writing to"),
	IO_FD(pwritev2, "writing to"),
	IO_FD(sendto, "sending to"),
	IO_FD(sendmsg, "sending to"),
	IO_FD(sendmmsg, "sending to"),
	IO_FD(sendfile, "sending to"),
	IO_FD(splice, "splicing from"),
	IO_FD(tee, "splicing from"),
	IO_FD(vmsplice, "splicing to"),
	IO_FD(fsync, "writing back"),
	IO_FD(fdatasync, "writing back"),
	IO_FD(sync_file_range, "writing back"),
	IO_FD(syncfs, "writing back all of"),
	IO(sync),
	IO(msync),
	IO_FD(ftruncate, "truncating"),
	IO_FD(fallocate, "allocating room for"),
	IO_FD(getdents64, "listing"),
	IO_FD(fcntl, "in fcntl on"),
	IO_FD(ioctl, "in ioctl on"),
	IO_FD(close, "closing"),
	IO(openat),
#ifdef SYS_open
	IO(open),
	IO(stat),
	IO(lstat),
	IO(access),
	IO(unlink),
	IO(rename),
	IO(mkdir),
	IO(rmdir),
	IO(readlink),
	IO(getdents),
	IO(vfork),
	IO(fork),
#endif
#ifdef SYS_newfstatat
	IO(newfstatat),
#endif
	IO(statx),
	IO(statfs),
	IO(faccessat),
	IO(unlinkat),
	IO(renameat2),
	IO(mkdirat),
	IO(readlinkat),
	IO(mount),
	IO(umount2),
	IO(mmap),
	IO(munmap),
	IO(mprotect),
	IO(madvise),
	IO(brk),
	IO(execve),
	IO(clone),
	IO(process_vm_readv),
	IO(setns),
	IO(unshare),
};

const struct syscall_info *syscall_info(int32_t nr)
{
	if (nr < 0 || (size_t)nr >= sizeof(table) / sizeof(table[0]) || !table[nr].name)
		return NULL;
	return &table[nr];
}

/* What a wait that was restarted is in, from the inside outwards. */
static const struct {
	const char *frame;
	int32_t nr;
} restarted[] = {
	{"hrtimer_nanosleep", SYS_nanosleep},
	{"hrtimer_nanosleep_restart", SYS_nanosleep},
	{"alarm_timer_nsleep", SYS_clock_nanosleep},
	{"common_nsleep", SYS_clock_nanosleep},
	{"do_nanosleep", SYS_nanosleep},
	{"futex_wait", SYS_futex},
	{"futex_wait_queue", SYS_futex},
	{"futex_wait_queue_me", SYS_futex},
	{"futex_do_wait", SYS_futex},
	{"futex_wait_restart", SYS_futex},
#ifdef SYS_poll
	{"do_restart_poll", SYS_poll},
	{"do_sys_poll", SYS_poll},
	{"do_poll", SYS_poll},
#else
	{"do_restart_poll", SYS_ppoll},
	{"do_sys_poll", SYS_ppoll},
	{"do_poll", SYS_ppoll},
#endif
};

int32_t syscall_of(const struct seen *s)
{
	if (s->syscall != SYS_restart_syscall)
		return s->syscall;
	for (size_t i = 0; i < sizeof(restarted) / sizeof(restarted[0]); i++)
		if (seen_in_kernel(s, restarted[i].frame))
			return restarted[i].nr;
	return -1;
}
