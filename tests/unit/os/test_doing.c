// SPDX-License-Identifier: GPL-2.0
/* What a thread does instead of letting go, in words and for the rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/doing.h"
#include "os/holders.h"
#include "os/mounts.h"
#include "os/os.h"
#include "os/proc.h"
#include "os/reader.h"
#include "os/sockets.h"
#include "os/syscalls.h"
#include "os/tcp_list.h"
#include "os/terminal.h"

static struct os os;
static char words[DOING_MAX];

static int open_os(void **state)
{
	(void)state;
	os = (struct os){.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY)};
	if (os.proc_fd < 0 || reader_new("/proc", &os.reader))
		return -1;
	return sockets_new(&os.sockets);
}

static int close_os(void **state)
{
	(void)state;
	sockets_free(os.sockets);
	reader_free(os.reader);
	close(os.proc_fd);
	return 0;
}

static enum activity describe(const struct seen *s)
{
	enum activity activity = 0;

	memset(words, 0, sizeof(words));
	assert_int_equal(doing_describe(&os, s, &activity, words, sizeof(words)), 0);
	assert_true(activity > 0 && activity < _ACT_MAX);
	assert_true(words[0] != '\0');
	assert_int_equal(doing_activity(&os, s), activity);
	return activity;
}

/* One of our own threads, asleep in a call. */
static struct seen asleep_in(int32_t nr, uint64_t arg)
{
	return (struct seen){.ref = {getpid(), getpid(), 1},
			     .state = 'S',
			     .cpu = 1,
			     .syscall = nr,
			     .args = {arg}};
}

static void in_kernel(struct seen *s, const char *frame)
{
	snprintf(s->kframes[s->n_kframes++], SEEN_KNAME, "%s", frame);
}

static void states_speak_for_themselves(void **state)
{
	struct seen s = asleep_in(-1, 0);

	(void)state;
	s.state = 'R';
	assert_int_equal(describe(&s), ACT_RUNNING);
	assert_string_equal(words, "running on CPU 1");
	s.cpu = -1;
	describe(&s);
	assert_string_equal(words, "running");
	s.state = 'Z';
	assert_int_equal(describe(&s), ACT_ZOMBIE);
	s.state = 'X';
	assert_int_equal(describe(&s), ACT_GONE);
	s.state = 'S';
	assert_int_equal(describe(&s), ACT_UNKNOWN);
	s.compat = true;
	describe(&s);
	assert_non_null(strstr(words, "32-bit"));
}

