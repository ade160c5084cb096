// SPDX-License-Identifier: GPL-2.0
/* Stacks of who waits for a lock that it has itself, as several languages write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/code_path.h"
#include "core/pile.h"
#include "core/reentry.h"

#define MAX 24

/* Names from the innermost outwards; those that begin with "libc:" are that library's. */
static struct fact_stack stack_of(const char *const *names, struct fact_frame frames[MAX])
{
	struct fact_stack s = {.frames = frames};

	memset(frames, 0, MAX * sizeof(*frames));
	for (; names[s.n_frames]; s.n_frames++) {
		const char *name = names[s.n_frames];
		bool libc = !strncmp(name, "libc:", 5);

		frames[s.n_frames].module = libc ? "libc.so.6" : "prog";
		frames[s.n_frames].symbol = libc ? name + 5 : name;
	}
	return s;
}

static void a_function_is_named_without_its_uses(void **state)
{
	static const struct {
		const char *symbol, *path;
	} cases[] = {
		{"dashmap::DashMap<K,V,S>::retain", "dashmap::DashMap::retain"},
		{"<dashmap::DashMap<i32, i32>>::retain::<app::main::{closure#0}>",
		 "dashmap::DashMap::retain"},
		{"<dashmap::DashMap<K,V,S> as dashmap::t::Map<K,V,S>>::_len",
		 "dashmap::DashMap::_len"},
		{"app::evict::{{closure}}", "app::evict"},
		{"<std::sys::sync::mutex::futex::Mutex>::lock_contended",
		 "std::sys::sync::mutex::futex::Mutex::lock_contended"},
		{"void ns::Map::each<main::{lambda(int)#1}>(main::{lambda(int)#1}) const",
		 "ns::Map::each"},
		{"(anonymous namespace)::Cache::size() const", "Cache::size"},
		{"std::function<void (int)>::operator()(int) const", "std::function::operator()"},
		{"Cache::operator<(Cache const&) const", "Cache::operator<"},
		{"unsigned long ns::f<int>(std::pair<int, int>)", "ns::f"},
		{"frob.constprop.0", "frob"},
		{"main", "main"},
	};
	struct code_path p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(code_path_of(cases[i].symbol, &p));
		assert_string_equal(p.text, cases[i].path);
	}
	assert_false(code_path_of(NULL, &p));
	assert_false(code_path_of("", &p));
	assert_false(code_path_of("{{closure}}", &p));
}

