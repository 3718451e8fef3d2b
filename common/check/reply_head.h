/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands before and between the words of a reply: codes. For the reply catalogue only. */
#ifndef COMMON_CHECK_REPLY_HEAD_H
#define COMMON_CHECK_REPLY_HEAD_H

#include "base/base.h"

struct reply_head {
	char code[8]; /* "535"; "ok", "no", "bad", "bye", "err" of IMAP and POP3; "" not known */
	char enhanced[12];  /* "5.7.139" or "" */
	char bracket[24];   /* "AUTHENTICATIONFAILED" or "" */
	unsigned protocols; /* enum reply_protocol: which speak like this; 0: any */
	const char *text;   /* what lies behind */
	size_t len;
};

/*
 * protocols: enum reply_protocol, or-ed; 0: not known. A word such as "no" is a
 * status only behind a tag, before a bracketed code or where IMAP is known.
 */
void reply_head_read(struct reply_head *head, const char *text, size_t len, unsigned protocols);

/* Length of an enhanced code (RFC 3463) at text, 0 if there is none. */
size_t reply_head_enhanced(const char *text, size_t left);

#endif
