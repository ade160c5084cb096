/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_REDACT_H
#define REPORT_REDACT_H

/*
 * A report without names: of programs, threads, units, files, hosts, sockets
 * and functions. docs/bundle.md says what remains.
 *
 * It is a list of what may stay, not of what must go: a member that is not known
 * here is left out, and in our own sentences every word that is neither of our
 * own words nor a number becomes a keyed hash. Equal names become equal hashes
 * under one key, and without the key no hash can be tried out.
 */
#include <jansson.h>
#include <stdint.h>

#define REDACT_KEY 32

/* Returns a new report, or NULL without memory. */
json_t *redact_report(const uint8_t key[REDACT_KEY], const json_t *report);

/* The "host" of a report, or of a bundle, in the same way. */
json_t *redact_host(const uint8_t key[REDACT_KEY], const json_t *host);

#endif
