// SPDX-License-Identifier: GPL-2.0
/*
 * Parsers that are killed, stopped, or taken over while they are asked: there
 * is an answer within its time, with what there is and the reason why there is
 * no more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "os/fd_message.h"
#include "os/lost.h"
#include "os/maps.h"
#include "os/parser_check.h"
#include "os/parser_private.h"
#include "os/stacks.h"
#include "parser_pids.h"
#include "victim.h"

#define IN_TIME_NS 2500000000ull /* two tries of a walk, two of its names */

struct rig {
	struct os os;
	struct victim victim;
	struct seen seen;
};

static void rig_open(struct rig *r, char *name)
{
	char path[PATH_MAX];
	int tid;

	assert_int_equal(os_open(&r->os), 0);
	parser_names_until(&r->os, os_now_ns() + 20000000000ull); /* what is slow is not wrong */
	victim_path("victim_o2", path);
	r->victim = victim_start(path, (char *[]){path, name, NULL});
	assert_int_equal(fscanf(r->victim.out, "%d", &tid), 1);
	victim_look(&r->os, r->victim.pid, tid, SYS_pause, &r->seen);
}

static void rig_close(struct rig *r)
{
	victim_end(&r->victim);
	os_close(&r->os);
}

struct sum {
	const char *reason; /* how it begins */
	uint64_t count;
};

static int add_up(void *ctx, const struct fact *fact)
{
	struct sum *sum = ctx;

	if (!strncmp(fact->lost.reason, sum->reason, strlen(sum->reason)))
		sum->count += fact->lost.count;
	return 0;
}

static uint64_t lost(const struct os *os, const char *reason)
{
	struct sum sum = {.reason = reason};
	const struct fact_sink sink = {add_up, &sum};

	assert_int_equal(lost_state(os->lost, &sink), 0);
	return sum.count;
}

/* Does something to each parser of ours, some time after it comes into sight. */
struct hunter {
	pthread_t thread;
	int signal, most, after_us;
	_Atomic int hits;
	_Atomic bool end;
};

static void *hunt(void *ctx)
{
	struct hunter *h = ctx;
	pid_t pids[PARSERS_MAX], last = 0;

	while (!h->end && h->hits < h->most) {
		int n = parser_pids(getpid(), pids);

		for (int i = 0; i < n && h->hits < h->most; i++) {
			if (pids[i] == last)
				continue;
			last = pids[i];
			usleep(h->after_us);
			kill(last, h->signal);
			h->hits++;
		}
	}
	return NULL;
}

static void hunter_start(struct hunter *h, int signal, int most, int after_us)
{
	*h = (struct hunter){.signal = signal, .most = most, .after_us = after_us};
	assert_int_equal(pthread_create(&h->thread, NULL, hunt, h), 0);
}

static void hunter_end(struct hunter *h)
{
	h->end = true;
	pthread_join(h->thread, NULL);
}

/* What there is must be right, however little. */
static void check_stack(const struct fact_stack *s, bool whole_if_no_note)
{
	for (size_t i = 0; i < s->n_frames; i++) {
		assert_non_null(s->frames[i].module);
		assert_non_null(s->frames[i].build_id);
		assert_int_equal(strlen(s->frames[i].build_id), 40);
		assert_true(s->frames[i].offset > 0);
	}
	if (whole_if_no_note && !s->note) {
		assert_true(s->complete);
		assert_true(s->n_frames > 3);
		assert_non_null(s->frames[1].symbol);
	}
}

static void killed_at_any_moment(void **state)
{
	int noted = 0, rounds = 40;
	struct rig r;

	(void)state;
	rig_open(&r, "deep");
	for (int i = 0; i < rounds; i++) {
		struct fact_stack stack;
		struct hunter h;
		uint64_t before = os_now_ns();

		/* a process that was left alone is a new one to a new parser */
		parser_free(r.os.parser);
		assert_int_equal(parser_new(&r.os.parser), 0);
		hunter_start(&h, SIGKILL, 1 + i % 4, i * 500);
		assert_int_equal(stacks_unwind(r.os.stacks, &r.os, &r.seen, 256, true, &stack), 0);
		hunter_end(&h);
		assert_true(os_now_ns() - before < IN_TIME_NS);
		check_stack(&stack, true);
		noted += stack.note != NULL;
	}
	print_message("%d of %d stacks were cut\n", noted, rounds);
	assert_true(noted > 0);
	assert_true(noted < rounds);
	assert_true(lost(&r.os, "parser-died") >= (uint64_t)noted);
	assert_int_equal(lost(&r.os, "parser-garbage"), 0);
	rig_close(&r);
}

