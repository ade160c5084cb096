// SPDX-License-Identifier: GPL-2.0
/* Whose futex it is, by the names on the stack; and that such a name makes no lock of it. */
#include "rig.h"

#include <linux/futex.h>

#include "../../../user/probes/wait_sites.h"

static const struct wait_table *table;

/* As the names come from one frame; the users' rows would be first. */
static const struct wait_site *wait_site_find(const char *function, const char *module)
{
	return wait_table_find(table, false, function, module);
}

static int load_table(void **state)
{
	(void)state;
	return wait_table_new("/nonexistent", "/nonexistent", (struct wait_table **)&table);
}

static int drop_table(void **state)
{
	(void)state;
	wait_table_free((struct wait_table *)table);
	return 0;
}

static void expect_row(const char *function, const char *module, const char *library,
		       const char *what, enum wait_use use)
{
	const struct wait_site *s = wait_site_find(function, module);

	assert_non_null(s);
	assert_string_equal(s->library, library);
	assert_string_equal(s->what, what);
	assert_int_equal(s->use, use);
}

/* As rustc 1.95 and 1.63, g++ 12 and 14, OpenJDK 17, CPython 3.11 and Node 20 have them. */
static void names_of_real_programs_are_known(void **state)
{
	(void)state;
	expect_row("<std::sys::sync::mutex::futex::Mutex>::lock_contended", "prog", "Rust std",
		   "Mutex", USE_LOCK);
	expect_row("std::sys::sync::mutex::futex::Mutex::lock_contended", "prog", "Rust std",
		   "Mutex", USE_LOCK);
	expect_row("std::sys::unix::locks::futex_mutex::Mutex::lock_contended", "prog", "Rust std",
		   "Mutex", USE_LOCK);
	expect_row("<std::sys::sync::rwlock::futex::RwLock>::read_contended", "prog", "Rust std",
		   "RwLock, to read", USE_LOCK);
	expect_row("<std::sys::sync::condvar::futex::Condvar>::wait", "prog", "Rust std", "Condvar",
		   USE_PARK);
	expect_row("<std::thread::thread::Thread>::park", "prog", "Rust std", "thread::park",
		   USE_VIA);
	expect_row("<std::sys::sync::once::futex::Once>::call", "prog", "Rust std", "Once",
		   USE_LOCK);
	expect_row("parking_lot::raw_mutex::RawMutex::lock_slow", "prog", "parking_lot", "Mutex",
		   USE_LOCK);
	expect_row("void std::__atomic_wait_address_v<int, std::__atomic_base<int>::wait(int)>",
		   "prog", "libstdc++", "std::atomic::wait", USE_VIA);
	expect_row("runtime.futex.abi0", "prog", "Go", "wait of the runtime", USE_VIA);
	expect_row("runtime.mPark", "prog", "Go", "idle thread", USE_POOL);
	expect_row("take_gil", "libpython3.11.so.1.0", "CPython", "GIL", USE_LOCK);
	expect_row("uv_sem_wait", "libnode.so.108", "libuv", "semaphore", USE_VIA);
	expect_row(NULL, "libjvm.so", "JVM", "wait of the VM", USE_VIA);
}

static void others_are_not(void **state)
{
	(void)state;
	assert_null(wait_site_find("main", "prog"));
	assert_null(wait_site_find("my_std::sys::Mutex::lock_contended", "prog"));
	assert_null(wait_site_find("pthread_mutex_lock", "libc.so.6"));
	assert_null(wait_site_find("syscall", "libc.so.6"));
	assert_null(wait_site_find("Mutex::lock()", "prog")); /* the JVM's only in its library */
	assert_null(wait_site_find(NULL, "java"));	      /* never by a program's name */
	assert_null(wait_site_find(NULL, NULL));
}

static const struct wait_site *of_frames(const char *const *functions, size_t n)
{
	struct fact_frame frames[8] = {0};
	const struct fact_stack stack = {.frames = frames, .n_frames = n};

	for (size_t i = 0; i < n; i++)
		frames[i] = (struct fact_frame){.symbol = functions[i], .module = "prog"};
	return wait_site_of_stack(table, &stack);
}

/* It waits by a Condvar; but who calls that is a worker without work. */
static void a_pool_is_told_by_who_parks(void **state)
{
	static const char *const worker[] = {"syscall",
					     "<std::sys::sync::condvar::futex::Condvar>::wait",
					     "tokio::runtime::blocking::pool::Inner::run", "main"};
	static const char *const job[] = {
		"syscall", "<std::sys::sync::condvar::futex::Condvar>::wait",
		"prog::job::wait_for_reply", "tokio::runtime::blocking::pool::Inner::run"};

	(void)state;
	assert_int_equal(of_frames(worker, 4)->use, USE_POOL);
	assert_string_equal(of_frames(worker, 4)->library, "tokio");
	assert_int_equal(of_frames(job, 4)->use, USE_PARK);
}

