// SPDX-License-Identifier: GPL-2.0
/* What a thread does instead of letting go, in words and for the rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/doing.h"
#include "os/lost.h"
#include "os/os.h"
#include "os/proc.h"
#include "os/sockets.h"
#include "os/syscalls.h"

static struct os os;
static char words[DOING_MAX];

static int open_os(void **state)
{
	(void)state;
	os = (struct os){.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY)};
	return os.proc_fd < 0 ? -1 : sockets_new(&os.sockets);
}

static int close_os(void **state)
{
	(void)state;
	sockets_free(os.sockets);
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
		struct seen s = asleep_in(calls[i].nr, 0);

		assert_int_equal(describe(&s), calls[i].activity);
		assert_string_equal(words, calls[i].words);
	}
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
		cmocka_unit_test(a_restarted_wait_is_what_it_was),
		cmocka_unit_test(descriptors_are_named),
		cmocka_unit_test(what_only_the_kernel_can_end_is_io),
		cmocka_unit_test(a_frozen_thread_is_stopped),
		cmocka_unit_test(who_stops_it_is_told),
		cmocka_unit_test(words_fit),
	};

	return cmocka_run_group_tests_name("doing", tests, open_os, close_os);
}
