/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NAME_SET_H
#define NAME_SET_H

/* A set of strings, which it copies. */
struct name_set;

int name_set_new(struct name_set **ret);
void name_set_free(struct name_set *s);
void name_set_clear(struct name_set *s);

/* Returns 1 if it was not in the set yet, 0 if it was, -ENOMEM. */
int name_set_add(struct name_set *s, const char *name);

#endif
