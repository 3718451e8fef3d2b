/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the ways to TLS of the protocols that talk in lines, and which way is
 * whose. Nothing is asked that the certificate does not need. Knows no login
 * and no verdict.
 */
#include "dialog/starttls.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "dialog/starttls_talk.h"
#include "dialog/stranger.h"
#include "wire/smtp_msg.h"

#define LINES_MAX 256
#define WORDS_MAX ((size_t)64 << 10)
#define GOODBYE_US (US_PER_S / 10)

/* ---- shared steps ------------------------------------------------------------- */

bool
starttls_broken(struct starttls *talk, enum err_kind kind, int code, const char *format, ...)
{
	struct session_facts *facts = talk->facts;
	char text[sizeof(facts->err.text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	err_set(&facts->err, kind, code, "%s: %s", talk->session.stream->step, text);
	phase_end(&facts->phases, PHASE_FAULT);
	return false;
}

void
starttls_asking(struct starttls *talk)
{
	phase_begin(&talk->facts->phases, PHASE_STARTTLS);
	talk->session.stream->step = talk->params->proto->starttls;
	talk->facts->starttls_asked = true;
}

bool
starttls_answered(struct starttls *talk, bool yes, bool offered, const char *words)
{
	struct session_facts *facts = talk->facts;
	char shown[160];

	facts->starttls_reply = arena_strdup(&facts->arena, words);
	if (yes) {
		facts->starttls_accepted = true;
		phase_end(&facts->phases, PHASE_DONE);
		return session_upgrade(&talk->session);
	}
	text_clean_into(shown, sizeof(shown), words, strlen(words));
	if (offered)
		return starttls_broken(talk, ERR_REFUSED, 0, "refused: %s", shown);
	facts->starttls_asked = false;
	return starttls_broken(talk, ERR_LACKS, 0, "not offered: %s", shown);
}

bool
starttls_unwelcome(struct starttls *talk, int code, const char *said)
{
	struct session_facts *facts = talk->facts;
	char words[160];

	if (!facts->greeting)
		facts->greeting = arena_strdup(&facts->arena, said);
	return starttls_broken(talk, ERR_REFUSED, code, "the greeting refuses service: %s",
	    text_clean_into(words, sizeof(words), said, strlen(said)));
}

/* The words of one reply, lines joined by LF; count and first line's code are the caller's. */
struct reply {
	struct buf words;
	int code; /* protocols with numbers; 0: none */
	bool yes; /* the others */
};

static bool
too_long(struct starttls *talk)
{
	return starttls_broken(talk, ERR_PROTOCOL, ERR_PROTOCOL_LIMIT,
	    "a reply of more than %d lines or %zu KiB", LINES_MAX, WORDS_MAX >> 10);
}

static bool
not_this(struct starttls *talk, const char *line, size_t len)
{
	const char *stranger = stranger_name(line);
	char words[160];

	text_clean_into(words, sizeof(words), line, len);
	return starttls_broken(talk, ERR_PROTOCOL,
	    stranger ? ERR_PROTOCOL_OTHER : ERR_PROTOCOL_MALFORMED, "not %s%s%s: %s",
	    talk->params->proto->service, stranger ? " but " : "", stranger ? stranger : "", words);
}

/* One line is added; ends tells that it is the last. False: no line of this protocol. */
typedef bool take_line(struct reply *reply, const char *line, size_t len, bool *ends);

/* 250-text, 250 text (RFC 5321, 4.2.1; RFC 3977, 3.2). */
static bool
take_number(struct reply *reply, const char *line, size_t len, bool *ends)
{
	struct smtp_msg_line parsed;

	if (!smtp_msg_line(line, len, &parsed))
		return false;
	*ends = parsed.last;
	if (reply->code == 0)
		reply->code = parsed.code;
	return reply->code == parsed.code;
}

/* FTP's lines between the first and "code blank" are free (RFC 959, 4.2). */
static bool
take_ftp(struct reply *reply, const char *line, size_t len, bool *ends)
{
	if (reply->code == 0)
		return take_number(reply, line, len, ends);
	struct smtp_msg_line parsed;
	*ends = smtp_msg_line(line, len, &parsed) && parsed.last && parsed.code == reply->code;
	return true;
}

static bool
take_status(struct reply *reply, const char *line, size_t len UNUSED, bool *ends)
{
	*ends = true;
	reply->yes = strncmp(line, "+OK", 3) == 0;
	return reply->yes || strncmp(line, "-ERR", 4) == 0;
}

/* 101 and a list, or a code that says no (RFC 3977, 5.2). */
static bool
take_list(struct reply *reply, const char *line, size_t len, bool *ends)
{
	*ends = reply->yes = strncmp(line, "101 ", 4) == 0;
	return reply->yes || take_number(reply, line, len, ends);
}

/* Untagged lines until ours. The greeting has no tag: its first line ends it. */
static bool
take_imap(struct reply *reply, const char *line, size_t len UNUSED, bool *ends)
{
	*ends = true;
	if (strncmp(line, "a ", 2) == 0)
		return reply->yes = text_begins_fold(line + 2, "OK"), true;
	if (strncmp(line, "* ", 2) != 0)
		return false;
	if (text_begins_fold(line + 2, "OK") && reply->code == 0)
		reply->yes = true;
	else if (text_begins_fold(line + 2, "BYE"))
		reply->yes = false;
	else
		*ends = false;
	return true;
}

/* Capability lines in quotes, then OK, NO or BYE (RFC 5804, 1.2). */
static bool
take_sieve(struct reply *reply, const char *line, size_t len UNUSED, bool *ends)
{
	reply->yes = text_begins_fold(line, "OK");
	*ends = reply->yes || text_begins_fold(line, "NO") || text_begins_fold(line, "BYE");
	return *ends || line[0] == '"';
}

/* Reads a reply whose first line may have been read already. */
static bool
hear(struct starttls *talk, take_line *take, const char *line, size_t len, struct reply *reply)
{
	bool ends = false;

	buf_init(&reply->words, WORDS_MAX);
	for (int count = 0; !ends; count++) {
		if ((count > 0 || !line) && !stream_line(talk->session.stream, &line, &len))
			return session_failed(&talk->session);
		if (!take(reply, line, len, &ends))
			return not_this(talk, line, len);
		if (count > 0)
			buf_add_char(&reply->words, '\n');
		if (count >= LINES_MAX || !buf_add_text(&reply->words, line))
			return too_long(talk);
	}
	return true;
}

static bool
greet(struct starttls *talk, take_line *take, struct reply *reply)
{
	struct session_facts *facts = talk->facts;
	const char *line;
	size_t len;

	if (!session_first_line(&talk->session, &line, &len) || !hear(talk, take, line, len, reply))
		return false;
	facts->greeting = arena_strdup(&facts->arena, buf_text(&reply->words));
	phase_end(&facts->phases, PHASE_DONE);
	return true;
}

static bool
unwelcome(struct starttls *talk, const struct reply *reply)
{
	return starttls_unwelcome(talk, reply->code, buf_text(&reply->words));
}

static bool
ask(struct starttls *talk, take_line *take, const char *command, struct reply *reply)
{
	stream_say(talk->session.stream, "%s", command);
	return hear(talk, take, NULL, 0, reply);
}

/* A keyword at the beginning of a line behind any code. */
static bool
offers(const struct reply *reply, const char *keyword)
{
	return text_find_fold(buf_text(&reply->words), reply->words.len, keyword) != NULL;
}

/* ---- the protocols -------------------------------------------------------------- */

static bool
smtp_way(struct starttls *talk, struct reply replies[3])
{
	const struct starttls_params *params = talk->params;
	char hello[300];

	if (!greet(talk, take_number, &replies[0]))
		return false;
	if (replies[0].code != 220)
		return unwelcome(talk, &replies[0]);
	snprintf(hello, sizeof(hello), "%s %s", params->proto->id == PROTO_LMTP ? "LHLO" : "EHLO",
	    params->ehlo_name);
	phase_begin(&talk->facts->phases, PHASE_CAPABILITY);
	talk->session.stream->step = "EHLO";
	if (!ask(talk, take_number, hello, &replies[1]))
		return false;
	phase_end(&talk->facts->phases, PHASE_DONE);
	starttls_asking(talk);
	if (replies[1].code != 250 || !offers(&replies[1], "STARTTLS"))
		return starttls_answered(talk, false, false, buf_text(&replies[1].words));
	return ask(talk, take_number, "STARTTLS", &replies[2]) &&
	       starttls_answered(talk, replies[2].code == 220, true, buf_text(&replies[2].words));
}

/* The command at once: what the greeting did not tell, a refusal is asked about afterwards. */
static bool
imap_way(struct starttls *talk, struct reply replies[3])
{
	if (!greet(talk, take_imap, &replies[0]))
		return false;
	if (!replies[0].yes)
		return unwelcome(talk, &replies[0]);
	starttls_asking(talk);
	replies[1].code = replies[2].code = 1; /* untagged OK ends nothing any more */
	if (!ask(talk, take_imap, "a STARTTLS", &replies[1]))
		return false;
	if (!replies[1].yes && !ask(talk, take_imap, "a CAPABILITY", &replies[2]))
		return false;
	return starttls_answered(
	    talk, replies[1].yes, offers(&replies[2], "STARTTLS"), buf_text(&replies[1].words));
}

/* Asks for a list that ends in ".", and whether the keyword has a line of its own there. */
static bool
lists(struct starttls *talk, take_line *take, const char *command, const char *keyword,
    struct reply *first)
{
	const char *line = "";
	size_t len;
	bool listed = false;

	if (!ask(talk, take, command, first) || !first->yes)
		return false;
	for (int i = 0; i < LINES_MAX && strcmp(line, ".") != 0; i++) {
		if (!stream_line(talk->session.stream, &line, &len))
			return false;
		listed = listed || text_equal_fold(line, keyword);
	}
	return listed;
}

static bool
pop3_way(struct starttls *talk, struct reply replies[3])
{
	if (!greet(talk, take_status, &replies[0]))
		return false;
	if (!replies[0].yes)
		return unwelcome(talk, &replies[0]);
	starttls_asking(talk);
	return ask(talk, take_status, "STLS", &replies[1]) &&
	       starttls_answered(talk, replies[1].yes,
		   !replies[1].yes && lists(talk, take_status, "CAPA", "STLS", &replies[2]),
		   buf_text(&replies[1].words));
}

static bool
sieve_way(struct starttls *talk, struct reply replies[3])
{
	if (!greet(talk, take_sieve, &replies[0]))
		return false;
	if (!replies[0].yes)
		return unwelcome(talk, &replies[0]);
	starttls_asking(talk);
	if (!offers(&replies[0], "\"STARTTLS\""))
		return starttls_answered(talk, false, false, buf_text(&replies[0].words));
	return ask(talk, take_sieve, "STARTTLS", &replies[1]) &&
	       starttls_answered(talk, replies[1].yes, true, buf_text(&replies[1].words));
}

/* RFC 4217, 4: 234, or 334 of older servers; 5xx: the command is unknown. */
static bool
ftp_way(struct starttls *talk, struct reply replies[3])
{
	if (!greet(talk, take_ftp, &replies[0]))
		return false;
	if (replies[0].code != 220)
		return unwelcome(talk, &replies[0]);
	starttls_asking(talk);
	if (!ask(talk, take_ftp, "AUTH TLS", &replies[1]))
		return false;
	return starttls_answered(talk, replies[1].code == 234 || replies[1].code == 334,
	    replies[1].code < 500, buf_text(&replies[1].words));
}

/* RFC 4642, 2.2.2: 382. Some refuse what they do not know in other words: the list tells. */
static bool
nntp_way(struct starttls *talk, struct reply replies[3])
{
	bool done;

	if (!greet(talk, take_number, &replies[0]))
		return false;
	if (replies[0].code != 200 && replies[0].code != 201)
		return unwelcome(talk, &replies[0]);
	starttls_asking(talk);
	if (!ask(talk, take_number, "STARTTLS", &replies[1]))
		return false;
	done = replies[1].code == 382;
	return starttls_answered(talk, done,
	    !done && lists(talk, take_list, "CAPABILITIES", "STARTTLS", &replies[2]),
	    buf_text(&replies[1].words));
}

/* ---- which way is whose ----------------------------------------------------------- */

struct way {
	bool (*lines)(struct starttls *talk, struct reply replies[3]);
	bool (*other)(struct starttls *talk);
	const char *goodbye; /* NULL: none */
	void (*bye)(struct starttls *talk);
	bool
	    greeting_first; /* words before the greeting are an offence, and so is leaving without any */
};

static const struct way *
way_of(const struct proto *proto)
{
	static const struct way ways[PROTO_COUNT] = {
	    [PROTO_IMAP] = {.lines = imap_way, .goodbye = "a LOGOUT"},
	    [PROTO_POP3] = {.lines = pop3_way, .goodbye = "QUIT"},
	    [PROTO_SMTP] = {.lines = smtp_way, .goodbye = "QUIT", .greeting_first = true},
	    [PROTO_SUBMISSION] = {.lines = smtp_way, .goodbye = "QUIT", .greeting_first = true},
	    [PROTO_LMTP] = {.lines = smtp_way, .goodbye = "QUIT"},
	    [PROTO_SIEVE] = {.lines = sieve_way, .goodbye = "LOGOUT"},
	    [PROTO_LDAP] = {.other = starttls_ldap, .bye = starttls_ldap_bye},
	    [PROTO_FTP] = {.lines = ftp_way, .goodbye = "QUIT"},
	    [PROTO_XMPP] = {.other = starttls_xmpp},
	    [PROTO_NNTP] = {.lines = nntp_way, .goodbye = "QUIT"},
	    [PROTO_POSTGRES] = {.other = starttls_postgres},
	    [PROTO_MYSQL] = {.other = starttls_mysql, .bye = starttls_mysql_bye},
	};

	return &ways[proto->id];
}

static bool
upgrade(struct starttls *talk, const struct way *way)
{
	struct reply replies[3] = {0};
	bool done = way->lines   ? way->lines(talk, replies)
		    : way->other ? way->other(talk)
				 : starttls_broken(talk, ERR_CONFIG, 0, "there is no way to TLS");

	for (size_t i = 0; i < ARRAY_LEN(replies); i++)
		buf_free(&replies[i].words);
	return done;
}

/* The server waits for a command: it gets its goodbye, and nobody waits for more. */
static void
say_goodbye(struct starttls *talk, const struct way *way)
{
	session_limit(&talk->session, GOODBYE_US);
	if (way->goodbye)
		stream_say(talk->session.stream, "%s", way->goodbye);
	else if (way->bye)
		way->bye(talk);
	(void)!stream_flush(talk->session.stream);
}

/* One line, which is not looked at. */
static void
hear_out(struct starttls *talk)
{
	const char *line;
	size_t len;

	session_limit(&talk->session, GOODBYE_US);
	(void)!stream_line(talk->session.stream, &line, &len);
}

/* The rows of the table that mind how one leaves: with TLS from the first byte nothing was said yet. */
static void
leave(struct starttls *talk, const struct way *way)
{
	const struct session_facts *facts = talk->facts;
	bool refused = facts->err.kind == ERR_LACKS || facts->err.kind == ERR_REFUSED;
	bool upgrading = talk->session.params->mode == SESSION_STARTTLS;

	if (upgrading && (refused || !err_is_set(&facts->err))) {
		say_goodbye(talk, way);
	} else if (!upgrading && way->greeting_first && !err_is_set(&facts->err)) {
		hear_out(talk);
		say_goodbye(talk, way);
		hear_out(talk);
	}
}

bool
starttls_run(const struct session_params *session, const struct starttls_params *params,
    struct session_facts *facts)
{
	struct starttls talk = {.params = params, .facts = facts};
	const struct way *way = way_of(params->proto);
	bool upgrading = session->mode == SESSION_STARTTLS;
	bool done =
	    session_open(&talk.session, session, facts) && (!upgrading || upgrade(&talk, way));

	facts->ended_us = clock_now_us();
	leave(&talk, way);
	session_close(&talk.session);
	return done;
}
