// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/maps.h"
#include "os/proc.h"

static const char stat_tail[] =
	" 1 306 306 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 14 0 567890 1000 200 "
	"18446744073709551615 1 1 1 1 1 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0";

static void a_name_may_look_like_the_end_of_a_name(void **state)
{
	char text[512];
	struct proc_stat st;

	(void)state;
	snprintf(text, sizeof(text), "306 (a) R 1 (b\n) S%s", stat_tail);
	assert_int_equal(proc_parse_stat(text, &st), 0);
	assert_string_equal(st.comm, "a) R 1 (b\n");
	assert_int_equal(st.state, 'S');
	assert_int_equal(st.ppid, 1);
	assert_int_equal(st.n_threads, 14);
	assert_int_equal(st.start, 567890);
	assert_int_equal(st.cpu, 1);
}

static void damaged_stats_are_refused(void **state)
{
	static const char *const bad[] = {"",	     "306",	 "306 (",	  "306 (a",
					  "306 (a)", "306 (a) ", "306 (a) S 1 2", ") 306 ("};
	struct proc_stat st;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(proc_parse_stat(bad[i], &st), -EBADMSG);
}

static void our_own_stat_agrees_with_the_system(void **state)
{
	int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY);
	struct proc_stat st;
	struct proc_status status;

	(void)state;
	assert_int_equal(proc_stat(proc_fd, getpid(), getpid(), &st), 0);
	assert_int_equal(st.pid, getpid());
	assert_int_equal(st.ppid, getppid());
	assert_int_equal(proc_status(proc_fd, getpid(), getpid(), &status), 0);
	assert_int_equal(status.tgid, getpid());
	assert_true(status.ns_depth >= 1);
	assert_int_equal(proc_tgid(proc_fd, getpid()), getpid());
	assert_int_equal(proc_tgid(proc_fd, 0x7ffffffe), -ESRCH);
	close(proc_fd);
}

static void a_call_has_its_arguments(void **state)
{
	struct proc_syscall c;

	(void)state;
	assert_int_equal(
		proc_parse_syscall("202 0x7f01 0x80 0x2 0x0 0x0 0x0 0x7ffe10 0x7f99\n", &c), 0);
	assert_int_equal(c.nr, 202);
	assert_int_equal(c.args[2], 2);
	assert_int_equal(c.sp, 0x7ffe10);
	assert_int_equal(c.pc, 0x7f99);
	assert_int_equal(proc_parse_syscall("running\n", &c), 0);
	assert_true(c.running);
	assert_int_equal(proc_parse_syscall("-1 0x10 0x20\n", &c), 0);
	assert_int_equal(c.nr, -1);
	assert_int_equal(proc_parse_syscall("202 0x1\n", &c), -EBADMSG);
}

/* "" for the kernel itself. */
static const char *module_of(const struct seen *s, int frame)
{
	return s->kframe_module[frame] ? s->kmodules[s->kframe_module[frame] - 1] : "";
}

static void kernel_stacks_give_names(void **state)
{
	struct seen s = {.n_kframes = 5}; /* of a look before */

	(void)state;
	proc_parse_stack("[<0>] do_msgsnd+0x1c0/0x5d0\n"
			 "[<ffffffff81>] __x64_sys_msgsnd+0x5/0x6\n"
			 "[<0>] ipt_hook+0x3/0x4 [ip_tables]\nrubbish\n"
			 "[<0>] nf_hook+0x3/0x4 [nf_tables]\n"
			 "[<0>] ipt_end+0x3/0x4 [ip_tables]\n",
			 &s);
	assert_int_equal(s.n_kframes, 5);
	assert_string_equal(s.kframes[0], "do_msgsnd");
	assert_string_equal(s.kframes[1], "__x64_sys_msgsnd");
	assert_string_equal(s.kframes[2], "ipt_hook");
	assert_string_equal(module_of(&s, 1), "");
	assert_string_equal(module_of(&s, 2), "ip_tables");
	assert_string_equal(module_of(&s, 3), "nf_tables");
	assert_string_equal(module_of(&s, 4), "ip_tables");
	/* a long name is cut, a bare address is none */
	proc_parse_stack("[<0>] a_name_of_more_than_forty_seven_bytes_as_rust_has_them+0x1/0x2\n"
			 "[<0>] b+0x1/0x2 [a_module_of_more_than_23_bytes]\n"
			 "[<0>] c+0x1/0x2 []\n"
			 "[<0>] d+0x1/0x2 [\n"
			 "[<ffffffffffffffff>] 0xffffffffffffffff\n",
			 &s);
	assert_int_equal(s.n_kframes, 4);
	assert_string_equal(s.kframes[0], "a_name_of_more_than_forty_seven_bytes_as_rust_h");
	assert_string_equal(module_of(&s, 0), "");
	assert_string_equal(module_of(&s, 1), "a_module_of_more_than_2");
	assert_string_equal(module_of(&s, 2), "");
	assert_string_equal(module_of(&s, 3), "");
}

