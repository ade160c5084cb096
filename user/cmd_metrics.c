// SPDX-License-Identifier: GPL-2.0
/*
 * locktrace metrics: what a watch keeps in its --metrics-file, over HTTP on
 * loopback. A process of its own, as it talks to strangers: it has no rights,
 * and gives up those it was started with.
 */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "commands.h"
#include "exit_status.h"
#include "forward/shown.h"
#include "message.h"
#include "service/loopback.h"
#include "service/metrics_out.h"
#include "service/metrics_server.h"

#define NOBODY 65534

struct asked {
	const char *listen; /* NULL: what was inherited */
	struct exporter_metrics m;
};

static void help(void)
{
	puts("Usage: locktrace metrics [--listen ADDRESS:PORT] [--metrics-file FILE]...\n\n"
	     "Serves the numbers of a watch at http://ADDRESS:PORT/metrics, for Prometheus.\n\n"
	     "      --listen ADDRESS:PORT  on loopback: 127.0.0.1:9464, [::1]:9464; port 0: any\n"
	     "                             (default: the socket of a service manager)\n"
	     "      --metrics-file FILE    what to serve, may be repeated\n"
	     "                             (default " METRICS_FILE_DEFAULT ",\n"
	     "                             and, if it is there, " FORWARD_METRICS_DEFAULT ")");
}

/* Returns a descriptor, or -1 after a message, with *ret_status. */
static int open_listener(const char *text, int *ret_status)
{
	struct sockaddr_storage to;
	socklen_t size;
	int fd;

	*ret_status = EXIT_USAGE;
	if (!text) {
		fd = loopback_inherited();
		if (fd < 0)
			error_line("metrics: where? --listen 127.0.0.1:9464");
		return fd < 0 ? -1 : fd;
	}
	fd = loopback_parse(text, &to, &size);
	if (fd) {
		error_line(fd == -EPERM
				   ? "--listen %s: must be on loopback: there is no encryption and "
				     "no password here; a proxy or a unit's socket can have both"
				   : "--listen %s: must be ADDRESS:PORT, such as 127.0.0.1:9464 or "
				     "[::1]:9464",
			   text);
		return -1;
	}
	fd = loopback_listen(&to, size);
	if (fd < 0) {
		*ret_status = fd == -EACCES ? EXIT_PERMISSION : EXIT_UNAVAILABLE;
		error_line("cannot listen at %s: %s", text, strerror(-fd));
	}
	return fd < 0 ? -1 : fd;
}

/* Before anybody is listened to. What a service manager has taken already is not there to give. */
static int give_up_rights(void)
{
	if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
			       setresuid(NOBODY, NOBODY, NOBODY) != 0))
		return -errno;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : -errno;
}

static int serve(int fd, struct exporter_metrics *m)
{
	char name[LOOPBACK_NAME];
	struct server *server;
	int err = give_up_rights();

	if (err) {
		error_line("cannot give up its rights: %s", strerror(-err));
		return EXIT_PERMISSION;
	}
	err = server_new(fd, m, &server);
	printf("listening on http://%s/metrics\n", loopback_name(fd, name));
	fflush(stdout);
	while (!err)
		err = server_turn(server, -1);
	error_line("cannot go on: %s", strerror(-err));
	server_free(server);
	return EXIT_INTERNAL;
}

/* Returns 0, 1 if that was all, or -EINVAL after a message. */
static int parse(int argc, char **argv, struct asked *a)
{
	static const struct option options[] = {
		{"listen", required_argument, NULL, 'l'},
		{"metrics-file", required_argument, NULL, 'm'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int opt;

	optind = 0;
	while ((opt = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (opt == 'h') {
			help();
			return 1;
		}
		if (opt == 'l') {
			a->listen = optarg;
		} else if (opt == 'm' && a->m.n_files < EXPORTER_FILES_MAX) {
			a->m.files[a->m.n_files++].path = optarg;
		} else if (opt == 'm') {
			error_line("metrics: too many files: see locktrace metrics --help");
			return -EINVAL;
		} else {
			error_option("metrics", opt);
			return -EINVAL;
		}
	}
	if (optind < argc) {
		error_line("%s: what is this? see locktrace metrics --help", argv[optind]);
		return -EINVAL;
	}
	if (a->m.n_files)
		return 0;
	a->m.files[a->m.n_files++] = (struct exporter_file){.path = METRICS_FILE_DEFAULT};
	a->m.files[a->m.n_files++] = (struct exporter_file){.path = FORWARD_METRICS_DEFAULT,
							    .optional = true};
	return 0;
}

int cmd_metrics(int argc, char **argv)
{
	struct asked a = {.listen = NULL};
	int status = parse(argc, argv, &a), fd;

	if (status)
		return status < 0 ? EXIT_USAGE : 0;
	fd = open_listener(a.listen, &status);
	if (fd < 0)
		return status;
	status = serve(fd, &a.m);
	close(fd);
	return status;
}
