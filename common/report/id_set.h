/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ids of an array's elements, to find one among thousands; the array only grows at its end. */
#ifndef COMMON_REPORT_ID_SET_H
#define COMMON_REPORT_ID_SET_H

#include "base/mem.h"
#include "base/value.h"

struct id_slot {
	const struct value *element; /* NULL: free */
};

/* All-zero is empty. Memory is the arena's that each call is given. */
struct id_set {
	struct id_slot *slots;
	size_t room, count;
	const struct value *last; /* element that was taken in last */
};
/* True if the array holds an element whose "id" is this one's; one without an id is never held. */
bool id_set_holds(struct id_set *set, const struct value *array, const struct value *element,
    struct arena *arena);

#endif