static void one_that_is_stopped(void **state)
{
	struct fact_stack stack;
	pid_t pids[PARSERS_MAX];
	uint64_t before;
	struct rig r;

	(void)state;
	rig_open(&r, "plain");
	assert_int_equal(stacks_unwind(r.os.stacks, &r.os, &r.seen, 256, true, &stack), 0);
	assert_null(stack.note);
	assert_int_equal(parser_pids(getpid(), pids), 1);
	kill(pids[0], SIGSTOP);
	before = os_now_ns();
	assert_int_equal(stacks_unwind(r.os.stacks, &r.os, &r.seen, 256, true, &stack), 0);
	assert_true(os_now_ns() - before < IN_TIME_NS);
	check_stack(&stack, true); /* the second try had it all */
	assert_true(stack.complete);
	assert_int_equal(lost(&r.os, "parser-timeout"), 1);
	rig_close(&r);
}

/* Names that take long put off nothing, and are there when they are asked for again. */
static void names_that_take_long(void **state)
{
	const struct parser_walking how = {.max = 64};
	static struct parser_names names;
	static struct parser_walk walk;
	pid_t pids[PARSERS_MAX];
	struct fact_hold text;
	uint64_t before;
	struct rig r;
	int err = 0;

	(void)state;
	rig_open(&r, "plain");
	assert_int_equal(parser_walk(&r.os, &r.seen, &how, &walk), 0);
	assert_int_equal(parser_pids(getpid(), pids), 1);
	kill(pids[0], SIGSTOP);
	for (int i = 0; i < 3; i++) {
		before = os_now_ns();
		parser_names_until(&r.os, before + 200000000);
		err = parser_names(&r.os, r.victim.pid, &walk, &names);
		assert_int_equal(err, -EINPROGRESS);
		assert_true(os_now_ns() - before < (i ? 100000000 : 1000000000));
	}
	/* others are not put off by it */
	parser_names_until(&r.os, os_now_ns() + 5000000000);
	assert_int_equal(stacks_name(r.os.stacks, &r.os, getpid(), (uintptr_t)kill, &text), 0);
	assert_int_equal(parser_pids(getpid(), pids), 2);
	kill(pids[0], SIGCONT);
	kill(pids[1], SIGCONT);
	for (int i = 0; i < 500 && err == -EINPROGRESS; i++) {
		usleep(10000);
		parser_names_until(&r.os, os_now_ns() + 200000000);
		err = parser_names(&r.os, r.victim.pid, &walk, &names);
	}
	assert_int_equal(err, 0);
	assert_true(names.n > 3);
	assert_int_equal(lost(&r.os, "parser"), 0);
	rig_close(&r);
}

