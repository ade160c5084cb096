/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_LOADER_H
#define WAYS_LOADER_H

/*
 * Gives the objects of bpf/ to the kernel. They are embedded in the program as
 * the compiler made them (bpf/bpf.mk), and all are handled alike: programs are
 * told apart by their section names, maps are shared by their names.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_object;
struct map_sizes;
struct bpf_link;
struct bpf_program;

/* One embedded object; the table ends with a NULL name. */
struct bpf_blob {
	const char *name;
	const void *data;
	size_t size;
};

extern const struct bpf_blob bpf_objects[];

/* How a kernel function is hooked. */
enum hook_by { HOOK_FENTRY, HOOK_KPROBE, _HOOK_BY_MAX };

#define WHY_SIZE 256

/*
 * Opens and loads one object. Maps that `shared` has, too, are taken from
 * there (NULL: all are new); new ones are of these sizes (NULL: as they are
 * declared). Returns 0, or -errno and in why what libbpf
 * said about it.
 */
int loader_load(const char *name, enum hook_by by, bool with_optional,
		const struct bpf_object *shared, const struct map_sizes *sizes,
		struct bpf_object **ret, char why[WHY_SIZE]);

/*
 * Around what may be refused: the first that libbpf says of it is put into why,
 * or else what the error is.
 */
void loader_catch(char why[WHY_SIZE]);
void loader_caught(int error);

/* The program of that name, or NULL. */
struct bpf_program *loader_program(const struct bpf_object *object, const char *name);
/* Descriptor of the map of that name, or -ENOENT. */
int loader_map(const struct bpf_object *object, const char *name);

/* Sums an entry of a per-CPU array of u64. Returns 0 or -errno. */
int loader_sum(int map_fd, uint32_t index, uint64_t *ret);

/* A new iterator over all threads (tid 0) or one. Returns its descriptor or -errno. */
int loader_iterator(const struct bpf_program *program, int tid);

/*
 * Reads an iterator to its end: calls fn for each record of that size. fn
 * returning other than 0 ends it and is the result. Returns 0
 * or -errno.
 */
int loader_drain(int fd, size_t record_size, int (*fn)(void *ctx, const void *record), void *ctx);

/* Both of them, for who does so at every look: *link is made the first time, and kept. */
int loader_iterate_again(const struct bpf_program *program, struct bpf_link **link,
			 size_t record_size, int (*fn)(void *ctx, const void *record), void *ctx);

/* ... for once. */
int loader_iterate(const struct bpf_program *program, int tid, size_t record_size,
		   int (*fn)(void *ctx, const void *record), void *ctx);

#endif
