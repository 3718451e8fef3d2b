/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the walk, among themselves: for the files mx*.c only. */
#ifndef COMMON_DIALOG_MX_WALK_H
#define COMMON_DIALOG_MX_WALK_H

#include "dialog/mx.h"

/* The name, asked for its addresses in this round unless it was before. NULL: not a host name. */
struct mx_name *
mx_names_want(const struct mx_params *params, struct mx_facts *facts, const char *text);
/* Takes in what came for the names. */
void mx_names_hear(struct mx_facts *facts);

/* Name servers, each asked for itself. */
void mx_servers_advance(const struct mx_params *params, struct mx_facts *facts);

/* Asks every list that takes this kind of target, and its test points. */
void mx_lists_ask(const struct mx_params *params, struct mx_facts *facts, const char *target,
    enum dnsbl_kind kind);
/* Reasons of listings. */
void mx_lists_advance(struct mx_facts *facts);
/* All verdicts. */
void mx_lists_judge(const struct mx_params *params, struct mx_facts *facts);

#endif
