// SPDX-License-Identifier: GPL-2.0
#include "watch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "collect.h"
#include "exit_status.h"
#include "message.h"
#include "notes.h"
#include "notify.h"
#include "open_way.h"
#include "os/debug_dirs.h"
#include "os/host_id.h"
#include "os/os.h"
#include "os/parser.h"
#include "os/proc.h"
#include "precheck.h"
#include "rights.h"
#include "target.h"
#include "watched.h"
#include "ways/way.h"

#define MS 1000000ULL

/*
 * A stall is told at the latest threshold + 250 ms after it began: so often
 * must a cheap look be taken. A look at all of /proc is not cheap (31 us a
 * thread): there it is threshold + 2 s.
 */
#define TICK_MIN_NS	(50 * MS)
#define TICK_MAX_NS	(150 * MS)
#define TICK_SYSTEM_NS	(800 * MS)
#define ONCE_BETWEEN_NS (100 * MS)
#define ONCE_LOOKS	5

/* How long names may put off a report that can be completed later, and one that cannot. */
#define NAMES_NS      (800 * MS)
#define NAMES_ONCE_NS (5000 * MS)

struct watch {
	const struct options *o;
	const struct fact_sink *record; /* NULL: none */
	struct os os;
	struct target *target;
	struct open_way way;
	struct notes *notes;
	struct fact_sink noting; /* into notes; ways keep a pointer to it */
	struct collector *collector;
	struct engine *engine;
	struct fact_sink facts; /* to the record, then to the engine */
	struct watch_reload reload;
	struct watch_looked looked;
	struct watch_keeping keeping;
	struct notify notify;
	char how[192];	 /* "the whole system by hooks" */
	sigset_t ending; /* signals that end the session; blocked, waited for between looks */
	uint64_t began_ns;
	int status; /* exit status of a failure that was already explained */
};

static void block_ending_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGHUP);
	sigprocmask(SIG_BLOCK, ret, NULL);
}

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
static int put_both(void *ctx, const struct fact *fact)
{
	struct watch *w = ctx;
	int err = put_one(w, fact);

	return err || fact->type != FACT_TICK ? err : notes_state(w->notes, &w->facts);
}

static int32_t utc_offset_s(void)
{
	time_t now = time(NULL);
	struct tm local;

	return localtime_r(&now, &local) ? (int32_t)local.tm_gmtoff : 0;
}

static int state_session(struct watch *w)
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

static int keep(struct watch *w, bool last)
{
	const struct fact_tick now = {.now_ns = os_now_ns(), .wall_ns = os_wall_ns()};

	return w->keeping.looked ? w->keeping.looked(w->keeping.ctx, w->engine, &now, last) : 0;
}

/* One look: facts, the engine's judgement, and the stacks that its reports need. */
static int look(struct watch *w)
{
	const struct thread_ref *refs;
	size_t n;
	int err = engine_kept(w->engine, &refs, &n);

	if (err)
		return err;
	collector_also(w->collector, refs, n);
	err = collector_look(w->collector, os_now_ns(), os_wall_ns(), &w->facts);
	if (err)
		return err;
	n = engine_wants(w->engine, &refs);
	err = collector_detail(w->collector, refs, n, w->o->once ? NAMES_ONCE_NS : NAMES_NS,
			       &w->facts);
	return err ? err : keep(w, false);
}

static uint64_t tick_ns(const struct watch *w)
{
	uint64_t tick = w->o->threshold_ns / 5;

	if (w->o->once)
		return ONCE_BETWEEN_NS;
	if (target_is_system(w->target) && w->way.way != &way_hooks)
		return w->o->threshold_ns / 2 < TICK_SYSTEM_NS
			       ? w->o->threshold_ns / 2 + TICK_MIN_NS
			       : TICK_SYSTEM_NS;
	return tick < TICK_MIN_NS ? TICK_MIN_NS : tick > TICK_MAX_NS ? TICK_MAX_NS : tick;
}