/* A /proc in which one process has another state than it has. Returns a descriptor. */
static int false_proc(pid_t of, pid_t is_there, char state)
{
	char dir[] = "/tmp/proc-XXXXXX", path[128], there[32];
	FILE *f;
	int fd;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/%d", dir, is_there);
	snprintf(there, sizeof(there), "/proc/%d", is_there);
	assert_int_equal(symlink(there, path), 0);
	snprintf(path, sizeof(path), "mkdir -p %s/%d/task/%d", dir, of, of);
	assert_int_equal(system(path), 0);
	snprintf(path, sizeof(path), "%s/%d/task/%d/stat", dir, of, of);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f,
		"%d (locktrace) %c 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0 0 0 0 0 0 0 0 0 0 "
		"0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		of, state);
	fclose(f);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* On a busy or slow machine it works on: nobody waits for it, and nothing is read twice. */
static void one_that_works_on(void **state)
{
	pid_t pids[PARSERS_MAX], first;
	struct fact_stack stack;
	int proc_fd;
	struct rig r;

	(void)state;
	rig_open(&r, "plain");
	assert_int_equal(stacks_unwind(r.os.stacks, &r.os, &r.seen, 256, false, &stack), 0);
	assert_int_equal(parser_pids(getpid(), pids), 1);
	first = pids[0];
	proc_fd = r.os.proc_fd;
	r.os.proc_fd = false_proc(first, r.victim.pid, 'R');
	kill(first, SIGSTOP);
	for (int i = 0; i < 3; i++) {
		uint64_t before = os_now_ns();

		assert_int_equal(stacks_unwind(r.os.stacks, &r.os, &r.seen, 256, false, &stack), 0);
		assert_true(os_now_ns() - before < (i ? 300000000 : 1500000000));
		assert_false(stack.complete);
		assert_non_null(strstr(stack.note, "may follow"));
		assert_true(stack.names_later);
	}
	close(r.os.proc_fd);
	r.os.proc_fd = proc_fd;
	kill(first, SIGCONT);
	for (int i = 0; i < 500 && !stack.complete; i++) {
		usleep(20000);
		assert_int_equal(stacks_unwind(r.os.stacks, &r.os, &r.seen, 256, false, &stack), 0);
	}
	check_stack(&stack, false);
	assert_true(stack.complete);
	assert_int_equal(parser_pids(getpid(), pids), 1);
	assert_int_equal(pids[0], first);
	assert_int_equal(lost(&r.os, "parser"), 0);
	rig_close(&r);
}

/* Two in a row: the process is left alone, and that costs nothing. */
static void what_is_the_end_of_two_is_left_alone(void **state)
{
	struct fact_stack stack = {0};
	bool late = false;
	struct hunter h;
	uint64_t before;
	struct rig r;

	(void)state;
	rig_open(&r, "plain");
	hunter_start(&h, SIGSTOP, 100, 0);
	/* one that is stopped with its answer given is met by the next question */
	before = os_now_ns();
	while (!(stack.note && strstr(stack.note, "before"))) {
		assert_true(os_now_ns() - before < 60000000000ull); /* the hunter may be late */
		assert_int_equal(stacks_unwind(r.os.stacks, &r.os, &r.seen, 256, false, &stack), 0);
		/* a stop that has not come into effect yet looks like work */
		late |= stack.note && (strstr(stack.note, "the parser took too long") ||
				       strstr(stack.note, "may follow"));
	}
	hunter_end(&h);
	assert_true(late);
	before = os_now_ns();
	assert_int_equal(stacks_unwind(r.os.stacks, &r.os, &r.seen, 256, true, &stack), 0);
	assert_true(os_now_ns() - before < 100000000);
	assert_non_null(strstr(stack.note, "before"));
	/* another process of the same user has nothing to do with that */
	assert_int_equal(
		stacks_name(r.os.stacks, &r.os, getpid(), (uintptr_t)kill, &(struct fact_hold){0}),
		0);
	rig_close(&r);
}

/* Nobody's fault, and no word about it. */
static void one_that_died_at_leisure(void **state)
{
	struct fact_stack stack;
	pid_t pids[PARSERS_MAX];
	struct rig r;

	(void)state;
	rig_open(&r, "plain");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(stacks_unwind(r.os.stacks, &r.os, &r.seen, 256, true, &stack), 0);
		assert_null(stack.note);
		assert_int_equal(parser_pids(getpid(), pids), 1);
		kill(pids[0], SIGKILL);
		while (parser_pids(getpid(), pids))
			usleep(1000);
	}
	assert_int_equal(lost(&r.os, "parser"), 0);
	rig_close(&r);
}

/* As of a service that is stopped: what is asked of it on the way is answered. */
static void what_ends_a_service_leaves_it_to_us(void **state)
{
	static const int all[] = {SIGTERM, SIGINT, SIGHUP};
	pid_t before[PARSERS_MAX], after[PARSERS_MAX];
	struct fact_stack stack;
	struct rig r;

	(void)state;
	rig_open(&r, "plain");
	assert_int_equal(stacks_unwind(r.os.stacks, &r.os, &r.seen, 256, true, &stack), 0);
	assert_int_equal(parser_pids(getpid(), before), 1);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		kill(before[0], all[i]);
	assert_int_equal(stacks_unwind(r.os.stacks, &r.os, &r.seen, 256, true, &stack), 0);
	assert_null(stack.note);
	assert_int_equal(parser_pids(getpid(), after), 1);
	assert_int_equal(before[0], after[0]);
	assert_int_equal(lost(&r.os, "parser"), 0);
	rig_close(&r);
}