static void calls_are_classed_for_the_rules(void **state)
{
	static const struct {
		int32_t nr;
		enum activity activity;
		const char *words;
	} calls[] = {
		{SYS_nanosleep, ACT_SLEEPING, "sleeping in nanosleep"},
		{SYS_clock_nanosleep, ACT_SLEEPING, "sleeping in clock_nanosleep"},
		{SYS_epoll_pwait, ACT_EVENT_WAIT, "waiting for events in epoll_pwait"},
		{SYS_ppoll, ACT_EVENT_WAIT, "waiting for events in ppoll"},
		{SYS_rt_sigtimedwait, ACT_SLEEPING, "sleeping in rt_sigtimedwait"},
		{SYS_io_uring_enter, ACT_EVENT_WAIT, "waiting for events in io_uring_enter"},
		{SYS_futex, ACT_LOCK_WAIT, "waiting for a futex in futex"},
		{SYS_msgsnd, ACT_LOCK_WAIT, "sending to a message queue in msgsnd"},
		{SYS_wait4, ACT_IO, "waiting for a child in wait4"},
		{9999, ACT_UNKNOWN, "in system call 9999"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct seen s = asleep_in(calls[i].nr, 1);

		s.args[1] = 1;
		assert_int_equal(describe(&s), calls[i].activity);
		assert_string_equal(words, calls[i].words);
	}
}

static void to_poll_nothing_is_to_sleep(void **state)
{
	struct seen s = asleep_in(SYS_ppoll, 0);

	(void)state;
	assert_int_equal(describe(&s), ACT_SLEEPING);
	assert_string_equal(words, "sleeping in ppoll");
	s = asleep_in(SYS_pselect6, 0);
	assert_int_equal(describe(&s), ACT_SLEEPING);
	s.args[0] = 4; /* descriptors 0 to 3 */
	assert_int_equal(describe(&s), ACT_EVENT_WAIT);
}

/* After a signal a wait goes on as restart_syscall: its kernel frames tell which it was. */
static void a_restarted_wait_is_what_it_was(void **state)
{
	struct seen s = asleep_in(SYS_restart_syscall, 0);

	(void)state;
	assert_int_equal(syscall_of(&s), -1);
	assert_int_equal(describe(&s), ACT_UNKNOWN);
	in_kernel(&s, "do_nanosleep");
	in_kernel(&s, "hrtimer_nanosleep");
	assert_int_equal(describe(&s), ACT_SLEEPING);
	s.n_kframes = 0;
	in_kernel(&s, "futex_do_wait.constprop.0");
	assert_int_equal(syscall_of(&s), SYS_futex);
	assert_int_equal(describe(&s), ACT_LOCK_WAIT);
}

static void descriptors_are_named(void **state)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char dir[] = "/tmp/doing-XXXXXX", path[160];
	int ends[2], event = eventfd(0, 0), file, stream, inet;
	struct seen s;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	s = asleep_in(SYS_read, ends[0]);
	assert_int_equal(describe(&s), ACT_IO);
	assert_non_null(strstr(words, "reading from pipe:["));
	s = asleep_in(SYS_read, event);
	describe(&s);
	assert_non_null(strstr(words, "eventfd"));

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	file = open(path, O_RDWR | O_CREAT, 0600);
	s = asleep_in(SYS_write, file);
	assert_int_equal(describe(&s), ACT_IO);
	snprintf(path, sizeof(path), "writing to %s/file (write)", dir);
	assert_string_equal(words, path);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/sock", dir);
	stream = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(stream, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(stream, 1), 0);
	s = asleep_in(SYS_accept4, stream);
	assert_int_equal(describe(&s), ACT_EVENT_WAIT);
	snprintf(path, sizeof(path), "unix socket %s (accept4)", un.sun_path);
	assert_non_null(strstr(words, path));

	inet = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(inet, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(inet, 1), 0);
	s = asleep_in(SYS_recvfrom, inet);
	assert_int_equal(describe(&s), ACT_IO);
	assert_non_null(strstr(words, "receiving from TCP socket:["));

	/* a descriptor that is not there, or is none */
	s = asleep_in(SYS_read, 0xffffffff12345678);
	assert_int_equal(describe(&s), ACT_IO);
	assert_string_equal(words, "in read");

	unlink(un.sun_path);
	snprintf(path, sizeof(path), "%s/file", dir);
	unlink(path);
	rmdir(dir);
	close(ends[0]);
	close(ends[1]);
	close(event);
	close(file);
	close(stream);
	close(inet);
}

static void what_only_the_kernel_can_end_is_io(void **state)
{
	struct seen s = asleep_in(SYS_epoll_pwait, 0);

	(void)state;
	s.state = 'D';
	in_kernel(&s, "io_schedule");
	in_kernel(&s, "folio_wait_bit_common");
	assert_int_equal(describe(&s), ACT_IO);
	assert_non_null(strstr(words, "in D state in folio_wait_bit_common, "));
	s = asleep_in(-1, 0);
	s.state = 'D';
	in_kernel(&s, "handle_userfault");
	assert_int_equal(describe(&s), ACT_IO);
	assert_string_equal(words, "in D state in handle_userfault");
	/* no frames at all */
	s.n_kframes = 0;
	assert_int_equal(describe(&s), ACT_IO);
}

static void a_frozen_thread_is_stopped(void **state)
{
	static const char *const frames[] = {"__refrigerator", "do_freezer_trap"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct seen s = asleep_in(SYS_futex, 0);

		in_kernel(&s, frames[i]);
		assert_int_equal(describe(&s), ACT_STOPPED);
		assert_non_null(strstr(words, "frozen by its cgroup"));
	}
}

static pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static struct seen wait_for_state(pid_t pid, char wanted)
{
	struct proc_stat st;

	do {
		sched_yield();
		assert_int_equal(proc_stat(os.proc_fd, pid, pid, &st), 0);
	} while (st.state != wanted);
	return (struct seen){.ref = {pid, pid, st.start}, .state = st.state, .syscall = -1};
}