/* What a name that is cut, or not one at all, does is no harm. */
static void damaged_names_are_read_to_their_end(void **state)
{
	static const char *const names[] = {"<",
					    "<<",
					    "a<b",
					    "<a as",
					    "a::",
					    "::",
					    "a::<",
					    "operator",
					    "operator(",
					    ">",
					    "->",
					    "a{",
					    "(anonymous namespace)",
					    " ",
					    "a b c",
					    "<a>",
					    "<<T as U>::V>::f"};
	struct code_path p;
	char longest[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		code_path_of(names[i], &p);
	for (size_t i = 0; i + 2 < sizeof(longest); i += 3)
		memcpy(longest + i, "a::", 3);
	longest[sizeof(longest) - 1] = '\0';
	assert_true(code_path_of(longest, &p));
	assert_true(p.n <= CODE_PATH_MAX && strlen(p.text) < sizeof(p.text));
}

#define FOUND(family_, inner_, outer_, ...)                                                        \
	do {                                                                                       \
		static const char *const names[] = {__VA_ARGS__, NULL};                            \
		struct fact_frame frames[MAX];                                                     \
		struct fact_stack s = stack_of(names, frames);                                     \
		struct reentry r;                                                                  \
		assert_true(reentry_find(&s, &r));                                                 \
		assert_string_equal(r.family, family_);                                            \
		assert_string_equal(r.inner, inner_);                                              \
		assert_string_equal(r.outer, outer_);                                              \
	} while (0)

#define NOT_FOUND(...)                                                                             \
	do {                                                                                       \
		static const char *const names[] = {__VA_ARGS__, NULL};                            \
		struct fact_frame frames[MAX];                                                     \
		struct fact_stack s = stack_of(names, frames);                                     \
		struct reentry r;                                                                  \
		assert_false(reentry_find(&s, &r));                                                \
	} while (0)

static void a_lock_of_the_library_that_called_back(void **state)
{
	(void)state;
	FOUND("dashmap", "dashmap::lock::RawRwLock::lock_shared_slow", "dashmap::DashMap::retain",
	      "libc:syscall", "parking_lot_core::parking_lot::park::{{closure}}",
	      "dashmap::lock::RawRwLock::lock_shared_slow", "dashmap::DashMap<K,V,S>::len",
	      "vectorio::point_cache_insert::{{closure}}", "dashmap::DashMap<K,V,S>::retain",
	      "vectorio::point_cache_insert", "vectorio::main");
	/* what is inlined and not named leaves less, but enough */
	FOUND("dashmap", "dashmap::lock::RawRwLock::lock_shared_slow", "dashmap::DashMap::retain",
	      "libc:syscall", "dashmap::lock::RawRwLock::lock_shared_slow", "vectorio::too_many",
	      "<dashmap::DashMap<u64, u64>>::retain::<vectorio::evict::{closure#0}>");
	/* the same in one program: its crate is not the family, the module is */
	FOUND("app::map", "app::map::lock::RawRwLock::lock_shared_slow", "app::map::Map::retain",
	      "libc:syscall", "std::thread::functions::park",
	      "app::map::lock::RawRwLock::lock_shared_slow", "app::map::Map<V>::len",
	      "app::evict::{{closure}}", "app::map::Map<V>::retain", "app::main");
	FOUND("ns", "ns::SharedLock::lock_shared", "ns::Map::each", "libc:syscall",
	      "ns::SharedLock::lock_shared()", "ns::Map::size() const",
	      "main::{lambda(int)#1}::operator()(int) const", "print_all(int)",
	      "void ns::Map::each<main::{lambda(int)#1}>(main::{lambda(int)#1})", "main");
}

static void a_type_whose_method_called_back(void **state)
{
	(void)state;
	FOUND("app::Registry", "app::Registry::count", "app::Registry::for_each", "libc:syscall",
	      "<std::sys::sync::mutex::futex::Mutex>::lock_contended",
	      "std::sync::poison::mutex::Mutex<T>::lock", "app::Registry::count",
	      "app::main::{{closure}}", "app::Registry::for_each", "app::main");
	FOUND("Cache", "Cache::size", "Cache::each", "libc:__futex_abstimed_wait_common",
	      "libc:pthread_rwlock_rdlock", "std::shared_mutex::lock_shared()",
	      "Cache::size() const", "print(int)",
	      "std::function<void (int)>::operator()(int) const",
	      "Cache::each(std::function<void (int)> const&)", "main");
}

static void what_is_no_reentry(void **state)
{
	(void)state;
	/* waits for another one, on its first way in */
	NOT_FOUND("libc:syscall", "dashmap::lock::RawRwLock::lock_exclusive_slow",
		  "dashmap::DashMap<K,V,S>::_yield_write_shard", "dashmap::DashMap<K,V,S>::retain",
		  "app::evict", "app::main");
	/* no callback between two methods: it may well call the one before it locks */
	NOT_FOUND("libc:syscall", "<std::sys::sync::mutex::futex::Mutex>::lock_contended",
		  "app::Registry::count", "app::Registry::for_each", "app::main");
	/* parks, and for no lock at all */
	NOT_FOUND("libc:syscall", "std::sys::sync::condvar::futex::Condvar::wait_optional_timeout",
		  "app::Queue::pop", "app::worker", "app::Queue::run", "app::main");
	NOT_FOUND("libc:syscall", "std::thread::functions::park", "app::Pool::idle", "app::job",
		  "app::Pool::run", "app::main");
	NOT_FOUND("libc:syscall", "parking_lot::condvar::Condvar::wait_until_internal",
		  "tokio::runtime::scheduler::multi_thread::worker::Context::park_internal",
		  "tokio::runtime::scheduler::multi_thread::worker::run", "app::main",
		  "tokio::runtime::scheduler::multi_thread::worker::start");
}

static void what_looks_like_reentry(void **state)
{
	(void)state;
	/* two functions of a module are not of one type, nor are those of one program */
	NOT_FOUND("libc:syscall", "<std::sys::sync::mutex::futex::Mutex>::lock_contended",
		  "app::net::send", "lib::call", "app::net::run", "app::main");
	NOT_FOUND("libc:syscall", "app::lock::SpinLock::lock", "app::net::send", "lib::call",
		  "app::disk::run", "app::main");
	/* words that only look like it */
	NOT_FOUND("libc:syscall", "ns::Clock::wait_tick()", "ns::Block::next()", "f()",
		  "ns::Block::each()", "main");
	NOT_FOUND("libc:syscall");
}

static bool is_rival(const char *const *names, const char *family)
{
	struct fact_frame frames[MAX];
	struct fact_stack s = stack_of(names, frames);

	return reentry_is_rival(&s, family);
}

static void who_else_may_have_it(void **state)
{
	static const char *const idle[] = {"libc:epoll_wait", "app::main", NULL};
	static const char *const inside[] = {"libc:nanosleep", "app::slow",
					     "dashmap::DashMap<K,V,S>::retain", "app::main", NULL};
	static const char *const waits[] = {"libc:syscall",
					    "dashmap::lock::RawRwLock::lock_shared_slow",
					    "dashmap::DashMap<K,V,S>::len", "app::main", NULL};
	static const char *const both[] = {"libc:syscall",
					   "dashmap::lock::RawRwLock::lock_shared_slow",
					   "dashmap::DashMap<K,V,S>::len",
					   "app::f",
					   "dashmap::DashMap<K,V,S>::retain",
					   "app::main",
					   NULL};

	(void)state;
	assert_false(is_rival(idle, "dashmap"));
	assert_true(is_rival(inside, "dashmap"));
	assert_false(is_rival(inside, "dash"));
	assert_false(is_rival(waits, "dashmap"));
	assert_true(is_rival(both, "dashmap"));
}

static void a_handler_is_told_by_what_it_interrupted(void **state)
{
	static const char *const names[] = {"libc:__lll_lock_wait",
					    "libc:pthread_mutex_lock",
					    "on_alarm",
					    "libc:<signal handler called>",
					    "work",
					    "main",
					    NULL};
	struct fact_frame frames[MAX];
	struct fact_stack s = stack_of(names, frames);
	const char *where = NULL;

	(void)state;
	assert_false(reentry_in_signal(&s, &where));
	frames[4].interrupted = true;
	assert_true(reentry_in_signal(&s, &where));
	assert_string_equal(where, "work");
}

static void a_place_is_called_by_the_programs_own_function(void **state)
{
	static const char *const names[] = {
		"libc:__futex_abstimed_wait_common",
		"libc:pthread_cond_wait",
		"std::condition_variable::wait(std::unique_lock<std::mutex>&)",
		"Reply::await()",
		"serve",
		NULL};
	struct fact_frame frames[MAX];
	struct fact_stack s = stack_of(names, frames);

	(void)state;
	assert_string_equal(pile_place(&s), "Reply::await()");
	s.n_frames = 3;
	assert_null(pile_place(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_function_is_named_without_its_uses),
		cmocka_unit_test(damaged_names_are_read_to_their_end),
		cmocka_unit_test(a_lock_of_the_library_that_called_back),
		cmocka_unit_test(a_type_whose_method_called_back),
		cmocka_unit_test(what_is_no_reentry),
		cmocka_unit_test(what_looks_like_reentry),
		cmocka_unit_test(who_else_may_have_it),
		cmocka_unit_test(a_handler_is_told_by_what_it_interrupted),
		cmocka_unit_test(a_place_is_called_by_the_programs_own_function),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
