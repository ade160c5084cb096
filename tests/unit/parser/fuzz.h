/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_PARSER_FUZZ_H
#define TESTS_PARSER_FUZZ_H

/*
 * Questions to the parser about what was damaged on purpose: each ends in time,
 * and each failure is counted. Included after cmocka.h.
 *
 *	FUZZ_SECONDS	how long (default: a few)
 *	FUZZ_SEED	the round to begin with, which is printed when one goes wrong
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "os/clock.h"
#include "os/lost.h"
#include "os/os.h"
#include "os/parser.h"

#define FUZZ_SECONDS	5
#define FUZZ_IN_TIME_NS 4000000000ull /* with two parsers started under load */

struct fuzz {
	struct os os;
	uint64_t asked, answered, refused, died;
	uint64_t longest_ns;
};

static inline uint32_t fuzz_next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static inline int fuzz_count_deaths(void *ctx, const struct fact *fact)
{
	if (!strncmp(fact->lost.reason, "parser", 6))
		*(uint64_t *)ctx += fact->lost.count;
	return 0;
}

static inline uint64_t fuzz_deaths(const struct fuzz *z)
{
	uint64_t n = 0;
	const struct fact_sink sink = {fuzz_count_deaths, &n};

	assert_int_equal(lost_state(z->os.lost, &sink), 0);
	return n;
}

/* Each question ends, one way or the other; a failure of the parser is counted. */
static inline void fuzz_account(struct fuzz *z, uint64_t before_ns, uint64_t deaths_before,
				int result)
{
	uint64_t took = os_now_ns() - before_ns;

	assert_true(took < FUZZ_IN_TIME_NS);
	if (took > z->longest_ns)
		z->longest_ns = took;
	z->asked++;
	z->answered += result >= 0;
	z->refused += result < 0;
	if (parser_failed(&z->os) && !strstr(parser_failed(&z->os), "before"))
		assert_true(fuzz_deaths(z) > deaths_before);
	z->died += fuzz_deaths(z) - deaths_before;
}

/* What was left alone is as new to a new one. */
static inline void fuzz_renew(struct fuzz *z)
{
	parser_free(z->os.parser);
	assert_int_equal(parser_new(&z->os.parser), 0);
}

static inline unsigned long fuzz_number(const char *name, unsigned long otherwise)
{
	const char *s = getenv(name);

	return s ? strtoul(s, NULL, 10) : otherwise;
}

#endif
