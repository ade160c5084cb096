/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LOST_NEWS_H
#define LOST_NEWS_H

/*
 * Lets through those LOST facts whose count has changed: whoever counts states
 * all of them at each look, and a trace should not hold the same ones a
 * thousand times.
 */
#include "core/facts.h"

struct lost_news;

int lost_news_new(struct lost_news **ret); /* 0 or -ENOMEM */
void lost_news_free(struct lost_news *n);

/* A sink in front of out. It lives as long as the next call for another one. */
struct fact_sink lost_news_sink(struct lost_news *n, const struct fact_sink *out);

#endif