static void who_stops_it_is_told(void **state)
{
	pid_t pid = start_child();
	char tracer[64];
	struct seen s;

	(void)state;
	kill(pid, SIGSTOP);
	s = wait_for_state(pid, 'T');
	assert_int_equal(describe(&s), ACT_STOPPED);
	/* its parent has not asked yet */
	assert_true(!strcmp(words, "stopped by SIGSTOP") || !strcmp(words, "stopped by a signal"));
	print_message("# %s\n", words);
	waitpid(pid, NULL, WUNTRACED);
	describe(&s);
	assert_string_equal(words, "stopped by a signal");
	kill(pid, SIGCONT);
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0)
		print_message("# not permitted to trace a child\n");
	else {
		s = wait_for_state(pid, 't');
		assert_int_equal(describe(&s), ACT_STOPPED);
		snprintf(tracer, sizeof(tracer), "traced by %d test_doing", getpid());
		assert_non_null(strstr(words, tracer));
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
}

/* A child that does something, looked at as the real ways do. */
static pid_t start(void (*body)(void))
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	body();
	_exit(0);
}

static struct seen look_in_call(pid_t pid, int32_t nr)
{
	struct proc_syscall call;
	struct proc_stat st;
	struct timespec t;
	struct seen s;

	do {
		sched_yield();
		assert_int_equal(proc_syscall(os.proc_fd, pid, pid, &call), 0);
	} while (call.running || call.nr != nr);
	assert_int_equal(proc_stat(os.proc_fd, pid, pid, &st), 0);
	clock_gettime(CLOCK_MONOTONIC, &t);
	s = (struct seen){.ref = {pid, pid, st.start}, .state = st.state, .syscall = nr};
	memcpy(s.args, call.args, sizeof(s.args));
	s.ran_ns = t.tv_sec * 1000000000ULL + t.tv_nsec;
	proc_kernel_stack(os.proc_fd, pid, pid, &s);
	return s;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
}

static void sleep_relative(void)
{
	nanosleep(&(struct timespec){.tv_sec = 1000}, NULL);
}

static void sleep_absolute(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += 1000;
	clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL);
}

static void sleep_for_ever(void)
{
	epoll_wait(epoll_create1(0), &(struct epoll_event){0}, 1, -1);
}

static void poll_a_while(void)
{
	epoll_wait(epoll_create1(0), &(struct epoll_event){0}, 1, 1000000);
}

static void lock_a_while(void)
{
	struct timespec t;
	uint32_t word = 0;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += 1000;
	syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0, &t, NULL, -1);
}

/* "sleeping in nanosleep, for another 999 s": the number, -1 if there is none */
static double left(void (*body)(void), int32_t nr, const char *before)
{
	pid_t pid = start(body);
	struct seen s = look_in_call(pid, nr);
	const char *at;

	describe(&s);
	end(pid);
	at = strstr(words, before);
	return at ? strtod(at + strlen(before), NULL) : -1;
}

static void how_long_it_still_sleeps_is_told(void **state)
{
	double s;

	(void)state;
	s = left(sleep_relative, SYS_clock_nanosleep, ", for another ");
	assert_true(s > 980 && s <= 1000);
	s = left(sleep_absolute, SYS_clock_nanosleep, ", for another ");
	assert_true(s > 980 && s <= 1000);
	s = left(poll_a_while, SYS_epoll_wait, ", for at most another ");
	assert_true(s > 980 && s <= 1000);
	s = left(lock_a_while, SYS_futex, ", for at most another ");
	assert_true(s > 980 && s <= 1000);
	assert_true(left(sleep_for_ever, SYS_epoll_wait, "another") < 0);
}

static void who_gets_no_cpu_is_starved(void **state)
{
	struct seen s = asleep_in(-1, 0);
	struct timespec t;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &t);
	s.state = 'R';
	s.ran_ns = t.tv_sec * 1000000000ULL + t.tv_nsec - 3000000000ULL;
	assert_int_equal(describe(&s), ACT_RUNNING);
	assert_string_equal(words, "runnable, but has not got a CPU for 3.0 s");
	s.ran_ns += 2500000000ULL;
	assert_int_equal(describe(&s), ACT_RUNNING);
	assert_string_equal(words, "running on CPU 1");
}

/* What victims read; they have it from us. */
static int slave = -1, other = -1;

static void read_slave(void)
{
	char c;

	(void)!read(slave, &c, 1);
}

static void read_other(void)
{
	char c;

	(void)!read(other, &c, 1);
}

static void poll_slave(void)
{
	struct pollfd fds[] = {{-1, POLLIN, 0}, {slave, POLLIN, 0}};

	poll(fds, 2, -1);
}

static void poll_both(void)
{
	struct pollfd fds[] = {{slave, POLLIN, 0}, {other, POLLIN, 0}};

	poll(fds, 2, -1);
}