/* There is no more room than there is. */
static void kernel_stacks_end(void **state)
{
	char text[SEEN_KFRAMES * 64] = "";
	struct seen s = {0};

	(void)state;
	for (int i = 0; i <= SEEN_KFRAMES; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "[<0>] f%d+0x1/0x2 [m%d]\n", i, i);
	proc_parse_stack(text, &s);
	assert_int_equal(s.n_kframes, SEEN_KFRAMES);
	assert_string_equal(s.kframes[SEEN_KFRAMES - 1], "f23");
	assert_string_equal(module_of(&s, SEEN_KMODULES - 1), "m3");
	assert_string_equal(module_of(&s, SEEN_KMODULES), "");
}

#define RULE "\n-------------------------------------------------------------------\n"

static void a_field_of_sched_is_found_whole(void **state)
{
	static const char text[] = "x (1, #threads: 1)" RULE "se.exec_start_x      :  9.000000\n"
				   "se.exec_start        :  1234.567890\n"
				   "nr_switches          :  77\n"
				   "nr_voluntary_switches:  70\n";
	uint64_t ns, count;

	(void)state;
	assert_int_equal(proc_parse_sched_ns(text, "se.exec_start", &ns), 0);
	assert_int_equal(ns, 1234567890);
	assert_int_equal(proc_parse_sched_count(text, "nr_voluntary_switches", &count), 0);
	assert_int_equal(count, 70);
	assert_int_equal(proc_parse_sched_count(text, "nr_involuntary_switches", &count), -ENOENT);
	assert_int_equal(proc_parse_sched_ns("nothing\n", "se.exec_start", &ns), -ENOENT);
	assert_int_equal(proc_parse_sched_ns("x (1, #threads: 1)" RULE "se.exec_start : -1.5\n",
					     "se.exec_start", &ns),
			 -EBADMSG);
	assert_int_equal(proc_parse_sched_ns("x (1, #threads: 1)" RULE
					     "se.exec_start : 99999999999999999.000000\n",
					     "se.exec_start", &ns),
			 -EBADMSG);
}

/* The first line holds the name as it is: 15 bytes are enough for a false field. */
static void a_name_cannot_pass_for_a_field_of_sched(void **state)
{
	uint64_t ns;

	(void)state;
	assert_int_equal(proc_parse_sched_ns("\nse.exec_start:1 (9, #threads: 1)" RULE
					     "se.exec_start : 5.000007\n",
					     "se.exec_start", &ns),
			 0);
	assert_int_equal(ns, 5000007);
	assert_int_equal(proc_parse_sched_ns("-----\nse.exec_ (9, #threads: 1)\n", "se.exec_", &ns),
			 -ENOENT);
}

static void turns_on_a_cpu_are_counted(void **state)
{
	struct proc_schedstat st;

	(void)state;
	assert_int_equal(proc_parse_schedstat("172000 12 5\n", &st), 0);
	assert_int_equal(st.ran_ns, 172000);
	assert_int_equal(st.turns, 5);
	assert_int_equal(proc_parse_schedstat("172000 12\n", &st), -EBADMSG);
}

/* A made-up /proc, in which thread 306 is in 65,536 groups. */
static void a_status_of_half_a_megabyte_is_read_to_its_end(void **state)
{
	char root[] = "/tmp/proc-XXXXXX";
	struct proc_status st = {0};
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(root));
	int proc_fd = open(root, O_RDONLY | O_DIRECTORY);

	assert_int_equal(mkdirat(proc_fd, "306", 0700), 0);
	assert_int_equal(mkdirat(proc_fd, "306/task", 0700), 0);
	assert_int_equal(mkdirat(proc_fd, "306/task/306", 0700), 0);
	f = fdopen(openat(proc_fd, "306/task/306/status", O_WRONLY | O_CREAT, 0600), "w");
	assert_non_null(f);
	fputs("Name:\tx\\nTgid:\nTgid:\t306\nTracerPid:\t12\nGroups:\t", f);
	for (int i = 0; i < 65536; i++)
		fprintf(f, "%d ", 100000 + i);
	fputs("\nNStgid:\t306\t1\nNSpid:\t306\t7\nvoluntary_ctxt_switches:\t41\n"
	      "nonvoluntary_ctxt_switches:\t1\n",
	      f);
	fclose(f);
	assert_int_equal(proc_status(proc_fd, 306, 306, &st), 0);
	assert_int_equal(st.tgid, 306);
	assert_int_equal(st.tracer, 12);
	assert_int_equal(st.nvcsw, 41);
	assert_int_equal(st.nivcsw, 1);
	assert_int_equal(st.ns_tid, 7);
	assert_int_equal(st.ns_depth, 2);
	assert_int_equal(proc_status(proc_fd, 306, 307, &st), -ESRCH);
	unlinkat(proc_fd, "306/task/306/status", 0);
	unlinkat(proc_fd, "306/task/306", AT_REMOVEDIR);
	unlinkat(proc_fd, "306/task", AT_REMOVEDIR);
	unlinkat(proc_fd, "306", AT_REMOVEDIR);
	close(proc_fd);
	rmdir(root);
}