/* A service that is told by SIGHUP to read its files again; of anything else it is the end. */
static bool reloaded(struct watch *w, int signal)
{
	if (signal != SIGHUP || !w->reload.reload)
		return false;
	notify_reloading(&w->notify, os_now_ns());
	w->reload.reload(w->reload.ctx);
	notify_reloaded(&w->notify);
	return true;
}

/* Sleeps until then or a signal that ends the session; returns whether one came. */
static bool interrupted(struct watch *w, uint64_t until_ns)
{
	for (;;) {
		uint64_t now = os_now_ns();
		uint64_t left = until_ns > now ? until_ns - now : 0;
		struct timespec ts = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};

		int signal = sigtimedwait(&w->ending, NULL, &ts);

		if (signal > 0 && !reloaded(w, signal))
			return true;
		if (signal < 0 && errno == EAGAIN)
			return false;
	}
}

/* Is everything said that one look can say? Two looks must agree before anything is told. */
static bool looked_enough(const struct watch *w, int looks)
{
	if (looks < 2)
		return false;
	/* a wait whose beginning nothing tells has to be watched for the threshold itself */
	uint64_t took = os_now_ns() - w->began_ns;
	uint64_t enough = w->o->threshold_ns + 4 * ONCE_BETWEEN_NS;

	/* on a busy machine that may have been time for two looks only */
	return !engine_undecided(w->engine) ||
	       (took > enough && (looks >= ONCE_LOOKS || took > 3 * enough));
}

static void tell_looked(struct watch *w, uint64_t began_ns, int looks)
{
	const struct watch_look look = {
		.began_ns = began_ns,
		.now_ns = os_now_ns(),
		.hooks = w->way.way->hooks(w->way.self),
		.parser_starts = parser_starts(w->os.parser),
	};

	if (w->looked.looked)
		w->looked.looked(w->looked.ctx, &look);
	notify_looked(&w->notify, look.now_ns, w->how, looks, engine_still_open(w->engine));
}

/* Returns why it ended, or NULL after an error that is in *ret_err. */
static const char *loop(struct watch *w, char *why, size_t size, int *ret_err)
{
	uint64_t end_ns = w->o->duration_ns ? w->began_ns + w->o->duration_ns : UINT64_MAX;

	for (int looks = 1;; looks++) {
		uint64_t start = os_now_ns();

		*ret_err = target_refresh(w->target);
		if (*ret_err == -ESRCH && (looks > 1 || engine_opened(w->engine))) {
			snprintf(why, size, "%d has exited", w->o->pid);
			*ret_err = 0;
			return why;
		}
		if (*ret_err == 0)
			*ret_err = look(w);
		if (*ret_err)
			return NULL;
		tell_looked(w, start, looks);
		if (w->o->once && looked_enough(w, looks))
			return "looked once";

		/* looking never takes more than half of the time */
		uint64_t now = os_now_ns();
		uint64_t next = start + tick_ns(w);

		if (next < now + (now - start))
			next = now + (now - start);
		if (interrupted(w, next < end_ns ? next : end_ns))
			return "interrupted";
		if (os_now_ns() >= end_ns)
			return "duration over";
	}
}

static int state_end(struct watch *w, const char *why)
{
	struct fact end = {
		.type = FACT_END,
		.end = {.why = why, .now_ns = os_now_ns(), .wall_ns = os_wall_ns()},
	};

	return fact_put(&w->facts, &end);
}

