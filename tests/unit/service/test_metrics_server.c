// SPDX-License-Identifier: GPL-2.0
/* The endpoint: what it answers, and what becomes of clients that are slow, many or mad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"
#include "service/http_request.h"
#include "service/loopback.h"
#include "service/metrics_answer.h"
#include "service/metrics_server.h"

/* ---- Requests ---- */

static int parse(const char *text, struct http_request *ret)
{
	return http_request_parse(text, strlen(text), ret);
}

static void a_page_is_asked_for(void **state)
{
	struct http_request r;

	(void)state;
	assert_int_equal(parse("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", &r), 200);
	assert_string_equal(r.path, "/metrics");
	assert_false(r.head);
	assert_int_equal(parse("HEAD /metrics?name[]=up HTTP/1.0\n\n", &r), 200);
	assert_string_equal(r.path, "/metrics");
	assert_true(r.head);
	assert_int_equal(parse("GET http://localhost:9464/x/y#z HTTP/1.1\r\n\r\n", &r), 200);
	assert_string_equal(r.path, "/x/y");
}

static void more_may_come(void **state)
{
	const char *text = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
	struct http_request r;

	(void)state;
	for (size_t n = 0; n < strlen(text); n++)
		assert_int_equal(http_request_parse(text, n, &r), 0);
}

static void nonsense_is_refused(void **state)
{
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		{"\r\n\r\n", 400},
		{"GET\r\n\r\n", 400},
		{"GET \r\n\r\n", 400},
		{"GET  HTTP/1.1\r\n\r\n", 400},
		{"GET /metrics\r\n\r\n", 400}, /* HTTP/0.9 */
		{"GET metrics HTTP/1.1\r\n\r\n", 400},
		{"GET http://x HTTP/1.1\r\n\r\n", 400},
		{"GET /a\x01 HTTP/1.1\r\n\r\n", 400},
		{"GET /a\xff HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/1.1x\r\n\r\n", 400},
		{"get / HTTP/1.1\r\n\r\n", 400},
		{"\x16\x03\x01\x02 TLS\r\n\r\n", 400},
		{"POST /metrics HTTP/1.1\r\n\r\n", 405},
		{"PRI * HTTP/2.0\r\n\r\n", 505},
		{"OPTIONS /metrics HTTP/1.1\r\n\r\n", 405},
		{"GET /metrics HTTP/3.0\r\n\r\n", 505},
	};
	struct http_request r;
	char big[HTTP_REQUEST_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = parse(cases[i].text, &r);

		if (status != cases[i].status)
			fail_msg("%s: %d instead of %d", cases[i].text, status, cases[i].status);
	}
	assert_int_equal(http_request_parse("GET /\0 HTTP/1.1\r\n\r\n", 19, &r), 400);
	memset(big, 'x', sizeof(big));
	assert_int_equal(http_request_parse(big, HTTP_REQUEST_MAX, &r), 414);
	big[snprintf(big, sizeof(big), "GET / HTTP/1.1\r\n")] = 'x';
	assert_int_equal(http_request_parse(big, HTTP_REQUEST_MAX, &r), 431);
	memset(big, 'x', 1000);
	big[snprintf(big, sizeof(big), "GET /")] = 'x';
	snprintf(big + 1000, sizeof(big) - 1000, " HTTP/1.1\r\n\r\n");
	assert_int_equal(parse(big, &r), 414);
}

/* ---- A server ---- */

struct place {
	char dir[64], file[96];
	int fd;
	struct sockaddr_storage at;
	socklen_t at_size;
	struct exporter_metrics m;
	struct server *server;
};

