// SPDX-License-Identifier: GPL-2.0
/*
 * Open stalls as they lie beside the reports: what one session leaves another
 * one takes, and whatever a text was made of, it is taken whole or refused.
 */
#include "../core/story.h"

#include <errno.h>
#include <glob.h>
#include <zlib.h>

#include "service/open_stalls.h"
#include "service/spool_out.h"

#define STUCK                                                                                      \
	"process 1 p\nlock M\nthread 1/10 h sleeping\nM is held by 1/10\n"                         \
	"thread 1/11 w lock-wait moved 7\nwaits 1/11 for M since 100\n"
#define SCOPE "all of them"

/* A session with a spool, looking at a story. */
struct session {
	struct story *s;
	struct spool_out *out;
	size_t told; /* reports that went through it */
	enum report_event last;
	struct report_life life;
};

static int on_told(void *ctx, const struct report *r)
{
	struct session *n = ctx;

	n->told++;
	n->last = r->event;
	n->life = r->life;
	return 0;
}

static int to_engine(void *ctx, const struct fact *f)
{
	return engine_put(ctx, f);
}

static struct session *session_new(const char *dir, uint64_t now_ms)
{
	struct session *n = calloc(1, sizeof(*n));
	const struct spool_config c = {.dir = dir, .in_place = true, .form = SPOOL_PLAIN};
	struct engine_out out = {.report = on_told, .ctx = n};
	struct fact f = {.type = FACT_SESSION,
			 .session = {.version = "1",
				     .host = "device",
				     .kernel = "6.1.0",
				     .arch = "x86_64",
				     .via = "census",
				     .hooks = "",
				     .target = "the whole system",
				     .threshold_ns = 1000 * MS,
				     .now_ns = now_ms * MS,
				     .wall_ns = 1795271952000000000 + now_ms * MS}};

	assert_int_equal(spool_out_new(&c, SCOPE, &out, &n->out, &out), 0);
	n->s = calloc(1, sizeof(*n->s));
	assert_int_equal(engine_new(&out, &n->s->engine), 0);
	put(n->s, &f);
	assert_int_equal(spool_out_begin(n->out, &(struct fact_sink){to_engine, n->s->engine}), 0);
	return n;
}

static void look(struct session *n, uint64_t now_ms, const char *text)
{
	const struct fact_tick now = {.now_ns = now_ms * MS,
				      .wall_ns = 1795271952000000000 + now_ms * MS};

	story_look(n->s, now_ms, text);
	spool_out_looked(n->out, n->s->engine, &now, false);
}

static void session_end(struct session *n, uint64_t now_ms)
{
	const struct fact_tick now = {.now_ns = now_ms * MS, .wall_ns = now_ms * MS};

	spool_out_looked(n->out, n->s->engine, &now, true);
	assert_true(spool_out_close(n->out));
	assert_int_equal(n->s->err, 0);
	story_free(n->s);
	free(n);
}

static int setup(void **state)
{
	char *dir = strdup("/tmp/test_open_stalls.XXXXXX");

	*state = dir;
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char pattern[64];
	glob_t g;

	snprintf(pattern, sizeof(pattern), "%s/*", (char *)*state);
	if (glob(pattern, GLOB_PERIOD, NULL, &g) == 0) {
		for (size_t i = 0; i < g.gl_pathc; i++)
			unlink(g.gl_pathv[i]);
		globfree(&g);
	}
	rmdir(*state);
	free(*state);
	return 0;
}

static size_t count(const char *dir, const char *what)
{
	char pattern[96];
	size_t n = 0;
	glob_t g;

	snprintf(pattern, sizeof(pattern), "%s/%s", dir, what);
	if (glob(pattern, 0, NULL, &g) == 0) {
		n = g.gl_pathc;
		globfree(&g);
	}
	return n;
}

/* One that is stuck, left in the directory; what lies there is the text. */
static char *leave_one(const char *dir, struct open_whose *whose, size_t *ret_size)
{
	struct session *n = session_new(dir, 1000);
	char pattern[96], *text = malloc(65536);
	glob_t g;
	FILE *f;

	look(n, 1200, STUCK);
	look(n, 1300, STUCK);
	assert_int_equal(n->told, 1);
	assert_int_equal(n->last, EVENT_OPENED);
	session_end(n, 1400);
	snprintf(pattern, sizeof(pattern), "%s/.open-????????.json", dir);
	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	f = fopen(g.gl_pathv[0], "r");
	*ret_size = fread(text, 1, 65535, f);
	text[*ret_size] = '\0';
	fclose(f);
	globfree(&g);
	*whose = (struct open_whose){.scope = SCOPE};
	assert_true(host_boot_id(BOOT_ID_FILE, whose->boot));
	return text;
}

