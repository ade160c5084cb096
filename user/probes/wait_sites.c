// SPDX-License-Identifier: GPL-2.0
/*
 * The table. To add a library: have a thread wait in it, see its stack in a
 * report ("locktrace --once --pid"), and write one line for the innermost
 * function that tells what it waits for. Special rows go before general ones:
 * the innermost frame that any row knows decides, and of its rows the first.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "../os/os.h"
#include "../parser/question.h"
#include "../os/stacks.h"
#include "wait_sites.h"

#define FRAMES 24

/* clang-format off */
static const struct wait_site sites[] = {
	/* Rust's standard library, old and new places of the same code */
	{"std::sys*::futex::Mutex::lock_contended*", NULL, "Rust std", "Mutex", USE_LOCK},
	{"std::sys*futex_mutex::Mutex::lock_contended*", NULL, "Rust std", "Mutex", USE_LOCK},
	{"std::sys*::RwLock::read_contended*", NULL, "Rust std", "RwLock, to read", USE_LOCK},
	{"std::sys*::RwLock::write_contended*", NULL, "Rust std", "RwLock, to write", USE_LOCK},
	{"std::sys*::Condvar::wait*", NULL, "Rust std", "Condvar", USE_PARK},
	{"std::sys*::Once::call*", NULL, "Rust std", "Once", USE_LOCK},
	{"std::sync::once::Once::call_once*", NULL, "Rust std", "Once", USE_LOCK},
	{"std::sys*::Parker::park*", NULL, "Rust std", "thread::park", USE_PARK},
	{"std::thread::*park*", NULL, "Rust std", "thread::park", USE_PARK},
	{"std::sync::*Barrier::wait*", NULL, "Rust std", "Barrier", USE_PARK},

	/* dashmap's shards are locks of lock_api over parking_lot_core: before those */
	{"*dashmap::lock::RawRwLock::lock_shared_slow*", NULL, "dashmap", "shard, to read", USE_LOCK},
	{"*dashmap::lock::RawRwLock::lock_exclusive_slow*", NULL, "dashmap", "shard, to write", USE_LOCK},
	{"parking_lot::raw_mutex::RawMutex::lock_slow*", NULL, "parking_lot", "Mutex", USE_LOCK},
	{"parking_lot::raw_rwlock::RawRwLock::lock_shared_slow*", NULL, "parking_lot", "RwLock, to read", USE_LOCK},
	{"parking_lot::raw_rwlock::RawRwLock::lock_exclusive_slow*", NULL, "parking_lot", "RwLock, to write", USE_LOCK},
	{"parking_lot::raw_rwlock::RawRwLock::*_slow*", NULL, "parking_lot", "RwLock", USE_LOCK},
	{"parking_lot::raw_rwlock::RawRwLock::wait_for_readers*", NULL, "parking_lot", "RwLock, to write", USE_LOCK},
	{"parking_lot::condvar::Condvar::wait*", NULL, "parking_lot", "Condvar", USE_PARK},
	{"parking_lot::once::Once::call_once_slow*", NULL, "parking_lot", "Once", USE_LOCK},
	{"tokio::runtime::*::park*", NULL, "tokio", "worker", USE_POOL},
	{"tokio::runtime::blocking::pool::*", NULL, "tokio", "blocking pool", USE_POOL},
	{"rayon_core::sleep::*", NULL, "rayon", "worker", USE_POOL},
	{"rayon_core::latch::*", NULL, "rayon", "job", USE_PARK},
	{"crossbeam_channel::context::Context::wait_until*", NULL, "crossbeam", "channel", USE_PARK},

	/* C++: libstdc++, libc++, Abseil */
	{"*std::counting_semaphore<*::acquire*", NULL, "C++", "std::counting_semaphore", USE_PARK},
	{"*std::__atomic_semaphore::_M_acquire*", NULL, "libstdc++", "std::counting_semaphore", USE_PARK},
	{"*std::latch::wait*", NULL, "libstdc++", "std::latch", USE_PARK},
	{"*std::barrier<*", NULL, "libstdc++", "std::barrier", USE_PARK},
	{"*std::__atomic_wait_address*", NULL, "libstdc++", "std::atomic::wait", USE_PARK},
	{"*std::__detail::__waiter*", NULL, "libstdc++", "std::atomic::wait", USE_PARK},
	{"*std::__detail::__platform_wait*", NULL, "libstdc++", "std::atomic::wait", USE_PARK},
	{"*std::atomic<*::wait*", NULL, "C++", "std::atomic::wait", USE_PARK},
	{"*std::__1::__cxx_atomic_*wait*", NULL, "libc++", "std::atomic::wait", USE_PARK},
	{"*std::__1::__libcpp_atomic_*wait*", NULL, "libc++", "std::atomic::wait", USE_PARK},
	{"__cxa_guard_acquire*", NULL, "C++", "guard of a static variable", USE_LOCK},
	{"*std::__atomic_futex_unsigned_base::_M_futex_wait*", NULL, "libstdc++", "std::future", USE_PARK},
	{"absl::*Mutex::LockSlow*", NULL, "Abseil", "Mutex", USE_LOCK},
	{"absl::*Mutex::Block*", NULL, "Abseil", "Mutex", USE_LOCK},
	{"absl::*CondVar::Wait*", NULL, "Abseil", "CondVar", USE_PARK},
	{"absl::*Notification::WaitForNotification*", NULL, "Abseil", "Notification", USE_PARK},
	{"absl::*BlockingCounter::Wait*", NULL, "Abseil", "BlockingCounter", USE_PARK},
	{"Absl*SpinLockDelay*", NULL, "Abseil", "SpinLock", USE_LOCK},

	/* Go: an M, that is a thread, without work sleeps on its note */
	{"runtime.lock2", NULL, "Go", "lock of the runtime", USE_LOCK},
	{"runtime.mPark*", NULL, "Go", "idle thread", USE_POOL},
	{"runtime.stopm*", NULL, "Go", "idle thread", USE_POOL},
	{"runtime.notesleep*", NULL, "Go", "idle thread", USE_POOL},
	{"runtime.notetsleep*", NULL, "Go", "timed wait of the runtime", USE_PARK},
	{"runtime.semasleep*", NULL, "Go", "idle thread", USE_POOL},
	{"runtime.futexsleep*", NULL, "Go", "wait of the runtime", USE_PARK},
	{"runtime.futex*", NULL, "Go", "wait of the runtime", USE_PARK},

	/* virtual machines and interpreters */
	{"take_gil*", NULL, "CPython", "GIL", USE_LOCK},
	{"PyThread_acquire_lock*", NULL, "CPython", "lock or event", USE_PARK},
	{"PyEval_RestoreThread*", NULL, "CPython", "GIL", USE_LOCK},
	{"_PyMutex_Lock*", NULL, "CPython", "mutex", USE_LOCK},
	{"_PyParkingLot_Park*", NULL, "CPython", "parked thread", USE_PARK},
	{"ObjectMonitor::enter*", NULL, "JVM", "monitor, to enter", USE_LOCK},
	{"ObjectMonitor::wait*", NULL, "JVM", "Object.wait", USE_PARK},
	{"Parker::park*", NULL, "JVM", "LockSupport.park", USE_PARK},
	{"Monitor::wait*", NULL, "JVM", "monitor of the VM", USE_PARK},
	{"Mutex::lock*", "libjvm.so", "JVM", "mutex of the VM", USE_LOCK},
	{NULL, "libjvm.so", "JVM", "wait of the VM", USE_PARK},
	{"CorUnix::CPalSynchronizationManager::*", NULL, ".NET", "wait of the runtime", USE_PARK},
	{NULL, "libcoreclr.so", ".NET", "wait of the runtime", USE_PARK},
	{NULL, "libclrgc.so", ".NET", "garbage collector", USE_POOL},
	{NULL, "libSystem.Native.so", ".NET", "wait of the runtime", USE_PARK},
	{"uv_mutex_lock", NULL, "libuv", "mutex", USE_LOCK},
	{"uv_sem_wait", NULL, "libuv", "semaphore", USE_PARK},
	{"uv_barrier_wait", NULL, "libuv", "barrier", USE_PARK},
	{"uv_cond_wait", NULL, "libuv", "condition variable", USE_PARK},
	{"uv_cond_timedwait", NULL, "libuv", "condition variable", USE_PARK},
	{"node::WorkerThreadsTaskRunner*", NULL, "Node.js", "worker", USE_POOL},

	/* others that many programs have */
	{"gomp_*barrier_wait*", NULL, "OpenMP", "end of a parallel region", USE_POOL},
	{NULL, "libgomp.so*", "OpenMP", "work", USE_POOL},
	{NULL, "libomp.so*", "OpenMP", "work", USE_POOL},
	{NULL, "libtbb.so*", "oneTBB", "work", USE_POOL},
	{"g_mutex_lock*", NULL, "GLib", "GMutex", USE_LOCK},
	{"g_cond_wait*", NULL, "GLib", "GCond", USE_PARK},
	{"g_async_queue_*", NULL, "GLib", "GAsyncQueue", USE_POOL},
	{"q*Mutex*::lock*", "libQt*Core.so*", "Qt", "QMutex", USE_LOCK},
	{"Q*Mutex*::lock*", "libQt*Core.so*", "Qt", "QMutex", USE_LOCK},
	{"QWaitCondition::wait*", NULL, "Qt", "QWaitCondition", USE_PARK},
};
/* clang-format on */

