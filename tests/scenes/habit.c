// SPDX-License-Identifier: GPL-2.0
/*
 * Askers and their servers: an asker waits for each reply, and never for long,
 * until one is lost, while the others go on (played after "begin": how long it
 * used to wait is learned by hooks). In the twin the work ends for all of them.
 */
#include "scene.h"

#include <sys/syscall.h>
#include <time.h>

#define ROUNDS 60
#define PAIRS  3

struct pair {
	pthread_mutex_t lock;
	pthread_cond_t asked, replied;
	_Atomic bool *open;
	int n_asked, n_replied;
	int rounds; /* replies that there are; < 0: for ever */
};

static struct {
	_Atomic bool open;
	struct pair *lost;
	struct actor *asker;
} play; /* between set and begin */

static void ask(struct actor *a)
{
	struct pair *p = a->prop;

	while (!*p->open)
		sleep_ns(10000000);
	pthread_mutex_lock(&p->lock);
	for (;;) {
		p->n_asked++;
		pthread_cond_signal(&p->asked);
		actor_waits(a);
		while (p->n_replied < p->n_asked)
			pthread_cond_wait(&p->replied, &p->lock);
	}
}

static void serve(struct actor *a)
{
	struct pair *p = a->prop;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (p->n_asked == p->n_replied ||
		       (p->rounds >= 0 && p->n_replied == p->rounds)) {
			/* looks around now and then: nobody is to think that it lost something */
			struct timespec until;

			clock_gettime(CLOCK_REALTIME, &until);
			until.tv_sec++;
			pthread_cond_timedwait(&p->asked, &p->lock, &until);
		}
		pthread_mutex_unlock(&p->lock);
		sleep_ns(10000000); /* its work */
		pthread_mutex_lock(&p->lock);
		p->n_replied++;
		pthread_cond_signal(&p->replied);
	}
}

static struct pair *make(_Atomic bool *open, int rounds)
{
	struct pair *p = stage_prop(sizeof(*p));

	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->asked, NULL);
	pthread_cond_init(&p->replied, NULL);
	p->open = open;
	p->rounds = rounds;
	return p;
}

static void set_lost(struct stage *s)
{
	play.lost = make(&play.open, ROUNDS);
	play.asker = stage_thread(s, "asks", ask, play.lost);
	expect_never(s, stage_thread(s, "serves", serve, play.lost));
	for (int i = 1; i < PAIRS; i++) {
		struct pair *p = make(&play.open, -1);

		expect_never(s, stage_thread(s, "asks-on", ask, p));
		expect_never(s, stage_thread(s, "serves-on", serve, p));
	}
	stage_bystanders(s);
	s->expect.rule = "abnormal-wait";
	s->expect.certainty = "possible";
	s->expect.note = "\"only_by_hooks\":\"how long it used to wait is learned by hooks\","
			 "\"latency_ms\":15000";
	expect_role(s, play.asker, "waiting");
}

static bool is_lost(struct pair *p)
{
	bool lost;

	pthread_mutex_lock(&p->lock);
	lost = p->n_replied == p->rounds && p->n_asked > p->rounds;
	pthread_mutex_unlock(&p->lock);
	return lost;
}

static void begin(struct stage *s)
{
	play.open = true;
	while (!is_lost(play.lost))
		sleep_ns(10000000);
	stage_until_in(s, play.asker, SYS_futex, NULL);
}

static void set_ok(struct stage *s)
{
	struct contest *c = contest_new(s, 2, PTHREAD_MUTEX_NORMAL, false);

	play.open = true;
	for (int i = 0; i < PAIRS; i++) {
		struct pair *p = make(&play.open, 8 * ROUNDS);

		expect_never(s, stage_thread(s, "asks", ask, p));
		expect_never(s, stage_thread(s, "serves", serve, p));
	}
	stage_thread(s, "holds", contest_hold, c);
	stage_thread(s, "wants-1", contest_want, c);
	stage_thread(s, "wants-2", contest_want, c);
}

SCENE(reply_lost) = {
	.name = "reply-lost",
	.what = "a reply that always came soon does not come, and the others go on",
	.set = set_lost,
	.begin = begin,
};

SCENE(reply_lost_ok) = {
	.name = "reply-lost-ok",
	.what = "there is no more work, for anybody",
	.set = set_ok,
	.healthy = true,
};
