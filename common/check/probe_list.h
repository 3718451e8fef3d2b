/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages of earlier runs whose arrival is still to be judged: the text of their state file. */
#ifndef COMMON_CHECK_PROBE_LIST_H
#define COMMON_CHECK_PROBE_LIST_H

#include "base/buf.h"
#include "dialog/smtp.h"

#define PROBES_MAX 128

enum probe_state {
	PROBE_UNSURE = 'u', /* noted before it is sent: perhaps it never was */
	PROBE_SENT = 's',
	PROBE_FOUND = 'f', /* and perhaps removed already, not told to anybody yet */
	PROBE_LOST = 'l',  /* missed and told */
	PROBE_PASSED = 'p' /* missed, but a later one has arrived: only looked for */
};

struct probe_note {
	enum probe_state state;
	char token[SMTP_TOKEN_SIZE];
	int64_t sent_unix;
	int64_t took_s; /* FOUND */
	bool body_known;
	unsigned char body_sha256[32];
	char queue_id[64]; /* "" if not known; printable ASCII */
};

struct probe_list {
	struct probe_note list[PROBES_MAX]; /* oldest first */
	size_t count;
};

/* Lines that do not parse are passed over; how many there were is returned. */
size_t probe_list_read(struct probe_list *probes, const char *text);
void probe_list_print(struct buf *out, const struct probe_list *probes);
/* A new member at the end; the oldest makes room for it. */
struct probe_note *probe_list_add(struct probe_list *probes, const char *token, int64_t sent_unix);
/* Takes out number index. */
void probe_list_drop(struct probe_list *probes, size_t index);
/* What can be kept of a queue id. */
void probe_list_queue_id(struct probe_note *probe, const char *queue_id);

#endif
