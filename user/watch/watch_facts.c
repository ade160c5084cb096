// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "../exit_status.h"
#include "../message.h"
#include "../os/host_id.h"
#include "watch_private.h"
#include "watched.h"
#include "../ways/way.h"

/* Every fact is recorded before it is acted upon, so that a record explains a crash. */
static int put_one(struct watch *w, const struct fact *fact)
{
	if (w->record) {
		int err = fact_put(w->record, fact);

		if (err) {
			error_line("cannot write the record %s: %s", w->o->record, strerror(-err));
			w->status = EXIT_OUTPUT;
			return err;
		}
	}
	return engine_put(w->engine, fact);
}

/* What a way of seeing noted while it looked is stated within that look. */
int watch_put(void *ctx, const struct fact *fact)
{
	struct watch *w = ctx;
	int err = put_one(w, fact);

	w->facts_put++;

	return err || fact->type != FACT_TICK ? err : notes_state(w->notes, &w->facts);
}

static int32_t utc_offset_s(void)
{
	time_t now = time(NULL);
	struct tm local;

	return localtime_r(&now, &local) ? (int32_t)local.tm_gmtoff : 0;
}

int watch_state_session(struct watch *w)
{
	struct utsname uts;
	char target[160], machine_id[HOST_ID], boot_id[HOST_ID];

	uname(&uts);
	host_machine_id(MACHINE_ID_FILE, HOST_ID_REPORTS, machine_id);
	host_boot_id(BOOT_ID_FILE, boot_id);
	watched_describe(w->os.proc_fd, w->o, w->target, target, sizeof(target));
	struct fact session = {
		.type = FACT_SESSION,
		.session =
			{
				.version = LOCKTRACE_VERSION,
				.host = uts.nodename,
				.kernel = uts.release,
				.arch = uts.machine,
				.via = w->way.way->name,
				.hooks = w->way.way->hooks(w->way.self),
				.target = target,
				.target_pid = w->o->pid,
				.threshold_ns = w->o->threshold_ns,
				.now_ns = w->began_ns,
				.wall_ns = os_wall_ns(),
				.utc_offset_s = utc_offset_s(),
				.once = w->o->once,
				.include_parked = w->o->include_parked,
				.machine_id = *machine_id ? machine_id : NULL,
				.boot_id = *boot_id ? boot_id : NULL,
			},
	};
	snprintf(w->how, sizeof(w->how), "%s by %s", target, w->way.way->name);

	int err = fact_put(&w->facts, &session);

	if (!err && w->keeping.begin)
		err = w->keeping.begin(w->keeping.ctx, &w->facts);
	return err ? err : notes_state(w->notes, &w->facts);
}

int watch_state_end(struct watch *w, const char *why)
{
	struct fact end = {
		.type = FACT_END,
		.end = {.why = why, .now_ns = os_now_ns(), .wall_ns = os_wall_ns()},
	};

	return fact_put(&w->facts, &end);
}
