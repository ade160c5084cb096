/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_CODE_PATH_H
#define CORE_CODE_PATH_H

/*
 * The name of a function without what differs from use to use: "<dashmap::DashMap<K,
 * V>>::retain::<main::{closure#0}>" and "void ns::Map::retain<int>(int) const" are
 * dashmap::DashMap::retain and ns::Map::retain.
 */
#include <stdbool.h>
#include <stddef.h>

#define CODE_PATH_MAX 16

struct code_path {
	char text[256]; /* parts joined by "::" */
	size_t n;
	size_t end[CODE_PATH_MAX]; /* of each part, in text */
};

/* Of a demangled name; false if there is nothing in it to go by. */
bool code_path_of(const char *symbol, struct code_path *ret);

/* One of its parts. Returns its length, and sets *ret to its beginning. */
size_t code_path_part(const struct code_path *p, size_t i, const char **ret);
bool code_path_part_is(const struct code_path *p, size_t i, const char *name);

/* Does it lie in what the first n parts of another one name, "dashmap"? */
bool code_path_within(const struct code_path *p, const char *prefix);

#endif
