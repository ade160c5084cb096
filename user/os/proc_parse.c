// SPDX-License-Identifier: GPL-2.0
/* Parsers of the texts of /proc; proc.c reads them. */
#include "proc.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* comm stands in parentheses and may hold anything, also ") R 1": the last ')' ends it. */
int proc_parse_stat(const char *text, struct proc_stat *ret)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	struct proc_stat st = {.cpu = -1};
	long long fields[40];
	int n = 0;

	if (!open || !close || close < open || sscanf(text, "%d", &st.pid) != 1)
		return -EBADMSG;
	size_t len = (size_t)(close - open - 1);

	if (len >= sizeof(st.comm))
		len = sizeof(st.comm) - 1;
	memcpy(st.comm, open + 1, len);
	if (close[1] != ' ' || !close[2])
		return -EBADMSG;
	st.state = close[2];
	/* from field 4 on they are all numbers */
	for (const char *p = close + 3; n < 40; n++) {
		char *end;

		fields[n] = strtoll(p, &end, 10);
		if (end == p)
			break;
		p = end;
	}
	if (n < 19)
		return -EBADMSG;
	st.ppid = (pid_t)fields[0];
	st.flags = (uint32_t)fields[5];
	st.n_threads = (uint32_t)fields[16];
	st.start = (uint64_t)fields[18];
	if (n > 34)
		st.exit_signal = (int)fields[34];
	if (n > 35)
		st.cpu = (int)fields[35];
	*ret = st;
	return 0;
}

/* The value of a line "Name:\tvalue" in a status file, or NULL. */
static const char *status_line(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (strncmp(line, name, len) == 0 && line[len] == ':')
			return line + len + 1;
	}
	return NULL;
}

int proc_parse_status(const char *text, struct proc_status *ret)
{
	struct proc_status st = {.ns_depth = 1};
	const char *v = status_line(text, "Tgid");

	if (!v || sscanf(v, "%d", &st.tgid) != 1)
		return -EBADMSG;
	v = status_line(text, "TracerPid");
	if (v)
		st.tracer = (pid_t)strtol(v, NULL, 10);
	v = status_line(text, "voluntary_ctxt_switches");
	if (v)
		st.nvcsw = strtoull(v, NULL, 10);
	v = status_line(text, "nonvoluntary_ctxt_switches");
	if (v)
		st.nivcsw = strtoull(v, NULL, 10);
	v = status_line(text, "SigCgt");
	if (v)
		st.caught = strtoull(v, NULL, 16);
	/* NSpid has one number for each namespace, ours first */
	v = status_line(text, "NSpid");
	for (int depth = 0; v && *v != '\n' && *v; depth++) {
		char *end;
		long id = strtol(v, &end, 10);

		if (end == v)
			break;
		st.ns_tid = (pid_t)id;
		st.ns_depth = depth + 1;
		v = end;
	}
	*ret = st;
	return 0;
}

int proc_parse_syscall(const char *text, struct proc_syscall *ret)
{
	struct proc_syscall c = {.nr = -1};

	if (strncmp(text, "running", 7) == 0) {
		c.running = true;
		*ret = c;
		return 0;
	}
	if (strncmp(text, "-1 ", 3) == 0) {
		if (sscanf(text, "-1 %" SCNx64 " %" SCNx64, &c.sp, &c.pc) != 2)
			return -EBADMSG;
		*ret = c;
		return 0;
	}
	if (sscanf(text,
		   "%" SCNd32 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
		   " %" SCNx64 " %" SCNx64 " %" SCNx64,
		   &c.nr, &c.args[0], &c.args[1], &c.args[2], &c.args[3], &c.args[4], &c.args[5],
		   &c.sp, &c.pc) != 9)
		return -EBADMSG;
	*ret = c;
	return 0;
}

/*
 * One line of it, without its end: "[<0>] fuse_read+0x1c0/0x5d0 [fuse]", in old
 * kernels with an address in the first brackets.
 */
static void add_stack_line(const char *line, size_t size, struct seen *ret)
{
	const char *end = line + size, *name = memchr(line, ']', size), *module;
	size_t n;

	if (!name)
		return;
	for (name++; name < end && *name == ' ';)
		name++;
	for (n = 0; name + n < end && !strchr("+ /", name[n]);)
		n++;
	/* old kernels end with a bare 0xffffffffffffffff */
	if (!n || strncmp(name, "0x", 2) == 0)
		return;
	module = memchr(name + n, '[', (size_t)(end - name - n));
	if (module && end[-1] == ']')
		seen_add_kframe(ret, name, n, module + 1, (size_t)(end - module - 2));
	else
		seen_add_kframe(ret, name, n, "", 0);
}

void proc_parse_stack(const char *text, struct seen *ret)
{
	ret->n_kframes = 0;
	memset(ret->kmodules, 0, sizeof(ret->kmodules));
	while (*text) {
		size_t size = strcspn(text, "\n");

		add_stack_line(text, size, ret);
		text += size + (text[size] == '\n');
	}
}

/*
 * What follows the colon of a line of /proc/.../sched, or NULL. The first line
 * begins with the thread's name as it is, and that may hold a line of its own:
 * "x\nse.exec_start:1". So nothing counts before the rule of dashes, which is
 * longer than a name can be.
 */
static const char *sched_value(const char *text, const char *field)
{
	const char *line = strstr(text, "\n--------------------");
	size_t len = strlen(field);

	while (line && (line = strchr(line + 1, '\n'))) {
		if (strncmp(line + 1, field, len) != 0)
			continue;
		const char *value = line + 1 + len;

		value += strspn(value, " ");
		if (*value == ':')
			return value + 1;
	}
	return NULL;
}

int proc_parse_sched_ns(const char *text, const char *field, uint64_t *ret)
{
	const char *value = sched_value(text, field);
	uint64_t ms, ns;

	if (!value)
		return -ENOENT;
	value += strspn(value, " ");
	if (!isdigit((unsigned char)*value) ||
	    sscanf(value, "%" SCNu64 ".%6" SCNu64, &ms, &ns) != 2 ||
	    __builtin_mul_overflow(ms, 1000000, &ms))
		return -EBADMSG;
	*ret = ms + ns;
	return 0;
}

int proc_parse_sched_count(const char *text, const char *field, uint64_t *ret)
{
	const char *value = sched_value(text, field);

	if (!value)
		return -ENOENT;
	value += strspn(value, " ");
	if (!isdigit((unsigned char)*value))
		return -EBADMSG;
	*ret = strtoull(value, NULL, 10);
	return 0;
}

int proc_parse_schedstat(const char *text, struct proc_schedstat *ret)
{
	struct proc_schedstat st;

	if (sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &st.ran_ns, &st.waited_ns,
		   &st.turns) != 3)
		return -EBADMSG;
	*ret = st;
	return 0;
}
