// SPDX-License-Identifier: GPL-2.0
#include "metrics_answer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http_request.h"

#define TYPE_METRICS "text/plain; version=0.0.4; charset=utf-8"
#define TYPE_TEXT    "text/plain; charset=utf-8"

static int read_fd(int fd, char **ret, size_t *ret_n)
{
	char *text = malloc(METRICS_FILE_MAX);
	size_t n = 0;
	ssize_t got = text ? 1 : -1;

	while (got > 0 && n < METRICS_FILE_MAX) {
		got = read(fd, text + n, METRICS_FILE_MAX - n);
		n += got > 0 ? (size_t)got : 0;
	}
	if (got < 0 || n == METRICS_FILE_MAX) {
		free(text);
		return !text ? -ENOMEM : got < 0 ? -errno : -EFBIG;
	}
	*ret = text;
	*ret_n = n;
	return 0;
}

int metrics_file_read(const char *path, uint64_t wall_ns, char **ret, size_t *ret_n,
		      uint64_t *ret_age_ns)
{
	/* should it be a pipe: not to wait for whoever writes into it */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), err = 0;
	struct stat st;
	uint64_t at;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) != 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	if (!err)
		err = read_fd(fd, ret, ret_n);
	close(fd);
	if (err)
		return err;
	at = (uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec;
	*ret_age_ns = wall_ns > at ? wall_ns - at : 0;
	return 0;
}

/* What is old is not passed on: it would say that a stall is open which may be long over. */
static void put_file(struct exporter_file *f, uint64_t wall_ns, FILE *out)
{
	char *text = NULL;
	size_t n = 0;

	f->there = metrics_file_read(f->path, wall_ns, &text, &n, &f->age_ns) == 0;
	f->fresh = f->there && f->age_ns < METRICS_FRESH_NS && n && text[n - 1] == '\n';
	if (f->fresh)
		fwrite(text, 1, n, out);
	if (f->there)
		free(text);
}

static void put_metrics(struct exporter_metrics *m, uint64_t wall_ns, FILE *out)
{
	for (size_t i = 0; i < m->n_files; i++)
		put_file(&m->files[i], wall_ns, out);
	metric_rows_write(exporter_rows, n_exporter_rows, m, out);
}

/* The body, and its type; may change the status. */
static const char *put_body(struct exporter_metrics *m, int *status, const char *path,
			    uint64_t wall_ns, FILE *out)
{
	if (*status == 200 && strcmp(path, "/metrics") == 0) {
		put_metrics(m, wall_ns, out);
		return TYPE_METRICS;
	}
	if (*status == 200 && strcmp(path, "/") != 0)
		*status = 404;
	if (*status == 200)
		fputs("locktrace: its numbers are at /metrics\n", out);
	else
		fprintf(out, "%d %s\n", *status, http_reason(*status));
	return TYPE_TEXT;
}

static int compose(int status, const char *type, bool head, const char *body, size_t n, char **ret,
		   size_t *ret_n)
{
	FILE *out = open_memstream(ret, ret_n);

	if (!out)
		return -ENOMEM;
	fprintf(out,
		"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
		"Connection: close\r\nCache-Control: no-store\r\n"
		"X-Content-Type-Options: nosniff\r\n%s\r\n",
		status, http_reason(status), type, n, status == 405 ? "Allow: GET, HEAD\r\n" : "");
	if (!head)
		fwrite(body, 1, n, out);
	return fclose(out) == 0 ? 1 : -ENOMEM;
}

int metrics_answer(struct exporter_metrics *m, const char *request, size_t n, uint64_t wall_ns,
		   char **ret, size_t *ret_n)
{
	struct http_request r = {.head = false};
	int status = http_request_parse(request, n, &r);
	char *body = NULL;
	size_t size = 0;
	const char *type;
	FILE *out;
	int err;

	if (status == 0)
		return 0;
	m->answered += status == 200;
	m->refused += status != 200;
	out = open_memstream(&body, &size);
	if (!out)
		return -ENOMEM;
	type = put_body(m, &status, r.path, wall_ns, out);
	err = fclose(out) == 0 ? 0 : -ENOMEM;
	if (!err)
		err = compose(status, type, r.head, body, size, ret, ret_n);
	free(body);
	return err;
}
