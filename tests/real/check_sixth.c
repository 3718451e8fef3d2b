/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_sixth: a program nobody needs, to show that a program is one file. It
 * says whether the host given answers to its name alone: "localhost" does.
 * Never built in the tree itself: tests/real/imap.sh puts it into a copy.
 */
#include "check/plugin.h"

#include <stddef.h>
#include <string.h>

struct config {
	struct basic_opts basic;
};

static const struct opt_group groups[] = {
    {"Target, limits, output", basic_rows, offsetof(struct config, basic), NULL, false},
    {0},
};
static const struct opt_letter letters[] = {{0}};

static const struct opt_table options = {
    .program = "check_sixth",
    .service = "sixth",
    .summary = "say whether the host is localhost",
    .word = "HOST",
    .groups = groups,
    .letters = letters,
    .config_size = sizeof(struct config),
};

static bool
resolve(void *opaque, struct run *run)
{
	const struct config *config = opaque;

	if (config->basic.hostname.count != 1)
		return err_set(&run->err, ERR_CONFIG, 0, "give one host: -H HOST");
	run->subject = config->basic.hostname.items[0];
	return true;
}

static void
work(const void *opaque, struct run *run)
{
	(void)opaque;
	if (strcmp(run->subject, "localhost") == 0)
		report_good(&run->report, "the host is at home");
	else
		report_add(&run->report, FINDING_NET_REFUSED, NULL, "nobody is at home");
}

extern const struct plugin check_sixth;
const struct plugin check_sixth = {
    .options = &options,
    .program = PROGRAM_IMAP,
    .service = "SIXTH",
    .check = "sixth",
    .description = "Says whether the host is localhost.\n",
    .main_metric = METRIC_TIME,
    .basic = offsetof(struct config, basic),
    .resolve = resolve,
    .run = work,
};