/* Rust writes "<std::sys::Mutex>::lock" for what it used to write as "std::sys::Mutex::lock". */
static void make_plain(const char *function, char *buf, size_t size)
{
	const char *end = function[0] == '<' ? strstr(function, ">::") : NULL;

	if (end)
		snprintf(buf, size, "%.*s%s", (int)(end - function - 1), function + 1, end + 1);
	else
		snprintf(buf, size, "%s", function);
}

const struct wait_site *wait_site_find(const char *function, const char *module)
{
	char plain[PARSER_SYMBOL] = "";

	if (function)
		make_plain(function, plain, sizeof(plain));
	for (size_t i = 0; i < sizeof(sites) / sizeof(*sites); i++) {
		const struct wait_site *s = &sites[i];

		if (s->module && (!module || fnmatch(s->module, module, 0)))
			continue;
		if (!s->function || (plain[0] && !fnmatch(s->function, plain, 0)))
			return s;
	}
	return NULL;
}

int wait_site_name(struct os *os, const struct seen *s, char buf[WAIT_SITE_NAME])
{
	static const char *const uses[] = {"lock", "parked", "pool"};
	const struct wait_site *site = NULL;
	struct fact_stack stack;

	if (stacks_unwind(os->stacks, os, s, FRAMES, true, &stack))
		return -ENOENT;
	for (size_t i = 0; !site && i < stack.n_frames; i++)
		site = wait_site_find(stack.frames[i].symbol, stack.frames[i].module);
	if (!site)
		return -ENOENT;
	snprintf(buf, WAIT_SITE_NAME, "%s: %s (%s)", site->library, site->what, uses[site->use]);
	return 0;
}
