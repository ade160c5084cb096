// SPDX-License-Identifier: GPL-2.0
#include "syscalls.h"

#include <stddef.h>
#include <sys/syscall.h>

/* Idle by design, also with a lock in hand: waits for whatever comes. Signals are not that. */
#define EVENT(call) [SYS_##call] = {#call, ACT_EVENT_WAIT, NULL}
#define SLEEP(call) [SYS_##call] = {#call, ACT_SLEEPING, NULL}
#define LOCK(call)  [SYS_##call] = {#call, ACT_LOCK_WAIT, NULL}
#define IO(call, w) [SYS_##call] = {#call, ACT_IO, w}

static const struct syscall_info table[] = {
	LOCK(futex),
	LOCK(msgsnd),
	LOCK(msgrcv),
	LOCK(connect),
	LOCK(semop),
	LOCK(semtimedop),
	LOCK(flock),
	LOCK(mq_timedsend),
	LOCK(mq_timedreceive),
#ifdef SYS_epoll_wait
	EVENT(epoll_wait),
	EVENT(poll),
	EVENT(select),
	SLEEP(pause),
#endif
	EVENT(epoll_pwait),
	EVENT(ppoll),
	EVENT(pselect6),
	EVENT(accept),
	EVENT(accept4),
	SLEEP(rt_sigtimedwait),
	SLEEP(rt_sigsuspend),
	EVENT(io_uring_enter),
	EVENT(io_getevents),
	SLEEP(nanosleep),
	SLEEP(clock_nanosleep),
	IO(wait4, NULL),
	IO(waitid, NULL),
	IO(read, "reading from"),
	IO(pread64, "reading from"),
	IO(readv, "reading from"),
	IO(preadv, "reading from"),
	IO(recvfrom, "receiving from"),
	IO(recvmsg, "receiving from"),
	IO(write, "writing to"),
	IO(pwrite64, "writing to"),
	IO(writev, "writing to"),
	IO(pwritev, "writing to"),
	IO(sendto, "sending to"),
	IO(sendmsg, "sending to"),
	IO(sendfile, "sending to"),
	IO(fsync, "syncing"),
	IO(fdatasync, "syncing"),
	IO(ftruncate, "truncating"),
	IO(fallocate, "allocating"),
	IO(getdents64, "listing"),
	IO(fcntl, "in fcntl on"),
	IO(ioctl, "in ioctl on"),
	IO(splice, "splicing"),
	IO(openat, NULL),
	IO(newfstatat, NULL),
	IO(statx, NULL),
	IO(unlinkat, NULL),
	IO(mmap, NULL),
	IO(munmap, NULL),
	IO(mprotect, NULL),
	IO(execve, NULL),
	IO(clone, NULL),
};

const struct syscall_info *syscall_info(int32_t nr)
{
	if (nr < 0 || (size_t)nr >= sizeof(table) / sizeof(table[0]) || !table[nr].name)
		return NULL;
	return &table[nr];
}