static void write_file(const struct place *p, const char *text)
{
	FILE *f = fopen(p->file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	*state = p;
	strcpy(p->dir, "/tmp/test_metrics.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->file, sizeof(p->file), "%s/m.prom", p->dir);
	p->m.files[0].path = p->file;
	p->m.n_files = 1;
	assert_int_equal(loopback_parse("127.0.0.1:0", &p->at, &p->at_size), 0);
	p->fd = loopback_listen(&p->at, p->at_size);
	assert_true(p->fd >= 0);
	assert_int_equal(getsockname(p->fd, (struct sockaddr *)&p->at, &p->at_size), 0);
	assert_int_equal(server_new(p->fd, &p->m, &p->server), 0);
	write_file(p, "locktrace_x 1\n");
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	server_free(p->server);
	close(p->fd);
	unlink(p->file);
	rmdir(p->dir);
	free(p);
	return 0;
}

static int come(const struct place *p)
{
	int fd = socket(p->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&p->at, p->at_size), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Everything until the other end closes, while the server works. Returns the number of bytes. */
static size_t hear(const struct place *p, int fd, char *buf, size_t size)
{
	size_t n = 0;

	for (;;) {
		ssize_t got = recv(fd, buf + n, size - 1 - n, MSG_DONTWAIT);

		if (got < 0 && errno == EAGAIN) {
			assert_int_equal(server_turn(p->server, 10), 0);
			continue;
		}
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	buf[n] = '\0';
	return n;
}

#define ASK "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"

static void ask(const struct place *p, const char *request, char *buf, size_t size)
{
	int fd = come(p);

	say(fd, request);
	hear(p, fd, buf, size);
	close(fd);
}

static void the_file_is_served(void **state)
{
	struct place *p = *state;
	char answer[4096], *body;

	ask(p, ASK, answer, sizeof(answer));
	assert_non_null(strstr(answer, "HTTP/1.1 200 OK\r\n"));
	assert_non_null(strstr(answer, "text/plain; version=0.0.4"));
	body = strstr(answer, "\r\n\r\n") + 4;
	assert_true(strncmp(body, "locktrace_x 1\n", 14) == 0);
	assert_non_null(strstr(body, "locktrace_exporter_up{file=\"/tmp/test_metrics."));
	assert_non_null(strstr(body, "m.prom\"} 1\n"));
	assert_int_equal(strlen(body), atoi(strstr(answer, "Content-Length: ") + 16));
	ask(p, "GET /other HTTP/1.1\r\n\r\n", answer, sizeof(answer));
	assert_non_null(strstr(answer, "HTTP/1.1 404 "));
	ask(p, "POST /metrics HTTP/1.1\r\n\r\n", answer, sizeof(answer));
	assert_non_null(strstr(answer, "HTTP/1.1 405 "));
	assert_non_null(strstr(answer, "Allow: GET, HEAD\r\n"));
	ask(p, "HEAD /metrics HTTP/1.1\r\n\r\n", answer, sizeof(answer));
	assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
}

static void expect_nothing_of_the_file(struct place *p)
{
	char answer[4096];

	ask(p, ASK, answer, sizeof(answer));
	assert_non_null(strstr(answer, "HTTP/1.1 200 OK\r\n"));
	assert_null(strstr(answer, "locktrace_x"));
	assert_non_null(strstr(answer, "m.prom\"} 0\n"));
}

static void what_is_old_or_not_whole_is_not_passed_on(void **state)
{
	struct place *p = *state;
	struct timespec old[2] = {{.tv_sec = (time_t)(os_wall_ns() / 1000000000) - 61}};

	old[1] = old[0];
	assert_int_equal(utimensat(AT_FDCWD, p->file, old, 0), 0);
	expect_nothing_of_the_file(p);
	write_file(p, "locktrace_x 1\nlocktrace_x");
	expect_nothing_of_the_file(p);
	unlink(p->file);
	expect_nothing_of_the_file(p);
	assert_int_equal(mkfifo(p->file, 0600), 0);
	expect_nothing_of_the_file(p);
	unlink(p->file);
	assert_int_equal(symlink("/dev/zero", p->file), 0);
	expect_nothing_of_the_file(p);
	unlink(p->file);
	write_file(p, "");
	assert_int_equal(truncate(p->file, 100L << 20), 0);
	expect_nothing_of_the_file(p);
}

/* Who forwards nothing has no file of that, which is no fault. */
static void a_file_that_need_not_be_there_is_missed_by_nobody(void **state)
{
	struct place *p = *state;
	char other[128], body[4096];

	snprintf(other, sizeof(other), "%s/other.prom", p->dir);
	p->m.files[p->m.n_files++] = (struct exporter_file){.path = other, .optional = true};
	ask(p, ASK, body, sizeof(body));
	assert_null(strstr(body, "other.prom"));
	p->m.files[1].optional = false;
	ask(p, ASK, body, sizeof(body));
	assert_non_null(strstr(body, "/other.prom\"} 0\n"));
}

static void a_request_may_come_in_pieces(void **state)
{
	struct place *p = *state;
	int fd = come(p);
	char answer[4096];

	for (const char *c = ASK; *c; c++) {
		say(fd, (char[]){*c, '\0'});
		assert_int_equal(server_turn(p->server, 1), 0);
	}
	hear(p, fd, answer, sizeof(answer));
	assert_non_null(strstr(answer, "locktrace_x 1\n"));
	close(fd);
}

static void too_long_a_request_is_answered_and_not_read_for_ever(void **state)
{
	struct place *p = *state;
	char answer[4096], part[1024];
	int fd = come(p);

	memset(part, 'x', sizeof(part));
	say(fd, "GET /metrics HTTP/1.1\r\n");
	/* more than fits goes on coming while the answer is written */
	for (int i = 0; i < 64; i++) {
		if (send(fd, part, sizeof(part), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break;
		assert_int_equal(server_turn(p->server, 0), 0);
	}
	shutdown(fd, SHUT_WR);
	hear(p, fd, answer, sizeof(answer));
	assert_non_null(strstr(answer, "HTTP/1.1 431 "));
	assert_int_equal(p->m.refused, 1);
	close(fd);
}

/* As many as like it, and they say nothing, or half a request. */
static void who_waits_does_not_keep_others_out(void **state)
{
	struct place *p = *state;
	int silent[3 * SERVER_CLIENTS];
	char answer[4096];

	for (size_t i = 0; i < 3 * SERVER_CLIENTS; i++) {
		silent[i] = come(p);
		say(silent[i], i % 2 ? "GET /metr" : "G");
		assert_int_equal(server_turn(p->server, 0), 0);
	}
	ask(p, ASK, answer, sizeof(answer));
	assert_non_null(strstr(answer, "locktrace_x 1\n"));
	assert_true(p->m.dropped >= 2 * SERVER_CLIENTS);
	for (size_t i = 0; i < 3 * SERVER_CLIENTS; i++)
		close(silent[i]);
}

static void who_is_slow_is_dropped(void **state)
{
	struct place *p = *state;
	uint64_t began_ns = os_now_ns();
	int fd = come(p);
	struct pollfd gone = {.fd = fd, .events = POLLIN};

	say(fd, "GET /metr");
	while (poll(&gone, 1, 0) == 0 && os_now_ns() - began_ns < 4 * SERVER_TIME_NS)
		assert_int_equal(server_turn(p->server, 1000), 0);
	assert_true(gone.revents != 0);
	assert_true(os_now_ns() - began_ns >= SERVER_TIME_NS - 1000000);
	assert_int_equal(p->m.dropped, 1);
	close(fd);
}

/* The file is larger than what the kernel takes at once, and the client reads nothing for a while.
 */
static void who_reads_slowly_gets_all_of_it(void **state)
{
	struct place *p = *state;
	char *text = malloc(METRICS_FILE_MAX), *answer = malloc(2 * METRICS_FILE_MAX);
	int fd = come(p), small = 65536;
	size_t n;

	memset(text, '#', METRICS_FILE_MAX);
	memcpy(text + METRICS_FILE_MAX - 11, "\nlast_x 1\n", 11);
	write_file(p, text);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	say(fd, ASK);
	for (int i = 0; i < 20; i++)
		assert_int_equal(server_turn(p->server, 5), 0);
	n = hear(p, fd, answer, 2 * METRICS_FILE_MAX);
	assert_true(n > METRICS_FILE_MAX);
	assert_non_null(strstr(answer, "\nlast_x 1\n"));
	close(fd);
	free(text);
	free(answer);
}

static void who_goes_away_is_forgotten(void **state)
{
	struct place *p = *state;
	struct linger hard = {.l_onoff = 1};
	char answer[4096];

	for (int i = 0; i < 100; i++) {
		int fd = come(p);

		if (i % 3)
			say(fd, i % 3 == 1 ? ASK : "GET /");
		if (i % 2) /* by a reset */
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		if (i % 5 == 0)
			assert_int_equal(server_turn(p->server, 10), 0);
		close(fd);
		assert_int_equal(server_turn(p->server, 10), 0);
	}
	ask(p, ASK, answer, sizeof(answer));
	assert_non_null(strstr(answer, "locktrace_x 1\n"));
}

/* ---- Where it listens ---- */

static void only_this_machine_is_listened_to(void **state)
{
	static const char *const bad[] = {"",
					  "127.0.0.1",
					  "127.0.0.1:",
					  ":9464",
					  "127.0.0.1:x",
					  "127.0.0.1:65536",
					  "[::1]",
					  "::1:80x",
					  "example.org:80",
					  "127.0.0.1:-1",
					  "[127.0.0.1]:80"};
	static const char *const foreign[] = {"0.0.0.0:9464", "192.168.1.2:9464", "[::]:9464",
					      "[2001:db8::1]:9464", "128.0.0.1:80"};
	struct sockaddr_storage at;
	socklen_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(loopback_parse(bad[i], &at, &size), -EINVAL);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		assert_int_equal(loopback_parse(foreign[i], &at, &size), -EPERM);
	assert_int_equal(loopback_parse("localhost:9464", &at, &size), 0);
	assert_int_equal(loopback_parse("127.3.4.5:1", &at, &size), 0);
	assert_int_equal(loopback_parse("[::1]:9464", &at, &size), 0);
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_asked_for),
		cmocka_unit_test(more_may_come),
		cmocka_unit_test(nonsense_is_refused),
		SERVED(the_file_is_served),
		SERVED(what_is_old_or_not_whole_is_not_passed_on),
		SERVED(a_file_that_need_not_be_there_is_missed_by_nobody),
		SERVED(a_request_may_come_in_pieces),
		SERVED(too_long_a_request_is_answered_and_not_read_for_ever),
		SERVED(who_waits_does_not_keep_others_out),
		SERVED(who_is_slow_is_dropped),
		SERVED(who_reads_slowly_gets_all_of_it),
		SERVED(who_goes_away_is_forgotten),
		cmocka_unit_test(only_this_machine_is_listened_to),
	};

	return cmocka_run_group_tests_name("metrics_server", tests, NULL, NULL);
}