static void the_next_session_takes_them(void **state)
{
	struct open_whose whose;
	size_t size;
	struct session *n;

	free(leave_one(*state, &whose, &size));
	n = session_new(*state, 5000);
	assert_int_equal(engine_still_open(n->s->engine), 1);
	look(n, 5100, STUCK);
	look(n, 5200, STUCK);
	assert_int_equal(n->told, 0);
	session_end(n, 5300);
	n = session_new(*state, 9000);
	look(n, 9100, "process 1 p\n");
	look(n, 9200, "process 1 p\n");
	assert_int_equal(n->told, 1);
	assert_int_equal(n->last, EVENT_RESOLVED);
	assert_int_equal(n->life.ending, ENDING_UNWATCHED);
	session_end(n, 9300);
	n = session_new(*state, 10000);
	assert_int_equal(engine_still_open(n->s->engine), 0);
	session_end(n, 10100);
	assert_int_equal(count(*state, "*.json"), 1);
}

/* It was killed after the state was written, and before the report was. */
static void a_report_that_the_spool_lacks_is_put_there(void **state)
{
	struct open_whose whose;
	size_t size;
	struct session *n;
	char pattern[96];
	glob_t g;

	free(leave_one(*state, &whose, &size));
	snprintf(pattern, sizeof(pattern), "%s/*.json", (char *)*state);
	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	unlink(g.gl_pathv[0]);
	globfree(&g);
	n = session_new(*state, 5000);
	assert_int_equal(count(*state, "*.json"), 1);
	assert_int_equal(n->told, 0); /* it was told */
	session_end(n, 5100);
}

static int read_text(const char *text, size_t size, const struct open_whose *whose)
{
	struct open_kept kept;
	char why[JSON_READ_WHY];
	int err = open_stalls_read(text, size, whose, &kept, why);

	if (!err)
		open_kept_free(&kept);
	else if (err == -EBADMSG)
		assert_string_not_equal(why, "");
	return err;
}

static void a_text_is_whole_or_refused(void **state)
{
	struct open_whose whose, other;
	size_t size;
	char *text = leave_one(*state, &whose, &size);

	assert_int_equal(read_text(text, size, &whose), 0);
	other = whose;
	other.scope = "others";
	assert_int_equal(read_text(text, size, &other), -ENOENT);
	for (size_t i = 0; i < size; i++) {
		assert_int_equal(read_text(text, i, &whose), -EBADMSG);
		text[i] ^= 1;
		int err = read_text(text, size, &whose);

		/* but for the count of lines, which nobody needs */
		assert_true(err == -EBADMSG || i > size - 64);
		text[i] ^= 1;
	}
	free(text);
}

/* ... and with a checksum that is right, by whoever may write there, it is no trap. */
static void a_text_that_was_forged_is_checked(void **state)
{
	struct open_whose whose;
	size_t size, refused = 0;
	char *text = leave_one(*state, &whose, &size), *forged = malloc(size + 64);
	size_t body = (size_t)(strstr(text, "{\"end\":") - text);

	for (size_t i = 0; i < body; i++) {
		static const char instead[] = "\"}]0\n-";
		int n, err;

		memcpy(forged, text, body);
		forged[i] = instead[i % (sizeof(instead) - 1)];
		n = sprintf(forged + body, "{\"end\":true,\"crc32\":%lu}\n",
			    crc32_z(0, (unsigned char *)forged, body));
		err = read_text(forged, body + (size_t)n, &whose);
		assert_true(err == 0 || err == -EBADMSG || err == -ENOENT);
		refused += err != 0;
	}
	assert_true(refused > body / 6); /* most break the JSON */
	free(forged);
	free(text);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_next_session_takes_them),
		TEST(a_report_that_the_spool_lacks_is_put_there),
		TEST(a_text_is_whole_or_refused),
		TEST(a_text_that_was_forged_is_checked),
	};

	return cmocka_run_group_tests_name("open_stalls", tests, NULL, NULL);
}