static void poll_hangup(void)
{
	poll(&(struct pollfd){slave, POLLPRI, 0}, 1, -1);
}

static void select_slave(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(slave, &set);
	syscall(SYS_pselect6, slave + 1, &set, NULL, NULL, NULL, NULL);
}

static void select_both(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(slave, &set);
	FD_SET(other, &set);
	syscall(SYS_pselect6, (slave > other ? slave : other) + 1, &set, NULL, NULL, NULL, NULL);
}

static void who_waits_for_a_person_is_told(void **state)
{
	static const struct {
		void (*body)(void);
		int32_t nr;
		enum activity activity;
	} waits[] = {
		{read_slave, SYS_read, ACT_USER_WAIT},
		{poll_slave, SYS_poll, ACT_USER_WAIT},
		{select_slave, SYS_pselect6, ACT_USER_WAIT},
		{read_other, SYS_read, ACT_IO},
		{poll_both, SYS_poll, ACT_EVENT_WAIT},
		{poll_hangup, SYS_poll, ACT_EVENT_WAIT},
		{select_both, SYS_pselect6, ACT_EVENT_WAIT},
	};
	int master = posix_openpt(O_RDWR | O_NOCTTY), ends[2];
	char name[64], wanted[128];

	(void)state;
	assert_true(master >= 0 && !grantpt(master) && !unlockpt(master));
	assert_int_equal(ptsname_r(master, name, sizeof(name)), 0);
	slave = open(name, O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	assert_int_equal(pipe(ends), 0);
	other = ends[0];
	snprintf(wanted, sizeof(wanted), "waiting for input at the terminal %s", name);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		pid_t pid = start(waits[i].body);
		struct seen s = look_in_call(pid, waits[i].nr);

		s.state = 'S';
		assert_int_equal(describe(&s), waits[i].activity);
		assert_int_equal(!strcmp(words, wanted), waits[i].activity == ACT_USER_WAIT);
		end(pid);
	}
	/* a program reads what comes out of this end */
	other = master;
	pid_t pid = start(read_other);
	struct seen s = look_in_call(pid, SYS_read);

	assert_int_equal(describe(&s), ACT_IO);
	end(pid);
	close(master);
	close(slave);
	close(ends[0]);
	close(ends[1]);
}

static void hold_open(void)
{
	close(slave);
	for (;;)
		pause();
}

/* The peer's process, as long as it is the only one that has the other end. */
static void the_other_end_of_a_socket_is_told(void **state)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	char wanted[64];
	int ends[2];
	struct seen s;
	pid_t pid;

	(void)state;
	assert_int_equal(tcp_new(&os.tcp), 0);
	assert_int_equal(holders_new(&os.holders), 0);
	sockets_forget(os.sockets);
	assert_int_equal(bind(listener, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&in, &len), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&in, sizeof(in)), 0);
	s = asleep_in(SYS_recvfrom, client);
	assert_int_equal(describe(&s), ACT_IO);
	snprintf(wanted, sizeof(wanted), "] to 127.0.0.1:%d (recvfrom)", ntohs(in.sin_port));
	assert_non_null(strstr(words, wanted));
	s = asleep_in(SYS_recvfrom, listener);
	describe(&s);
	assert_null(strstr(words, " to "));

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	slave = ends[0];
	pid = start(hold_open);
	while (look_in_call(pid, SYS_pause).syscall != SYS_pause)
		;
	/* both of us have the other end: it may be either */
	sockets_forget(os.sockets);
	s = asleep_in(SYS_read, ends[0]);
	describe(&s);
	assert_null(strstr(words, "other end"));
	close(ends[1]);
	holders_forget(os.holders);
	describe(&s);
	snprintf(wanted, sizeof(wanted), "whose other end is %d test_doing (read)", pid);
	if (!strstr(words, wanted))
		print_message("# %s\n", words);
	assert_non_null(strstr(words, wanted));
	end(pid);
	close(ends[0]);
	close(listener);
	close(client);
	holders_free(os.holders);
	tcp_free(os.tcp);
	os.holders = NULL;
	os.tcp = NULL;
}