static pid_t paused_as(uid_t uid)
{
	pid_t pid = fork();

	if (!pid) {
		if (setresuid(uid, uid, uid))
			_exit(1);
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of user takes it back */
		prctl(PR_SET_DUMPABLE, 1);
		for (;;)
			pause();
	}
	return pid;
}

static void wait_for_uid(pid_t pid, uid_t uid)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	while (stat(path, &st) == 0 && st.st_uid != uid)
		usleep(1000);
}

static void no_parser_for_two_users(void **state)
{
	pid_t pids[PARSERS_MAX], users[6];
	struct fact_hold text;
	struct os os;

	(void)state;
	if (geteuid() != 0) {
		print_message("only root is two users\n");
		skip();
	}
	assert_int_equal(os_open(&os), 0);
	parser_names_until(&os, os_now_ns() + 20000000000ull);
	for (int i = 0; i < 6; i++) {
		users[i] = paused_as(4000 + i / 2);
		wait_for_uid(users[i], 4000 + i / 2);
		assert_int_equal(stacks_name(os.stacks, &os, users[i], (uintptr_t)kill, &text), 0);
		assert_int_equal(parser_pids(getpid(), pids), 1 + i / 2);
	}
	/* and a few at a time */
	for (int i = 0; i < 6; i++) {
		kill(users[i], SIGKILL);
		waitpid(users[i], NULL, 0);
		users[i] = paused_as(5000 + i);
		wait_for_uid(users[i], 5000 + i);
		assert_int_equal(stacks_name(os.stacks, &os, users[i], (uintptr_t)kill, &text), 0);
		assert_true(parser_pids(getpid(), pids) <= PARSER_POOL);
	}
	for (int i = 0; i < 6; i++) {
		kill(users[i], SIGKILL);
		waitpid(users[i], NULL, 0);
	}
	os_close(&os);
}

/* A parser that somebody else has written. */
static void play(int sock, struct parser_shared *shared, unsigned int seed)
{
	struct parser_given given;
	int fd;

	while (!fd_message_receive(sock, &given, sizeof(given), &fd)) {
		struct parser_want want;
		uint8_t *bytes = (uint8_t *)&shared->answer;

		if (fd >= 0)
			close(fd);
		for (size_t i = 0; i < sizeof(want); i++)
			((uint8_t *)&want)[i] = rand_r(&seed);
		want.what = rand_r(&seed) % 9;
		if (rand_r(&seed) % 3)
			want.size %= 8192;
		for (size_t i = 0; i < sizeof(shared->answer); i += 1 + rand_r(&seed) % 9)
			bytes[i] = rand_r(&seed);
		if (rand_r(&seed) % 2)
			shared->answer.result = 0;
		fd_message_send(sock, &want,
				rand_r(&seed) % 20 ? sizeof(want) : (size_t)rand_r(&seed) % 40,
				rand_r(&seed) % 30 ? -1 : 0);
	}
	_exit(0);
}

