/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what the letters of the check_tcp family mean here. */
#include "check/classic.h"

#include <string.h>

bool
classic_resolve(const struct classic_opts *opts, bool login, struct run *run)
{
	if ((opts->send || opts->quit) && login)
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--send and --quit speak raw text: not together with --user");
	if (opts->mismatch.set && !run_override(run, "proto.expect", opts->mismatch.state))
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--mismatch and --state both name the state of proto.expect");
	if (opts->refuse.set && !run_override(run, "net.refused", opts->refuse.state))
		return err_set(&run->err, ERR_CONFIG, 0,
		    "--refuse and --state both name the state of net.refused");
	run->policy.hide_words = opts->jail;
	return true;
}

static bool
said(const char *text, const char *where)
{
	return where && strstr(where, text);
}

void
judge_expect(const struct judge *judge, const struct classic_opts *opts, const char *greeting,
    const char *reply)
{
	const char *missed = NULL;
	size_t met = 0;

	if (opts->expect.count == 0 || !greeting)
		return;
	for (size_t i = 0; i < opts->expect.count; i++) {
		if (said(opts->expect.items[i], greeting) || said(opts->expect.items[i], reply))
			met++;
		else if (!missed)
			missed = opts->expect.items[i];
	}
	if (met == opts->expect.count || (met > 0 && !opts->all))
		return;
	report_add(judge->report, FINDING_PROTO_EXPECT, judge->endpoint,
	    "the server did not say \"%s\"", missed);
}
