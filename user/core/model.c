// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "copy_fact.h"
#include "model.h"

static bool is_process(const void *items, uint32_t i, const void *key)
{
	const struct model_process *processes = items;

	return processes[i].fact.pid == *(const int32_t *)key;
}

static bool is_resource(const void *items, uint32_t i, const void *key)
{
	const struct model_resource *resources = items;

	return strcmp(resources[i].fact.key, key) == 0;
}

static uint64_t hash_pid(int32_t pid)
{
	return hash_mix((uint32_t)pid);
}

static uint64_t hash_key(const char *key)
{
	return hash_mix(hash_text(HASH_START, key));
}

void model_free(struct model *m)
{
	free(m->threads);
	free(m->processes);
	free(m->resources);
	free(m->waits);
	free(m->holds);
	refs_free(&m->refs);
	table_free(&m->by_pid);
	table_free(&m->by_key);
	arena_free(&m->arena);
}

void model_begin(struct model *m, const struct fact_tick *tick)
{
	arena_reset(&m->arena);
	refs_clear(&m->refs);
	table_clear(&m->by_pid);
	table_clear(&m->by_key);
	m->n_threads = m->n_processes = m->n_resources = m->n_waits = m->n_holds = 0;
	m->hold_of = m->wait_of = m->held_by = m->first_held = NULL;
	m->last_copy = NULL;
	m->linked = false;
	m->tick = *tick;
}

uint32_t model_find_thread(const struct model *m, const struct thread_ref *ref)
{
	return refs_find(&m->refs, ref);
}

const struct model_process *model_find_process(const struct model *m, int32_t pid)
{
	uint32_t i = table_find(&m->by_pid, hash_pid(pid), is_process, m->processes, &pid);

	return i == NONE ? NULL : &m->processes[i];
}

int model_intern_thread(struct model *m, const struct thread_ref *ref, uint32_t *ret)
{
	uint32_t i = model_find_thread(m, ref);
	int err;

	if (i != NONE) {
		if (!m->refs.all[i].start)
			m->refs.all[i].start = m->threads[i].fact.ref.start = ref->start;
		*ret = i;
		return 0;
	}
	err = array_room(&m->threads, &m->cap_threads, m->n_threads, sizeof(*m->threads));
	if (!err)
		err = refs_add(&m->refs, ref, &i);
	if (err)
		return err;
	m->n_threads = m->refs.n;
	m->threads[i] = (struct model_thread){
		.fact = {.ref = *ref,
			 .state = '?',
			 .activity = ACT_UNKNOWN,
			 .doing = "doing something that could not be seen",
			 .syscall = -1},
		.wait = NONE,
		.past = NONE,
	};
	*ret = i;
	return 0;
}

/* A resource that is never stated is taken for a parking place: it accuses nobody. */
int model_intern_resource(struct model *m, const char *key, uint32_t *ret)
{
	uint32_t i = table_find(&m->by_key, hash_key(key), is_resource, m->resources, key);
	int err;

	if (i != NONE) {
		*ret = i;
		return 0;
	}
	if (m->n_resources >= NONE / 4)
		return -ENOMEM;
	err = arena_copy(&m->arena, key, &key);
	if (!err)
		err = array_room(&m->resources, &m->cap_resources, m->n_resources,
				 sizeof(*m->resources));
	if (!err)
		err = table_add(&m->by_key, hash_key(key), (uint32_t)m->n_resources);
	if (err)
		return err;
	i = (uint32_t)m->n_resources++;
	m->resources[i] = (struct model_resource){
		.fact = {.key = key, .kind = "unknown", .class = CLASS_PARK, .name = key},
		.past = NONE,
	};
	*ret = i;
	return 0;
}

int model_process(struct model *m, const struct fact_process *f)
{
	uint32_t i = table_find(&m->by_pid, hash_pid(f->pid), is_process, m->processes, &f->pid);
	struct fact_process copy;
	int err = copy_process(&m->arena, f, &copy);

	if (!err && i == NONE) {
		err = array_room(&m->processes, &m->cap_processes, m->n_processes,
				 sizeof(*m->processes));
		if (!err)
			err = table_add(&m->by_pid, hash_pid(f->pid), (uint32_t)m->n_processes);
		if (!err)
			i = (uint32_t)m->n_processes++;
	}
	if (err)
		return err;
	m->processes[i] = (struct model_process){.fact = copy};
	return 0;
}

int model_thread(struct model *m, const struct fact_thread *f)
{
	struct fact_thread copy;
	uint32_t i;
	int err;

	if (m->linked && model_find_thread(m, &f->ref) == NONE)
		return 0;
	err = copy_thread(&m->arena, f, &copy);
	if (!err)
		err = model_intern_thread(m, &f->ref, &i);
	if (err)
		return err;
	copy.ref = m->threads[i].fact.ref;
	m->threads[i].fact = copy;
	m->threads[i].stated = true;
	return 0;
}

int model_resource(struct model *m, const struct fact_resource *f)
{
	struct fact_resource copy;
	uint32_t i;
	int err = copy_resource(&m->arena, f, &copy);

	if (!err)
		err = model_intern_resource(m, f->key, &i);
	if (err)
		return err;
	m->resources[i].fact = copy;
	m->resources[i].stated = true;
	return 0;
}

/* A thread waits for one thing: of two statements the later one is the fresher. */
int model_wait(struct model *m, const struct fact_wait *f)
{
	uint32_t thread, resource, i;
	struct fact_wait copy;
	int err = copy_wait(&m->arena, f, &copy);

	if (!err)
		err = model_intern_thread(m, &f->ref, &thread);
	if (!err)
		err = model_intern_resource(m, f->resource, &resource);
	if (!err)
		err = array_room(&m->waits, &m->cap_waits, m->n_waits, sizeof(*m->waits));
	if (err)
		return err;
	i = m->threads[thread].wait;
	if (i == NONE)
		i = (uint32_t)m->n_waits++;
	copy.resource = m->resources[resource].fact.key;
	copy.ref = m->threads[thread].fact.ref;
	m->waits[i] = (struct model_wait){.thread = thread, .resource = resource, .fact = copy};
	m->threads[thread].wait = i;
	return 0;
}

/* Of a process as a whole there is a stack if it has just one thread. */
struct thread_ref model_stack_ref(const struct model *m, uint32_t thread)
{
	struct thread_ref ref = m->threads[thread].fact.ref;
	const struct model_process *process = model_find_process(m, ref.pid);

	if (!ref.tid && process && process->fact.threads == 1)
		ref.tid = ref.pid;
	return ref;
}

int model_stack(struct model *m, const struct fact_stack *f)
{
	struct thread_ref whole = {.pid = f->ref.pid, .start = f->ref.start};
	uint32_t thread = model_find_thread(m, &f->ref);
	struct fact_stack *copy;
	int err;

	if (thread == NONE && f->ref.tid == f->ref.pid)
		thread = model_find_thread(m, &whole);
	if (thread == NONE)
		return 0;
	copy = arena_alloc(&m->arena, sizeof(*copy));
	err = copy ? copy_stack(&m->arena, f, copy) : -ENOMEM;
	if (!err)
		m->threads[thread].stack = copy;
	return err;
}