/* Returns 0 or an exit status; what went wrong was said. */
static int open_seeing(struct watch *w)
{
	int status = precheck_target(w->os.proc_fd, w->o);

	if (status)
		return status;
	status = watched_open(w->os.proc_fd, w->o, &w->target);
	if (status)
		return status;
	if (notes_new(&w->notes) != 0) {
		error_line("out of memory");
		return EXIT_INTERNAL;
	}
	w->noting = notes_sink(w->notes);
	if (notes_wait_table(w->notes, w->os.wait_table) != 0) {
		error_line("out of memory");
		return EXIT_INTERNAL;
	}
	struct way_config config = {
		.os = &w->os,
		.target = w->target,
		.notes = &w->noting,
		.uprobes = w->o->uprobes == UPROBES_ON ||
			   (w->o->uprobes == UPROBES_AUTO && !target_is_system(w->target)),
		.uprobes_auto = w->o->uprobes == UPROBES_AUTO,
		.handovers = !target_is_system(w->target),
		.force_kprobe = w->o->force_kprobe,
		.detach_hooks = w->o->detach_hooks,
	};
	status = open_way(&config, w->o->via, &w->way);
	if (status)
		notes_print_last(w->notes);
	return status;
}

int watch_open(const struct options *o, struct watch **ret)
{
	struct watch *w = calloc(1, sizeof(*w));
	int status;

	if (!w) {
		error_line("out of memory");
		return EXIT_INTERNAL;
	}
	w->o = o;
	w->os.proc_fd = -1;
	w->began_ns = os_now_ns();
	w->facts = (struct fact_sink){.put = put_both, .ctx = w};
	block_ending_signals(&w->ending);
	notify_open(&w->notify);
	status = rights_check() == 0 ? 0 : EXIT_PERMISSION;
	if (!status && os_open(&w->os) != 0) {
		error_line("cannot open /proc: is it mounted?");
		status = EXIT_UNAVAILABLE;
	}
	for (size_t i = 0; !status && o->debug_dirs[i]; i++) {
		if (debug_dirs_add(w->os.debug_dirs, o->debug_dirs[i]) != 0) {
			error_line("--debug-dir %s: too many directories", o->debug_dirs[i]);
			status = EXIT_USAGE;
		}
	}
	if (!status)
		status = open_seeing(w);
	if (status) {
		watch_close(w);
		return status;
	}
	*ret = w;
	return 0;
}

/* Returns an exit status. */
static int run(struct watch *w)
{
	char buf[64];
	const char *why = NULL;
	int err, kept;

	w->began_ns = os_now_ns(); /* to load hooks took a while */
	err = state_session(w);

	if (!err)
		why = loop(w, buf, sizeof(buf), &err);
	notify_stopping(&w->notify, engine_still_open(w->engine));
	if (!err)
		err = state_end(w, why);
	kept = keep(w, true); /* also if nobody hears of the end */
	err = err ? err : kept;
	if (w->status)
		return w->status;
	if (err == -ESRCH) {
		error_line("process %d exited while it was looked at", w->o->pid);
		return EXIT_NO_PROCESS;
	}
	if (err == -EPIPE) /* of the output, which says so when it is closed */
		return EXIT_OUTPUT;
	if (err) {
		error_line("cannot go on: %s", strerror(-err));
		return EXIT_INTERNAL;
	}
	return exit_status_of(engine_worst(w->engine));
}

void watch_on_reload(struct watch *w, const struct watch_reload *reload)
{
	w->reload = *reload;
}

void watch_on_look(struct watch *w, const struct watch_looked *looked)
{
	w->looked = *looked;
}

void watch_on_keeping(struct watch *w, const struct watch_keeping *keeping)
{
	w->keeping = *keeping;
}

int watch_run(struct watch *w, const struct engine_out *out, const struct fact_sink *record)
{
	w->record = record;
	if (engine_new(out, &w->engine) != 0 ||
	    collector_new(&w->os, w->way.way, w->way.self, w->o->threshold_ns, &w->collector) !=
		    0) {
		error_line("out of memory");
		return EXIT_INTERNAL;
	}
	if (w->o->include_parked)
		collector_include_parked(w->collector);
	return run(w);
}

void watch_close(struct watch *w)
{
	if (!w)
		return;
	notify_close(&w->notify);
	collector_free(w->collector);
	engine_free(w->engine);
	if (w->way.way)
		w->way.way->close(w->way.self);
	notes_free(w->notes);
	target_free(w->target);
	if (w->os.proc_fd >= 0)
		os_close(&w->os);
	free(w);
}
