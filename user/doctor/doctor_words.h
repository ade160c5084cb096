/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DOCTOR_WORDS_H
#define DOCTOR_WORDS_H

/* What follows from doctor's answers, in words and as JSON. */
#include <jansson.h>
#include <sys/utsname.h>

#include "doctor.h"

/* "hooks", "census", "proc" or "none". */
const char *doctor_best_way(const struct doctor *d);
const char *doctor_way_text(const struct doctor *d);

/* NULL: no memory. */
json_t *doctor_json(const struct doctor *d, const struct utsname *kernel);

#endif