/* Any prefix of a file may be what is there when a thread dies; none may be misread wildly. */
static void a_text_may_end_anywhere(void **state)
{
	static const char sched[] = "a (1, #threads: 1)" RULE "se.exec_start : 5.000007\n";
	static const char *const texts[] = {
		"306 (a) S 1 306 306 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 14 0 567890 1000 200",
		"Name:\ta\nTgid:\t306\nNSpid:\t306\t7\nvoluntary_ctxt_switches:\t41\n",
		"202 0x7f01 0x80 0x2 0x0 0x0 0x0 0x7ffe10 0x7f99\n",
		"[<0>] do_msgsnd+0x1c0/0x5d0\n[<0>] __x64_sys_msgsnd+0x5/0x6\n",
		sched,
		"172000 12 5\n",
		"00400000-00401000 r-xp 00001000 fd:01 77 /bin/a (deleted)\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t len = 0; len <= strlen(texts[i]); len++) {
			/* on the heap to the byte, so that one read too far is seen */
			char *cut = strndup(texts[i], len);
			struct seen seen = {0};
			struct proc_stat stat;
			struct proc_status status;
			struct proc_syscall call;
			struct proc_schedstat turns;
			struct maps *maps = NULL;
			uint64_t ns;

			proc_parse_stat(cut, &stat);
			proc_parse_status(cut, &status);
			proc_parse_syscall(cut, &call);
			proc_parse_schedstat(cut, &turns);
			proc_parse_sched_ns(cut, "se.exec_start", &ns);
			proc_parse_stack(cut, &seen);
			assert_in_range(seen.n_kframes, 0, SEEN_KFRAMES);
			if (maps_parse(cut, &maps) == 0)
				maps_free(maps);
			free(cut);
		}
	}
}

static void mappings_are_found_by_address(void **state)
{
	struct maps *m;

	(void)state;
	assert_int_equal(
		maps_parse("00400000-00401000 r-xp 00001000 fd:01 77 /bin/a b\n"
			   "7f0000000000-7f0000002000 rw-s 00000000 00:05 9 /dev/shm/x (deleted)\n"
			   "7f0000002000-7f0000003000 rw-p 00000000 00:00 0 \n"
			   "7ffe00000000-7ffe00001000 rw-p 00000000 00:00 0          [stack]\n",
			   &m),
		0);
	assert_string_equal(maps_find(m, 0x400fff)->path, "/bin/a b");
	assert_true(maps_find(m, 0x400000)->exec);
	assert_null(maps_find(m, 0x401000));
	assert_true(maps_find(m, 0x7f0000001000)->shared);
	assert_true(maps_find(m, 0x7f0000001000)->deleted);
	assert_string_equal(maps_find(m, 0x7f0000001000)->path, "/dev/shm/x");
	assert_int_equal(maps_find(m, 0x7f0000001000)->inode, 9);
	assert_string_equal(maps_find(m, 0x7f0000002000)->path, "");
	assert_string_equal(maps_find(m, 0x7ffe00000000)->path, "[stack]");
	assert_null(maps_at(m, 4));
	maps_free(m);
	assert_int_equal(maps_parse("what is this\n", &m), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_may_look_like_the_end_of_a_name),
		cmocka_unit_test(damaged_stats_are_refused),
		cmocka_unit_test(our_own_stat_agrees_with_the_system),
		cmocka_unit_test(a_call_has_its_arguments),
		cmocka_unit_test(kernel_stacks_give_names),
		cmocka_unit_test(kernel_stacks_end),
		cmocka_unit_test(a_field_of_sched_is_found_whole),
		cmocka_unit_test(a_name_cannot_pass_for_a_field_of_sched),
		cmocka_unit_test(turns_on_a_cpu_are_counted),
		cmocka_unit_test(a_status_of_half_a_megabyte_is_read_to_its_end),
		cmocka_unit_test(a_text_may_end_anywhere),
		cmocka_unit_test(mappings_are_found_by_address),
	};

	return cmocka_run_group_tests_name("proc", tests, NULL, NULL);
}
