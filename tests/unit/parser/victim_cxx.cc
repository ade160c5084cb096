// SPDX-License-Identifier: GPL-2.0
/*
 * As victim_stacks.c, for exceptions of C++: "victim_cxx CASE" blocks while one
 * is on its way, and prints "TID N pc pc ..." above the blocking function.
 */
#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <thread>

#include <execinfo.h>
#include <unistd.h>

namespace
{

volatile int sink;

[[gnu::noinline]] void block()
{
	static void *pcs[64];
	int n = backtrace(pcs, 64);

	std::printf("%d %d", (int)gettid(), n - 1);
	for (int i = 1; i < n; i++)
		std::printf(" %lx", (unsigned long)pcs[i]);
	std::printf("\n");
	std::fflush(stdout);
	/* For ever, but the compiler shall not know: it would leave handlers out. */
	while (sink >= 0)
		pause();
}

struct blocks {
	~blocks()
	{
		block();
		sink = sink + 1;
	}
};

[[gnu::noinline]] void throws(int depth)
{
	if (depth)
		throws(depth - 1);
	else
		throw std::runtime_error("as it should");
	sink = sink + 1;
}

void in_destructor()
{
	try {
		blocks b;
		throws(3);
	} catch (const std::exception &) {
		sink = sink + 1;
	}
}

void in_catch()
{
	try {
		throws(3);
	} catch (const std::exception &e) {
		block();
		sink = sink + (int)std::strlen(e.what());
	}
}

void in_terminate()
{
	std::set_terminate([] { block(); });
	throws(3);
}

const struct {
	const char *name;
	void (*fn)();
} cases[] = {
	{"in-destructor", in_destructor}, {"in-catch", in_catch}, {"in-terminate", in_terminate}};

} // namespace

int main(int argc, char **argv)
{
	for (const auto &c : cases) {
		if (argc != 2 || std::strcmp(argv[1], c.name) != 0)
			continue;
		std::thread t([fn = c.fn] { fn(); });
		char byte;

		while (read(STDIN_FILENO, &byte, 1) > 0)
			;
		_exit(0);
	}
	return 2;
}
