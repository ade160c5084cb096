/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_PICTURE_PRIVATE_H
#define REPORT_PICTURE_PRIVATE_H

#include "picture.h"

/* Puts what is too far from the root into boxes that only count. 0 or -ENOMEM. */
int picture_fit(struct picture *p);

/* Gives each box its row, and sorts the boxes by it. 0 or -ENOMEM. */
int picture_arrange(struct picture *p);

/* Box i becomes box to[i], and edges and threads follow; of new_n boxes. */
void picture_renumber(struct picture *p, const size_t *to, struct picture_box *boxes, size_t n);

#endif
