/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs rows of dialogs' unit tests. Knows no protocol. */
#include "lib/dialog_row.h"

#include <check.h>
#include <string.h>

#define TEXT_MAX 65536
#define DEADLINE_US (5 * US_PER_S)

void
dialog_row_play(const struct dialog_kind *kind, const struct dialog_row *row, struct memstream *mem,
    void *facts)
{
	static const struct tls_params tls;
	struct session_params session = {
	    .mode = row->mode ? row->mode : SESSION_CLEARTEXT,
	    .tls = &tls,
	    .deadline = deadline_in(DEADLINE_US),
	    .given = &mem->stream,
	    .transcript = true,
	};
	bool good = kind->run(&session, row->own, facts);

	ck_assert(good == !err_is_set(&((const struct session_facts *)facts)->err));
}

void
dialog_row_said(const struct dialog_row *row, struct memstream *mem)
{
	ck_assert_msg(memstream_fault(mem)[0] == '\0', "%s: %s", row->name, memstream_fault(mem));
}

void
dialog_row_run(const struct dialog_kind *kind, const struct dialog_row *row)
{
	void *facts = mem_alloc(kind->facts_size);
	struct memstream mem;
	struct buf seen;
	char tag[64];

	fake_clock_start();
	memstream_init(&mem, row->script, deadline_in(DEADLINE_US));
	dialog_row_play(kind, row, &mem, facts);
	buf_init(&seen, TEXT_MAX);
	kind->summary(&seen, facts);
	ck_assert_msg(script_match(row->want, buf_text(&seen), tag), "%s:\n%s\nwanted:\n%s",
	    row->name, buf_text(&seen), row->want);
	if (kind->check)
		kind->check(&mem, row, facts);
	else
		dialog_row_said(row, &mem);
	if (row->secret)
		ck_assert_ptr_null(strstr(
		    buf_text(&((const struct session_facts *)facts)->transcript), row->secret));
	buf_free(&seen);
	kind->release(facts);
	mem_free(facts);
	memstream_free(&mem);
	fake_clock_stop();
}

/* One run; the bytes of facts the server said (all of them when it never came to the goodbye). */
static size_t
play_cut(const struct dialog_kind *kind, const struct dialog_row *row, size_t cut, bool *good_out)
{
	void *facts = mem_alloc(kind->facts_size);
	struct memstream mem;
	size_t told;

	fake_clock_start();
	memstream_init(&mem, row->script, deadline_in(DEADLINE_US));
	mem.player.cut_at = cut;
	dialog_row_play(kind, row, &mem, facts);
	*good_out = !err_is_set(&((const struct session_facts *)facts)->err);
	told = mem.player.facts;
	kind->release(facts);
	mem_free(facts);
	memstream_free(&mem);
	fake_clock_stop();
	return told;
}

void
dialog_row_cut(const struct dialog_kind *kind, const struct dialog_row *row)
{
	bool good;
	size_t told = play_cut(kind, row, SIZE_MAX, &good);

	if (!good)
		return;
	ck_assert_uint_ne(told, SIZE_MAX);
	for (size_t cut = 1; cut < told; cut++) {
		play_cut(kind, row, cut, &good);
		ck_assert_msg(!good, "%s: cut behind %zu of %zu", row->name, cut, told);
	}
}
