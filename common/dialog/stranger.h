/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who talks here instead of the protocol expected, by the first line of a greeting. */
#ifndef COMMON_DIALOG_STRANGER_H
#define COMMON_DIALOG_STRANGER_H

/* "an HTTP server"; NULL: nothing known. */
const char *stranger_name(const char *line);

#endif
