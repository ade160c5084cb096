// SPDX-License-Identifier: GPL-2.0
/* A bundle from its first byte to what is said of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../exit_status.h"
#include "../message.h"
#include "ack.h"
#include "import_private.h"
#include "new_file.h"
#include "../packing/unpack.h"

/* ---- What to say, and to confirm ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct bundle_item *)a)->file, ((const struct bundle_item *)b)->file);
}

/* Returns 0 or -errno. *ret is the path; NULL: there is nothing to confirm. */
static int confirm(struct importer *x, char **ret)
{
	const char *id = json_string_value(json_object_get(x->first, "id"));
	struct bundle_items good = {0};
	int err = new_file_sync_dir(x->place.fd, ".");

	*ret = NULL;
	if (x->had.n)
		qsort(x->had.items, x->had.n, sizeof(*x->had.items), by_name);
	for (size_t i = 0; !err && i < x->items.n; i++) {
		const struct bundle_item *item = &x->items.items[i];

		if (*item->digest && x->had.n &&
		    bsearch(item, x->had.items, x->had.n, sizeof(*item), by_name))
			err = bundle_items_add(&good, item->file, item->digest);
	}
	if (!err && good.n) {
		int n = x->asked->ack ? asprintf(ret, "%s", x->asked->ack)
				      : asprintf(ret, "%s/%s.ack", x->place.path, id);

		err = n < 0 ? -ENOMEM
			    : ack_write(*ret, id, json_object_get(x->first, "host"), &good);
		x->output = err != 0;
	}
	bundle_items_free(&good);
	return err;
}

static int explain(const struct importer *x, int err)
{
	static const struct {
		int err, status;
		const char *why;
	} known[] = {
		{-EMEDIUMTYPE, EXIT_TRACE_FOREIGN, "this is not a bundle of locktrace export"},
		{-EPROTONOSUPPORT, EXIT_TRACE_NEWER, "a bundle of a newer locktrace"},
		{-EBADMSG, EXIT_TRACE_BROKEN, "it is damaged: what was whole was kept"},
		{-EILSEQ, EXIT_TRACE_BROKEN, "it is damaged: what was whole was kept"},
		{-EPIPE, EXIT_TRACE_BROKEN, "it ends in the middle: what was whole was kept"},
		{-EFBIG, EXIT_TRACE_BROKEN,
		 "there is more in it than is allowed (--max-size): what came before was kept"},
	};

	for (size_t i = 0; !x->output && i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].err == err) {
			error_line("%s: %s", x->name, known[i].why);
			return known[i].status;
		}
	}
	if (x->output) {
		error_line("cannot write to %s: %s",
			   x->asked->dir ? x->asked->dir : x->asked->spool, strerror(-err));
		return EXIT_OUTPUT;
	}
	error_line("%s: %s", x->name, unpack_fault(err));
	return err == -ENOMEM ? EXIT_INTERNAL : EXIT_INPUT;
}

static void say(const struct importer *x, const char *ack)
{
	char device[IMPORT_DEVICE];

	import_device_name(x->first, device);
	printf("%s: %zu new, %zu newer, %zu known report%s", device, x->n[IMPORT_NEW],
	       x->n[IMPORT_NEWER], x->n[IMPORT_KNOWN], x->n[IMPORT_KNOWN] == 1 ? "" : "s");
	if (x->n_traces)
		printf(", %zu trace%s", x->n_traces, x->n_traces == 1 ? "" : "s");
	printf(", in %s\n", x->place.path);
	if (ack)
		printf("for the device: %s\n", ack);
}

static int import_tar(struct importer *x)
{
	char *ack = NULL;
	int err = import_take_all(x), status = err ? explain(x, err) : 0;

	if (!err && !x->last) {
		error_line("%s: it has no " BUNDLE_LAST ": nothing is acknowledged", x->name);
		status = EXIT_TRACE_BROKEN;
	}
	/* of one that is cut off it is not known what else there is: nothing is confirmed */
	if (!err && x->last) {
		err = confirm(x, &ack);
		status = err ? explain(x, err) : 0;
	}
	if (x->foreign)
		error_line("%s: %zu %s no part of a bundle: passed over", x->name, x->foreign,
			   x->foreign == 1 ? "entry is" : "entries are");
	if (x->place.fd >= 0)
		say(x, err ? NULL : ack);
	free(ack);
	return status ? status : x->broken || x->foreign ? EXIT_TRACE_BROKEN : 0;
}

int import_bundle(const struct import_asked *a, int fd, const char *name)
{
	struct importer x = {.asked = a, .name = name, .place.fd = -1, .traces.fd = -1};
	struct unpack *u = NULL;
	const char *block;
	ssize_t n;
	int status, err = unpack_open(fd, &u);

	if (!err) {
		n = unpack_peek(u, &block, TAR_BLOCK);
		err = n < 0 ? (int)n : tar_is(block, (size_t)n) ? 0 : -EMEDIUMTYPE;
	}
	x.tar = (struct tar){.read = unpack_read, .from = u, .max = a->max_bytes};
	status = err ? explain(&x, err) : import_tar(&x);
	unpack_close(u);
	import_place_close(&x.place);
	import_place_close(&x.traces);
	bundle_items_free(&x.had);
	bundle_items_free(&x.items);
	json_decref(x.first);
	return status;
}