#define MOST_FRAMES 6

/* Stacks of real programs: the frames that matter, innermost first; what they are. */
struct real {
	const char *frames[MOST_FRAMES];
	const char *module; /* of all frames but the first */
	const char *library, *what;
	enum wait_use use;
};

static const struct real real[] = {
	/* g++ 12 */
	{{"void std::__detail::__platform_wait<int>(int const*, int)",
	  "void std::__atomic_wait_address<int, std::latch::wait() const::{lambda()#1}>(int const*)"},
	 "prog",
	 "libstdc++",
	 "std::latch",
	 USE_PARK},
	{{"void std::__detail::__platform_wait<int>(int const*, int)",
	  "void std::__atomic_wait_address<std::__barrier_phase_t, "
	  "std::__tree_barrier<std::__empty_completion>::wait(std::__barrier_phase_t&&)>"},
	 "prog",
	 "libstdc++",
	 "std::barrier",
	 USE_PARK},
	{{"void std::__detail::__platform_wait<int>(int const*, int)",
	  "void std::__atomic_wait_address_bare<std::__atomic_semaphore::_M_acquire()>"},
	 "prog",
	 "libstdc++",
	 "std::counting_semaphore",
	 USE_PARK},
	{{"void std::__detail::__platform_wait<int>(int const*, int)", "worker()"},
	 "prog",
	 "libstdc++",
	 "std::atomic::wait",
	 USE_VIA},
	/* rustc 1.95 */
	{{"<std::thread::thread::Thread>::park",
	  "std::sync::mpmc::list::Channel<T>::recv::{{closure}}",
	  "std::sync::mpmc::list::Channel<T>::recv", "prog::main"},
	 "prog",
	 "Rust std",
	 "channel, to receive",
	 USE_PARK},
	{{"<std::thread::thread::Thread>::park", "std::thread::scoped::scope", "prog::main"},
	 "prog",
	 "Rust std",
	 "threads of a scope, to end",
	 USE_PARK},
	{{"std::thread::park", "crossbeam_channel::context::Context::wait_until", "prog::main"},
	 "prog",
	 "crossbeam",
	 "channel",
	 USE_PARK},
	/* Go 1.2x: futexsleep is what all of them wait by */
	{{"runtime.futex.abi0", "runtime.futexsleep", "runtime.lock2", "runtime.schedule"},
	 "prog",
	 "Go",
	 "lock of the runtime",
	 USE_LOCK},
	{{"runtime.futex.abi0", "runtime.futexsleep", "runtime.notesleep", "runtime.mPark",
	  "runtime.stopm", "runtime.findRunnable"},
	 "prog",
	 "Go",
	 "idle thread",
	 USE_POOL},
	/* Abseil, as of 2023: the thread sleeps by its own semaphore, for whatever it waits */
	{{"absl::lts_20230802::synchronization_internal::FutexWaiter::Wait(KernelTimeout)",
	  "AbslInternalPerThreadSemWait_lts_20230802",
	  "absl::lts_20230802::Mutex::Block(absl::lts_20230802::base_internal::PerThreadSynch*)",
	  "absl::lts_20230802::Mutex::LockSlowLoop(absl::lts_20230802::SynchWaitParams*, int)"},
	 "prog",
	 "Abseil",
	 "Mutex",
	 USE_LOCK},
	{{"absl::lts_20230802::synchronization_internal::FutexWaiter::Wait(KernelTimeout)",
	  "AbslInternalPerThreadSemWait_lts_20230802",
	  "absl::lts_20230802::Mutex::Block(absl::lts_20230802::base_internal::PerThreadSynch*)",
	  "absl::lts_20230802::Mutex::AwaitCommon(absl::lts_20230802::Condition const&)"},
	 "prog",
	 "Abseil",
	 "Mutex, for a condition",
	 USE_PARK},
	{{"AbslInternalPerThreadSemWait_lts_20230802",
	  "absl::lts_20230802::CondVar::WaitCommon(absl::lts_20230802::Mutex*)"},
	 "prog",
	 "Abseil",
	 "CondVar",
	 USE_PARK},
	/* OpenJDK 17 */
	{{"os::PlatformEvent::park()", "ObjectMonitor::EnterI(JavaThread*)",
	  "ObjectMonitor::enter(JavaThread*)"},
	 "libjvm.so",
	 "JVM",
	 "monitor, to enter",
	 USE_LOCK},
	{{"os::PlatformEvent::park()", "ObjectMonitor::wait(long, bool, JavaThread*)"},
	 "libjvm.so",
	 "JVM",
	 "Object.wait",
	 USE_PARK},
	{{"PosixSemaphore::wait()", "GangWorker::loop()", "GangWorker::run()"},
	 "libjvm.so",
	 "JVM",
	 "worker of the garbage collector",
	 USE_POOL},
	{{"os::PlatformMonitor::wait(long)", "Monitor::wait_without_safepoint_check(long)",
	  "VMThread::wait_until_executed(VM_Operation*)"},
	 "libjvm.so",
	 "JVM",
	 "wait of the VM",
	 USE_VIA},
	/* CPython 3.11, Node 20 */
	{{"PyThread_acquire_lock_timed", "_queue_SimpleQueue_get_impl"},
	 "prog",
	 "CPython",
	 "queue.SimpleQueue",
	 USE_PARK},
	{{"PyThread_acquire_lock_timed", "acquire_timed"},
	 "prog",
	 "CPython",
	 "lock or event",
	 USE_VIA},
	{{"uv_cond_wait", "node::(anonymous namespace)::PlatformWorkerThread(void*)"},
	 "prog",
	 "Node.js",
	 "worker",
	 USE_POOL},
};