/* A made-up process, for file systems that are not here: 306 reads descriptors 3 to 6. */
static void make_up(const char *root, int fd, const char *path, int mnt_id)
{
	char name[128], text[64];
	FILE *f;

	snprintf(name, sizeof(name), "%s/306/fd/%d", root, fd);
	assert_int_equal(symlink(path, name), 0);
	snprintf(name, sizeof(name), "%s/306/fdinfo/%d", root, fd);
	snprintf(text, sizeof(text), "pos:\t0\nflags:\t0100000\nmnt_id:\t%d\n", mnt_id);
	f = fopen(name, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void what_serves_a_file_is_told(void **state)
{
	static const char mounts[] =
		"20 1 0:1 / /tmp rw - tmpfs tmpfs rw\n"
		"21 1 4095:7 / / rw shared:1 - ext4 /dev/root rw\n"
		"22 21 0:40 / /mnt/n rw - nfs4 server:/export rw\n"
		"23 21 0:41 / /mnt/x rw shared:3 master:1 - fuse.sshfs me@host: rw\n";
	static const struct {
		const char *path;
		int mnt_id;
		char state;
		const char *words;
	} files[] = {
		{"/mnt/n/a", 22, 'D', "/mnt/n/a on NFS, server:/export at /mnt/n (read)"},
		{"/mnt/n/b", 22, 'S', "/mnt/n/b on NFS, server:/export at /mnt/n (read)"},
		{"/mnt/x/c", 23, 'S', "/mnt/x/c on the FUSE file system at /mnt/x (sshfs) (read)"},
		{"/var/d", 21, 'D', "/var/d on device 4095:7 (/dev/root) (read)"},
		{"/var/e", 21, 'S', "reading from /var/e (read)"},
		{"/tmp/f", 20, 'D', "reading from /tmp/f (read)"},
		{"/tmp/g", 99, 'D', "reading from /tmp/g (read)"},
	};
	char root[] = "/tmp/doing-XXXXXX", path[128], command[64];
	struct os real = os;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(root));
	for (int i = 0; i < 3; i++) {
		static const char *const dirs[] = {"306", "306/fd", "306/fdinfo"};

		snprintf(path, sizeof(path), "%s/%s", root, dirs[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	snprintf(path, sizeof(path), "%s/306/mountinfo", root);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(mounts, f);
	fclose(f);
	os = (struct os){.proc_fd = open(root, O_RDONLY | O_DIRECTORY)};
	assert_int_equal(reader_new(root, &os.reader), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct seen s = asleep_in(SYS_read, 3 + i);

		s.ref.pid = 306;
		s.state = files[i].state;
		make_up(root, 3 + (int)i, files[i].path, files[i].mnt_id);
		assert_int_equal(describe(&s), ACT_IO);
		print_message("# %s\n", words);
		assert_non_null(strstr(words, files[i].words));
	}
	reader_free(os.reader);
	close(os.proc_fd);
	os = real;
	snprintf(command, sizeof(command), "rm -r %s", root);
	assert_int_equal(system(command), 0);
}

static void nonsense_is_no_mount(void **state)
{
	struct mount m;

	(void)state;
	assert_true(mount_parse("44 27 8:1 / /mnt rw shared:1 - ext4 /dev/sda1 rw\n", &m));
	assert_int_equal(m.id, 44);
	assert_string_equal(m.source, "/dev/sda1");
	assert_false(mount_parse("", &m));
	assert_false(mount_parse("44 27 8:1 / /mnt rw\n45 27 8:1 / /m rw - ext4 a rw\n", &m));
	assert_false(mount_parse("x 27 8:1 / /mnt rw - ext4 /dev/sda1 rw\n", &m));
}

static void terminals_are_known_by_name(void **state)
{
	static const char *const yes[] = {"/dev/pts/0", "/dev/pts/123", "/dev/tty", "/dev/tty1",
					  "/dev/ttyS0", "/dev/console", "/dev/hvc0"};
	static const char *const no[] = {
		"/dev/pts/", "/dev/pts/ptmx", "/dev/ptmx", "/dev/ttyS",		  "/dev/ttyx",
		"/dev/null", "pipe:[1]",      "",	   "/dev/pts/3 (deleted)"};

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(terminal_is_name(yes[i]));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(terminal_is_name(no[i]));
}

static bool put(const char *dir, const char *file, const char *text)
{
	char path[256];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY);
	ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* A real group, a real child in it: frozen in a group below the one that was told to. */
static void freeze(const char *root, const char *file, const char *on, const char *off,
		   const char *version)
{
	char dir[128], sub[160], number[16], wanted[96];
	pid_t pid = start(sleep_relative);
	struct seen s = look_in_call(pid, SYS_clock_nanosleep);
	enum activity activity = 0;

	snprintf(dir, sizeof(dir), "%s/doing-%d", root, getpid());
	snprintf(sub, sizeof(sub), "%s/sub", dir);
	snprintf(number, sizeof(number), "%d", pid);
	if (mkdir(dir, 0755) != 0 || mkdir(sub, 0755) != 0 || !put(sub, "cgroup.procs", number) ||
	    !put(dir, file, on)) {
		print_message("# no %s here\n", root);
	} else {
		snprintf(wanted, sizeof(wanted), "frozen by its cgroup /doing-%d (version %s)",
			 getpid(), version);
		/* it takes a moment */
		for (int i = 0; i < 2000 && activity != ACT_STOPPED; i++) {
			usleep(5000);
			s = look_in_call(pid, SYS_clock_nanosleep);
			activity = describe(&s);
		}
		for (int i = 0; i < 2000 && strstr(words, "being"); i++) {
			usleep(5000);
			describe(&s);
		}
		print_message("# state %c, %s: %s\n", s.state, s.kframes[0], words);
		assert_int_equal(activity, ACT_STOPPED);
		assert_non_null(strstr(words, wanted));
		put(dir, file, off);
	}
	end(pid);
	rmdir(sub);
	rmdir(dir);
}

static void a_frozen_group_is_named(void **state)
{
	(void)state;
	freeze("/sys/fs/cgroup/freezer", "freezer.state", "FROZEN", "THAWED", "1");
	freeze(access("/sys/fs/cgroup/cgroup.procs", F_OK) == 0 ? "/sys/fs/cgroup"
								: "/sys/fs/cgroup/unified",
	       "cgroup.freeze", "1", "0", "2");
}

/* A process whose group has none of its time left. */
static void spin(void)
{
	for (;;)
		;
}

static void the_signal_that_stopped_it_is_named(void **state)
{
	static const struct {
		int signal;
		const char *words;
	} stops[] = {
		{SIGTSTP, "stopped from its terminal (SIGTSTP)"},
		{SIGTTIN, "wants to read from its terminal (SIGTTIN)"},
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		pid_t pid = start(spin);
		struct seen s;

		setpgid(pid,
			getpgrp()); /* stays in a group that is not orphaned, or nothing stops */
		kill(pid, stops[i].signal);
		for (int n = 0; n < 400; n++) {
			struct proc_stat st;

			proc_stat(os.proc_fd, pid, pid, &st);
			if (st.state == 'T')
				break;
			usleep(5000);
		}
		s = (struct seen){.ref = {pid, pid, 1}, .state = 'T', .syscall = -1};
		describe(&s);
		if (!strcmp(words, "stopped by a signal"))
			print_message("# this kernel does not tell which\n");
		else
			assert_non_null(strstr(words, stops[i].words));
		end(pid);
	}
}

/* Also into a small buffer, whatever the names are like. */
static void words_fit(void **state)
{
	struct seen s = asleep_in(SYS_read, 0);
	enum activity activity;
	char small[9];

	(void)state;
	s.state = 'D';
	memset(small, 'x', sizeof(small));
	in_kernel(&s, "a_function_with_a_name_as_long_as_they_get_here");
	assert_int_equal(doing_describe(&os, &s, &activity, small, sizeof(small) - 1), 0);
	assert_int_equal(strlen(small), 7);
	assert_int_equal(small[8], 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_speak_for_themselves),
		cmocka_unit_test(calls_are_classed_for_the_rules),
		cmocka_unit_test(to_poll_nothing_is_to_sleep),
		cmocka_unit_test(a_restarted_wait_is_what_it_was),
		cmocka_unit_test(descriptors_are_named),
		cmocka_unit_test(what_only_the_kernel_can_end_is_io),
		cmocka_unit_test(a_frozen_thread_is_stopped),
		cmocka_unit_test(who_stops_it_is_told),
		cmocka_unit_test(the_signal_that_stopped_it_is_named),
		cmocka_unit_test(how_long_it_still_sleeps_is_told),
		cmocka_unit_test(who_gets_no_cpu_is_starved),
		cmocka_unit_test(who_waits_for_a_person_is_told),
		cmocka_unit_test(terminals_are_known_by_name),
		cmocka_unit_test(the_other_end_of_a_socket_is_told),
		cmocka_unit_test(what_serves_a_file_is_told),
		cmocka_unit_test(nonsense_is_no_mount),
		cmocka_unit_test(a_frozen_group_is_named),
		cmocka_unit_test(words_fit),
	};

	return cmocka_run_group_tests_name("doing", tests, open_os, close_os);
}
