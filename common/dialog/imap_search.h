/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Searching the open folder: ages, hits, subjects. Private to the IMAP dialog. */
#ifndef COMMON_DIALOG_IMAP_SEARCH_H
#define COMMON_DIALOG_IMAP_SEARCH_H

#include "dialog/imap_talk.h"

/* What the parameters want of the first folder; nothing if it could not be opened. False: session.err. */
bool imap_search_run(struct imap *imap) MUST_USE;

#endif