/* What all waits of a library go through tells nothing: who calls it does. */
static void the_caller_tells_where_all_wait_by_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++) {
		struct fact_frame frames[MOST_FRAMES + 1] = {
			{.symbol = "syscall", .module = "libc.so.6"}};
		struct fact_stack stack = {.frames = frames, .n_frames = 1};
		const struct wait_site *s;

		for (int k = 0; k < MOST_FRAMES && real[i].frames[k]; k++)
			frames[stack.n_frames++] = (struct fact_frame){.symbol = real[i].frames[k],
								       .module = real[i].module};
		s = wait_site_of_stack(table, &stack);
		assert_non_null(s);
		if (strcmp(s->library, real[i].library) != 0 ||
		    strcmp(s->what, real[i].what) != 0 || s->use != real[i].use)
			fail_msg("%s: %s: %s, use %d", real[i].frames[0], s->library, s->what,
				 s->use);
	}
}

static _Atomic uint32_t word = 2;

/* What rustc makes of a contended Mutex, in all that can be seen from outside. */
void lock_contended(void) __asm__(
	"_ZN3std3sys4sync5mutex5futex5Mutex14lock_contended17h0123456789abcdefE");
__attribute__((noinline, used)) void lock_contended(void)
{
	for (;;)
		syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 2, NULL, NULL,
			FUTEX_BITSET_MATCH_ANY);
}

static void rust_mutex(struct page *p)
{
	(void)p;
	lock_contended();
}

__attribute__((noinline)) static void own_lock(struct page *p)
{
	(void)p;
	for (;;)
		syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 2, NULL, NULL,
			FUTEX_BITSET_MATCH_ANY);
}

static void victim(struct page *p)
{
	rig_thread(p, 0, rust_mutex);
	rig_thread(p, 1, own_lock);
}

static void check_name(struct rig *r, int thread, const char *name)
{
	pid_t tid = rig_blocked(r, 0, thread, SYS_futex);
	struct wait w;
	struct description *d = rig_describe(r, 0, tid, &w);

	/* pool workers share a receiver behind such a lock for hours: no stall by itself */
	assert_int_equal(w.class, CLASS_PARK);
	assert_string_equal(d->resource.resource.kind, "futex");
	assert_string_equal(d->resource.resource.name, name);
	assert_false(rig_any_exact(d));
	description_free(d);
}

static void the_wait_is_named_by_its_library(void **state)
{
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, victim);
	check_name(&r, 0, "futex of Rust std: Mutex (lock)");
	check_name(&r, 1, "futex of unknown sort in syscall (libc.so.6)");
	rig_down(&r);
}

/* The administrator's word counts: then it is a lock, and nobody knows who has it. */
static void a_users_lock_is_a_lock(void **state)
{
	char path[] = "/tmp/wait-sites-XXXXXX";
	const char line[] = "lock std::sys*Mutex::lock_contended* * ours: the Mutex\n";
	int fd = mkstemp(path);
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, line, strlen(line)), strlen(line));
	close(fd);
	rig_up(&r);
	wait_table_free(r.os.wait_table);
	assert_int_equal(wait_table_new("/nonexistent", path, &r.os.wait_table), 0);
	unlink(path);
	rig_start(&r, victim);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_futex), &w);
	assert_int_equal(w.class, CLASS_LOCK);
	assert_string_equal(d->resource.resource.kind, "lock");
	assert_string_equal(d->resource.resource.name, "lock of ours: the Mutex (lock)");
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_UNKNOWN);
	description_free(d);
	/* and what it does not name stays what it was */
	check_name(&r, 1, "futex of unknown sort in syscall (libc.so.6)");
	rig_down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_real_programs_are_known),
		cmocka_unit_test(others_are_not),
		cmocka_unit_test(the_caller_tells_where_all_wait_by_the_same),
		cmocka_unit_test(a_pool_is_told_by_who_parks),
		cmocka_unit_test(the_wait_is_named_by_its_library),
		cmocka_unit_test(a_users_lock_is_a_lock),
	};

	return cmocka_run_group_tests(tests, load_table, drop_table);
}
