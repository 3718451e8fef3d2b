/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stream whose other end is a script in memory: reads give what the server
 * says as soon as the client has said its lines. No socket, no thread, and
 * time passes only by the script when the fake clock is on.
 *
 *	struct memstream mem;
 *	memstream_init(&mem, "S: * OK ready\n"
 *	                     "C: %t CAPABILITY\n"
 *	                     "S: * CAPABILITY IMAP4rev1\n"
 *	                     "S: %t OK done\n", deadline_in(5 * US_PER_S));
 *	... dialog(&mem.stream) or session_params.given = &mem.stream ...
 *	ck_assert_str_eq(memstream_fault(&mem), "");
 *	memstream_free(&mem);
 */
#ifndef TESTS_LIB_MEMSTREAM_H
#define TESTS_LIB_MEMSTREAM_H

#include "lib/script.h"
#include "net/stream.h"

struct memstream {
	struct stream stream; /* first */
	struct script own;    /* of memstream_init() */
	struct player player; /* player.heard: all the client said in clear */
	int64_t wake_us;      /* the server pauses until then; 0 = it does not */
	size_t given;         /* bytes handed to the client */
	size_t given_facts;   /* of them before the goodbye; 0 until that is reached */
	size_t chunk;         /* sweeps: at most so many bytes a read; 0 = all there are */
	size_t wire_cut;      /* sweeps: the end after so many bytes given; 0 = no */
	bool closed;          /* the client closed it */
};

/* Aborts on a script that does not parse. stream_close() on it is fine and not the end of the script. */
void memstream_init(struct memstream *mem, const char *script, struct deadline deadline);
/* Plays one dialog of a script that the caller keeps. */
void memstream_play(struct memstream *mem, const struct script *script, size_t dialog,
    const char *pki_dir, struct deadline deadline);
/* "" when the client said exactly what the script wants; also counts what was never said. */
const char *memstream_fault(struct memstream *mem);
void memstream_free(struct memstream *mem);

/*
 * A clock that moves only when a script waits (and a microsecond at each look):
 * STALL and SLEEP cost no real time. Without it they do.
 */
void fake_clock_start(void);
void fake_clock_stop(void);
void fake_clock_pass(int64_t span_us);
/* Waits, by the fake clock if it is on. */
void memstream_sleep(int64_t span_us);

#endif
