/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which files may hold a secret: only we (or root) own them, nobody else can
 * read, write or replace them.
 */
#ifndef COMMON_OPTS_PRIVATE_H
#define COMMON_OPTS_PRIVATE_H

#include <sys/types.h>

#include "base/base.h"

/* On whose behalf a file is judged. */
struct private_reader {
	uid_t uid;
	gid_t gid;
	bool
	    root_group; /* root's file may be readable by root's group: systemd's credentials under an ACL */
};

struct private_reader private_self(void);

/*
 * Opens a regular file for reading, following symbolic links step by step and
 * judging every folder and link on the way. A descriptor (close-on-exec), or
 * -1: *why_out says why not. With a descriptor *why_out is NULL when the file
 * is private, else the rule it breaks ("others can read it").
 */
int private_open(const char *path, const struct private_reader *reader, const char **why_out);

#endif
