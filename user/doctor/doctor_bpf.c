// SPDX-License-Identifier: GPL-2.0
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "doctor.h"
#include "../probes/probe.h"
#include "../rights.h"
#include "../ways/hook.h"
#include "../ways/refusal.h"
#include "../ways/text.h"
#include "../ways/uprobe.h"

static struct doctor_check *answer(struct doctor *d, const char *name, bool yes)
{
	struct doctor_check *c = doctor_add(d, name);

	c->answer = yes ? DOCTOR_YES : DOCTOR_NO;
	return c;
}

static void ask_btf(struct doctor *d)
{
	static const char path[] = "/sys/kernel/btf/vmlinux";
	bool yes = access(path, R_OK) == 0;
	struct doctor_check *c = answer(d, "types (BTF)", yes);

	snprintf(c->detail, sizeof(c->detail), "%s%s%s", path, yes ? "" : ": ",
		 yes ? "" : strerror(errno));
}

static void ask_lockdown(struct doctor *d)
{
	char mode[32];
	struct doctor_check *c;

	refusal_lockdown(mode, sizeof(mode));
	c = answer(d, "lockdown", strcmp(mode, "confidentiality") != 0);
	text_copy(c->detail, sizeof(c->detail),
		  mode[0] ? mode : "not shown (securityfs is not mounted, or not built)");
	if (c->answer == DOCTOR_NO)
		text_copy(c->follows, sizeof(c->follows), "BPF cannot read kernel memory");
}

static void ask_capabilities(struct doctor *d)
{
	static const struct {
		int number;
		const char *name;
	} wanted[] = {
		{CAP_BPF, "CAP_BPF"},
		{CAP_PERFMON, "CAP_PERFMON"},
		{CAP_SYS_PTRACE, "CAP_SYS_PTRACE"},
		{CAP_SYSLOG, "CAP_SYSLOG"},
		{CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH"},
	};
	struct doctor_check *c = doctor_add(d, "capabilities");
	size_t n = 0;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (rights_has(wanted[i].number))
			continue;
		n += snprintf(c->detail + n, sizeof(c->detail) - n, "%s%s",
			      n ? " " : "missing: ", wanted[i].name);
	}
	c->answer = n ? DOCTOR_NO : DOCTOR_YES;
	if (n && rights_has(CAP_SYS_ADMIN)) /* stands for CAP_BPF and CAP_PERFMON */
		c->answer = rights_has(CAP_SYS_PTRACE) ? DOCTOR_YES : DOCTOR_NO;
	if (!n)
		text_copy(c->detail, sizeof(c->detail), "all that are needed");
	if (!rights_has(CAP_SYS_PTRACE))
		text_copy(c->follows, sizeof(c->follows),
			  "only your own processes can be looked at");
}

static void ask_map(struct doctor *d, const char *name, enum bpf_map_type type)
{
	int yes = libbpf_probe_bpf_map_type(type, NULL);
	struct doctor_check *c = answer(d, name, yes == 1);

	if (yes != 1)
		text_copy(c->detail, sizeof(c->detail),
			  yes < 0 ? strerror(-yes) : "this kernel refuses to make one");
}

static const char *unseen_of(enum lt_kind kind)
{
	for (const struct probe *const *p = probes; *p; p++) {
		if ((*p)->kind == kind && (*p)->unseen)
			return (*p)->unseen;
	}
	return "such waits";
}

static void ask_hook(struct doctor *d, enum lt_kind kind, const char *kind_name,
		     const struct bpf_object *shared)
{
	struct hook first = {0}, second = {0};
	char name[32], why[WHY_SIZE], why_kprobe[WHY_SIZE];
	struct doctor_check *c;
	bool fentry, kprobe;

	snprintf(name, sizeof(name), "hook %s", kind_name);
	c = doctor_add(d, name);
	if (!shared) {
		text_copy(c->detail, sizeof(c->detail), "needs the census");
		return;
	}
	fentry = hook_open(kind_name, false, true, shared, &first, why) == 0 &&
		 first.by == HOOK_FENTRY;
	kprobe = hook_open(kind_name, true, true, shared, &second, why_kprobe) == 0;
	hook_close(&first);
	hook_close(&second);
	d->hooks |= fentry || kprobe;
	c->answer = fentry || kprobe ? DOCTOR_YES : DOCTOR_NO;
	if (c->answer == DOCTOR_YES) {
		snprintf(c->detail, sizeof(c->detail), "by fentry: %s, by kprobe: %s",
			 fentry ? "yes" : "no", kprobe ? "yes" : "no");
		return;
	}
	text_copy(c->detail, sizeof(c->detail), why);
	snprintf(c->follows, sizeof(c->follows), "not seen exactly: %s", unseen_of(kind));
}

