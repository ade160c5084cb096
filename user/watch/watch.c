// SPDX-License-Identifier: GPL-2.0
#include "watch.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "../exit_status.h"
#include "../message.h"
#include "../os/debug_dirs.h"
#include "precheck.h"
#include "../rights.h"
#include "watch_private.h"
#include "watched.h"
#include "../ways/way.h"

/* What hooks may take of a CPU: a service for ever, and who looks for what is wrong. */
#define BUDGET_SYSTEM_PPM 10000
#define BUDGET_CHOSEN_PPM 50000

static void block_ending_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGHUP);
	sigprocmask(SIG_BLOCK, ret, NULL);
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
	/* Of one look they could tell nothing yet, and to take them off again takes seconds. */
	bool can_tell = !target_is_system(w->target) && !w->o->once;
	struct way_config config = {
		.os = &w->os,
		.target = w->target,
		.notes = &w->noting,
		.map_sizes = w->o->map_sizes,
		.uprobes = w->o->uprobes == UPROBES_ON ||
			   (w->o->uprobes == UPROBES_AUTO && can_tell),
		.uprobes_auto = w->o->uprobes == UPROBES_AUTO,
		.budget_ppm = w->o->budget_given	    ? w->o->budget_ppm
			      : target_is_system(w->target) ? BUDGET_SYSTEM_PPM
							    : BUDGET_CHOSEN_PPM,
		.handovers = !target_is_system(w->target),
		.force_kprobe = w->o->force_kprobe,
		.detach_hooks = w->o->detach_hooks,
	};
	status = open_way(&config, w->o->via, w->o->once, &w->way);
	if (status)
		notes_print_last(w->notes);
	return status;
}

int watch_open(const struct options *o, struct watch **ret)
{
	struct watch *w = calloc(1, sizeof(*w));
	int status, err;

	if (!w) {
		error_line("out of memory");
		return EXIT_INTERNAL;
	}
	w->o = o;
	w->os.proc_fd = -1;
	w->began_ns = os_now_ns();
	w->facts = (struct fact_sink){.put = watch_put, .ctx = w};
	block_ending_signals(&w->ending);
	notify_open(&w->notify);
	err = rights_check();
	status = !err ? 0 : err == -ENOENT ? EXIT_UNAVAILABLE : EXIT_PERMISSION;
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
	/* loading hooks takes the kernel's types several times over, and some 10 MB that stay */
	malloc_trim(0);
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
	err = watch_state_session(w);

	if (!err)
		why = watch_loop(w, buf, sizeof(buf), &err);
	notify_stopping(&w->notify, engine_still_open(w->engine));
	if (!err)
		err = watch_state_end(w, why);
	if (!err && !w->o->once)
		watch_tell_cost(w);
	kept = watch_keep(w, true); /* also if nobody hears of the end */
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
	if (!target_is_system(w->target))
		collector_asked(w->collector, w->o->pid, w->o->once && !w->o->include_parked);
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