static void start_player(struct parser_child *c, unsigned int seed)
{
	int socks[2];
	pid_t pid;

	*c = (struct parser_child){.used = 1};
	parser_source_init(&c->source);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
	c->shared = mmap(NULL, sizeof(*c->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(c->shared, MAP_FAILED);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(socks[0]);
		play(socks[1], c->shared, seed);
	}
	close(socks[1]);
	c->sock = socks[0];
	killable_set(&c->process, pid);
}

static void assert_text(const char *s, size_t size)
{
	assert_true(strnlen(s, size) < size);
	for (; *s; s++)
		assert_true((unsigned char)*s >= ' ' && *s != 0x7f);
}

static void check_answer(const struct parser_question *q, const struct parser_answer *a)
{
	assert_true(a->result <= 0 && a->result >= -4095);
	if (q->op == PARSER_WALK) {
		assert_true(a->walk.n <= q->max);
		assert_text(a->walk.note, PARSER_NOTE);
		for (uint32_t i = 0; i < a->walk.n; i++) {
			assert_text(a->walk.frames[i].module, PARSER_MODULE);
			assert_text(a->walk.frames[i].export, SITE_NAME);
			assert_text(a->walk.frames[i].build_id, PARSER_BUILD_ID);
			assert_true(a->walk.frames[i].guessed <= 1);
			assert_int_equal(a->walk.frames[i].file, 0); /* it was given none */
		}
	} else if (q->op == PARSER_NAME) {
		assert_true(a->names.n <= PARSER_NAMES);
		assert_true(a->names.n_asked <= q->n_at);
		for (uint32_t i = 0; i < a->names.n; i++) {
			assert_true(a->names.names[i].at < q->n_at);
			assert_text(a->names.names[i].symbol, PARSER_SYMBOL);
			assert_text(a->names.names[i].file, PARSER_FILE);
		}
	} else if (q->op == PARSER_SITE) {
		assert_true(a->site.n_steps <= SITE_FRAMES);
		assert_text(a->site.site.function, SITE_NAME);
	} else if (q->op == PARSER_LOCKS) {
		assert_true(a->locks.n <= LOCK_FUNCTIONS);
		for (uint32_t i = 0; i < a->locks.n; i++)
			assert_true((unsigned int)a->locks.functions[i].use < _LOCK_USE_MAX &&
				    a->locks.functions[i].kind < _UPROBE_KIND_MAX &&
				    a->locks.functions[i].at <= UPROBE_FARTHEST);
	} else if (q->op == PARSER_ADDRESS) {
		assert_text(a->words.line, PARSER_LINE);
		assert_text(a->words.module, PARSER_MODULE);
	}
}

static void one_that_talks_nonsense(void **state)
{
	static struct parser_question q;
	static struct parser_answer answer;
	struct parser_process self = {.number = 1, .pid = getpid()};
	struct graveyard g = {0};
	int answered = 0, ended = 0;
	struct parser_child c;
	struct os os;

	(void)state;
	assert_int_equal(os_open(&os), 0);
	start_player(&c, 1);
	for (unsigned int i = 0; i < 200; i++) {
		uint64_t before = os_now_ns();
		int err;

		q.op = PARSER_WALK + i % (_PARSER_OP_MAX - PARSER_WALK);
		q.max = i % 300;
		if (q.max > PARSER_FRAMES)
			q.max = PARSER_FRAMES;
		q.n_at = i % PARSER_FRAMES;
		q.n_top = 64;
		q.time_ns = 10000000;
		parser_source_begin(&c.source, &os, &self);
		err = parser_child_ask(&c, &q, -1, before + 100000000);
		assert_true(os_now_ns() - before < IN_TIME_NS);
		c.source.n_known = 0;
		parser_check(&q, &c.source, c.shared, &answer);
		check_answer(&q, &answer);
		answered += !err;
		if (!err)
			continue;
		ended++;
		assert_true(err == -EPIPE || err == -EPROTO || err == -ENOSYS ||
			    err == -ETIMEDOUT || err == -ENOTCONN);
		parser_child_end(&c, &g);
		graveyard_reap(&g);
		start_player(&c, i + 2);
	}
	print_message("%d answered, %d ended\n", answered, ended);
	assert_true(answered > 10 && ended > 10);
	parser_child_end(&c, &g);
	graveyard_leave(&g);
	maps_free(self.maps);
	os_close(&os);
}

/* What it keeps in memory is for who asks again soon. */
static void one_that_nobody_asks(void **state)
{
	struct fact_stack stack;
	pid_t pids[PARSERS_MAX];
	struct rig r;

	(void)state;
	rig_open(&r, "plain");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stacks_unwind(r.os.stacks, &r.os, &r.seen, 256, true, &stack), 0);
		assert_true(stack.complete);
		parser_rest(r.os.parser, os_now_ns() + 10000000000ull);
		assert_int_equal(parser_pids(getpid(), pids), 1);
		parser_rest(r.os.parser, os_now_ns() + 120000000000ull);
		while (parser_pids(getpid(), pids))
			usleep(1000);
	}
	assert_int_equal(lost(&r.os, "parser"), 0);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_at_any_moment),
		cmocka_unit_test(one_that_is_stopped),
		cmocka_unit_test(names_that_take_long),
		cmocka_unit_test(one_that_works_on),
		cmocka_unit_test(what_is_the_end_of_two_is_left_alone),
		cmocka_unit_test(one_that_died_at_leisure),
		cmocka_unit_test(what_ends_a_service_leaves_it_to_us),
		cmocka_unit_test(one_that_nobody_asks),
		cmocka_unit_test(no_parser_for_two_users),
		cmocka_unit_test(one_that_talks_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