/* Where pthread_mutex_lock() begins in our own C library. */
static int own_lock_function(const char **ret_path, uint64_t *ret_offset)
{
	uint64_t at = (uintptr_t)pthread_mutex_lock, start, end, offset;
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[4200];
	Dl_info info;
	int err = -ENOENT;

	if (!maps)
		return -errno;
	while (err && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64, &start, &end, &offset) ==
			    3 &&
		    at >= start && at < end && dladdr((void *)pthread_mutex_lock, &info) &&
		    info.dli_fname) {
			*ret_path = info.dli_fname;
			*ret_offset = at - start + offset;
			err = 0;
		}
	}
	fclose(maps);
	return err;
}

static int try_uprobe(const struct bpf_object *shared, char why[WHY_SIZE])
{
	struct bpf_object *object;
	const char *path = NULL;
	uint64_t offset = 0;
	int fd;
	int err = loader_load("pthread", HOOK_FENTRY, true, shared, NULL, &object, why);

	if (err < 0)
		return err;
	err = own_lock_function(&path, &offset);
	if (err == 0) {
		fd = uprobe_attach(loader_program(object, "lt_lock_first"),
				   &(struct uprobe_place){getpid(), -1, path, offset}, 0);
		err = fd < 0 ? fd : 0;
		if (fd >= 0)
			close(fd);
	}
	if (err < 0)
		text_copy(why, WHY_SIZE, strerror(-err));
	bpf_object__close(object);
	return err;
}

static void ask_uprobes(struct doctor *d, const struct bpf_object *shared)
{
	char why[WHY_SIZE] = "needs the census";
	int err = shared ? try_uprobe(shared, why) : -ENOTSUP;
	struct doctor_check *c = answer(d, "probes of locks (uprobe)", err == 0);

	if (!shared)
		c->answer = DOCTOR_NOT_ASKED;
	if (err == 0)
		return;
	text_copy(c->detail, sizeof(c->detail), why);
	text_copy(c->follows, sizeof(c->follows), "where a lock was taken is not seen");
}

static int count_record(void *ctx, const void *record)
{
	(void)record;
	++*(int *)ctx;
	return 0;
}

/* Loads the census and reads one task through it. */
static struct bpf_object *ask_census(struct doctor *d)
{
	char why[WHY_SIZE] = "";
	struct bpf_object *object = NULL;
	struct doctor_check *c = doctor_add(d, "census (iter/task)");
	int n = 0;
	int err = refusal_pid_namespace();

	if (err == 0)
		err = loader_load("census", HOOK_FENTRY, true, NULL, NULL, &object, why);
	if (err == 0)
		err = loader_iterate(loader_program(object, "lt_look_task"), 0, 1, count_record,
				     &n);
	c->answer = err == 0 ? DOCTOR_YES : DOCTOR_NO;
	if (err == 0) {
		d->census = true;
		return object;
	}
	refusal_reason(err, why, c->detail, sizeof(c->detail));
	bpf_object__close(object);
	return NULL;
}

void doctor_ask_bpf(struct doctor *d)
{
	struct bpf_object *census;

	ask_btf(d);
	ask_lockdown(d);
	ask_capabilities(d);
	ask_map(d, "BPF maps", BPF_MAP_TYPE_ARRAY);
	ask_map(d, "ring buffer", BPF_MAP_TYPE_RINGBUF);
	ask_map(d, "task storage", BPF_MAP_TYPE_TASK_STORAGE);
	census = ask_census(d);
#define ASK(NAME, file, number) ask_hook(d, LT_KIND_##NAME, #file, census);
	LT_HOOKED_KINDS(ASK)
#undef ASK
	ask_uprobes(d, census);
	bpf_object__close(census);
}
