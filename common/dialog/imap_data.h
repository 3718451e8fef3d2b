/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What responses say, into the facts. Private to the IMAP dialog.
 */
#ifndef COMMON_DIALOG_IMAP_DATA_H
#define COMMON_DIALOG_IMAP_DATA_H

#include "dialog/imap_talk.h"

/* An untagged response. False: it breaks the grammar; session.err. */
bool imap_data_take(struct imap *imap, const struct imap_msg *msg) MUST_USE;
/* A tagged one: ends the command. */
bool imap_data_answer(
    struct imap *imap, struct imap_command *command, const struct imap_msg *msg) MUST_USE;
/* The first response of all: OK, PREAUTH or BYE. */
bool imap_data_greeting(struct imap *imap, const struct imap_msg *msg) MUST_USE;
/* A number found by SEARCH. */
void imap_data_found(struct imap_search *search, uint64_t number);
/* The number found at place index of what was kept, oldest first. */
uint64_t imap_data_kept(const struct imap_search *search, size_t index);
size_t imap_data_kept_count(const struct imap_search *search);

#endif
