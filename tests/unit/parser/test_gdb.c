// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that nobody wrote for this test, against gdb: the same pc in each
 * frame of each thread, as far as gdb goes (it stops at main).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "victim.h"

static const char script[] = "import gdb\n"
			     "for t in gdb.selected_inferior().threads():\n"
			     "    t.switch()\n"
			     "    f = gdb.newest_frame()\n"
			     "    pcs = []\n"
			     "    while f:\n"
			     "        if f.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):\n"
			     "            pcs.append('%x' % f.pc())\n"
			     "        f = f.older()\n"
			     "    print('STACK', t.ptid[1], len(pcs), *pcs)\n";

static const char python[] =
	"import threading, queue, time, os, sys\n"
	"lock = threading.Lock(); lock.acquire(); q = queue.Queue()\n"
	"def deep(n, f): return deep(n - 1, f) if n else f()\n"
	"for f in (lambda: lock.acquire(), q.get, sys.stdin.read,\n"
	"          lambda: sorted([3, 2, 1], key=lambda x: lock.acquire())):\n"
	"    threading.Thread(target=deep, args=(20, f), daemon=True).start()\n"
	"print('ready', flush=True)\n"
	"time.sleep(1000)\n";

static int open_os(void **state)
{
	static struct os os;

	*state = &os;
	return os_open(&os);
}

static int close_os(void **state)
{
	os_close(*state);
	return 0;
}

static bool is_there(const char *program)
{
	char command[128];

	snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", program);
	return system(command) == 0;
}

/* A thread may have moved between the two looks (a timer of Redis): then it says nothing. */
static bool same_as_gdb(struct os *os, pid_t pid, pid_t tid, const uint64_t *pcs, size_t n,
			size_t *ret_frames)
{
	struct proc_syscall call;
	struct parser_walk u;
	struct seen seen = {.ref = {pid, tid, 0}};

	assert_int_equal(proc_syscall(os->proc_fd, pid, tid, &call), 0);
	if (call.running || call.pc != pcs[0])
		return false;
	seen.sp = call.sp;
	seen.pc = call.pc;
	victim_unwind(os, &seen, &u);
	assert_true(u.complete);
	assert_true(u.n >= n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(u.frames[i].pc, pcs[i]);
	*ret_frames += n;
	return true;
}

static size_t compare(struct os *os, pid_t pid, size_t *ret_frames)
{
	char path[] = "/tmp/stack-test-XXXXXX", command[256], word[16];
	int fd = mkstemp(path), tid;
	size_t threads = 0, n;
	FILE *gdb;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, script, sizeof(script) - 1), sizeof(script) - 1);
	close(fd);
	snprintf(command, sizeof(command),
		 "gdb -q -nx -batch -iex 'set debuginfod enabled off' -p %d -ex 'python "
		 "exec(open(\"%s\").read())' 2>/dev/null | grep ^STACK",
		 (int)pid, path);
	gdb = popen(command, "r");
	assert_non_null(gdb);
	while (fscanf(gdb, "%15s %d %zu", word, &tid, &n) == 3) {
		uint64_t pcs[PARSER_FRAMES] = {0};

		assert_in_range(n, 1, PARSER_FRAMES);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(fscanf(gdb, "%lx", &pcs[i]), 1);
		threads += same_as_gdb(os, pid, tid, pcs, n, ret_frames);
	}
	pclose(gdb);
	unlink(path);
	return threads;
}

static void check(struct os *os, char *const argv[], const char *ready, size_t want_threads)
{
	struct victim v;
	size_t frames = 0, threads;
	char line[512] = "";

	if (!is_there("gdb") || !is_there(argv[0])) {
		print_message("no gdb or no %s here\n", argv[0]);
		skip();
	}
	v = victim_start(argv[0], argv);
	while (!strstr(line, ready))
		assert_non_null(fgets(line, sizeof(line), v.out));
	threads = compare(os, v.pid, &frames);
	victim_end(&v);
	if (!threads) {
		print_message("gdb may not attach here\n");
		skip();
	}
	print_message("%s: %zu threads, %zu frames equal\n", argv[0], threads, frames);
	assert_true(threads >= want_threads);
}

static void python_is_unwound_like_gdb_does(void **state)
{
	check(*state, (char *[]){"/usr/bin/python3", "-c", (char *)python, NULL}, "ready", 4);
}

static void redis_is_unwound_like_gdb_does(void **state)
{
	char dir[] = "/tmp/stack-test-XXXXXX", path[64];

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/socket", dir);
	check(*state,
	      (char *[]){"redis-server", "--port", "0", "--unixsocket", path, "--dir", dir,
			 "--save", "", NULL},
	      "ready to accept", 4);
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(python_is_unwound_like_gdb_does),
		cmocka_unit_test(redis_is_unwound_like_gdb_does),
	};

	return cmocka_run_group_tests(tests, open_os, close_os);
}
