/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the order of the IMAP dialog, from the greeting to LOGOUT. Knows no
 * limits and no findings: what came is kept as it came.
 */
#include "dialog/imap.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "dialog/imap_data.h"
#include "dialog/imap_idle.h"
#include "dialog/imap_login.h"
#include "dialog/imap_mailbox.h"
#include "dialog/imap_search.h"
#include "dialog/imap_talk.h"

#define GOODBYE_US US_PER_S /* the result stands: nobody waits long for a goodbye */

/* ---- names ---- */

static const char *const USES[IMAP_USE_COUNT] = {
    [IMAP_USE_JUNK] = "junk",
    [IMAP_USE_SENT] = "sent",
    [IMAP_USE_TRASH] = "trash",
    [IMAP_USE_DRAFTS] = "drafts",
    [IMAP_USE_ARCHIVE] = "archive",
    [IMAP_USE_ALL] = "all",
};

const char *
imap_use_name(enum imap_use use)
{
	return USES[use];
}

bool
imap_use_find(const char *name, enum imap_use *use_out)
{
	for (int use = 0; use < IMAP_USE_COUNT; use++) {
		if (!text_equal_fold(USES[use], name))
			continue;
		*use_out = (enum imap_use)use;
		return true;
	}
	return false;
}

const char *
imap_step_name(enum imap_step step)
{
	static const char *const NAMES[] = {
	    [IMAP_STEP_GREETING] = "greeting",
	    [IMAP_STEP_CAPABILITY] = "CAPABILITY",
	    [IMAP_STEP_STARTTLS] = "STARTTLS",
	    [IMAP_STEP_LOGIN] = "login",
	    [IMAP_STEP_ID] = "ID",
	    [IMAP_STEP_STATUS] = "STATUS",
	    [IMAP_STEP_EXAMINE] = "EXAMINE",
	    [IMAP_STEP_LIST] = "LIST",
	    [IMAP_STEP_QUOTA] = "GETQUOTAROOT",
	    [IMAP_STEP_SEARCH] = "SEARCH",
	    [IMAP_STEP_FETCH] = "FETCH",
	    [IMAP_STEP_IDLE] = "IDLE",
	    [IMAP_STEP_APPEND] = "APPEND",
	    [IMAP_STEP_SELECT] = "SELECT",
	    [IMAP_STEP_STORE] = "STORE",
	    [IMAP_STEP_EXPUNGE] = "EXPUNGE",
	    [IMAP_STEP_LOGOUT] = "LOGOUT",
	};
	return NAMES[step];
}

const char *
imap_status_name(enum imap_status status)
{
	static const char *const NAMES[] = {"", [IMAP_OK] = "OK", [IMAP_NO] = "NO",
	    [IMAP_BAD] = "BAD", [IMAP_BYE] = "BYE", [IMAP_PREAUTH] = "PREAUTH"};
	return NAMES[status];
}

bool
imap_words_has(const struct imap_words *words, const char *word)
{
	for (size_t i = 0; i < words->count; i++) {
		if (text_equal_fold(words->list[i], word))
			return true;
	}
	return false;
}

void
imap_facts_init(struct imap_facts *facts)
{
	*facts = (struct imap_facts){.hits = -1};
	session_facts_init(&facts->session);
	for (size_t i = 0; i < IMAP_USE_COUNT; i++)
		facts->special[i].messages = -1;
}

void
imap_facts_free(struct imap_facts *facts)
{
	session_facts_free(&facts->session);
}

/* ---- greeting ---- */

/* Who speaks there instead, by the first words; NULL if that cannot be said. */
static const char *
other_protocol(const char *line)
{
	static const struct {
		const char *beginning, *name;
	} KNOWN[] = {
	    {"HTTP/", "an HTTP server"},
	    {"<", "an HTTP server"},
	    {"SSH-", "an SSH server"},
	    {"220", "an SMTP or FTP server"},
	    {"421", "an SMTP or FTP server"},
	    {"554", "an SMTP server"},
	    {"+OK", "a POP3 server"},
	    {"-ERR", "a POP3 server"},
	    {"200", "an NNTP server"},
	    {"\"IMPLEMENTATION\"", "a ManageSieve server"},
	    {"RFB ", "a VNC server"},
	};
	for (size_t i = 0; i < ARRAY_LEN(KNOWN); i++) {
		if (text_begins_fold(line, KNOWN[i].beginning))
			return KNOWN[i].name;
	}
	return NULL;
}

static bool
not_imap(struct imap *imap, const char *line, size_t len)
{
	const char *other = other_protocol(line);
	char words[120];
	return imap_talk_broken(imap, ERR_PROTOCOL_OTHER, "not an IMAP server%s%s: \"%s\"",
	    other ? " but " : "", other ? other : "",
	    text_clean_into(words, sizeof words, line, len));
}

/* An alert, as TLS servers send to who is silent or speaks in clear; it is no line. */
static bool
talks_tls(const struct stream *stream)
{
	const unsigned char *bytes = (const unsigned char *)stream->in.data;
	return !stream->encrypted && stream->in.len >= 2 && bytes[0] == 0x15 && bytes[1] == 3;
}

static bool
hear_greeting(struct imap *imap, struct imap_msg *msg)
{
	struct session_facts *session = &imap->facts->session;
	const char *line, *why;
	size_t len;
	if (!session_first_line(&imap->session, &line, &len)) {
		session->tls_spoken_first |= talks_tls(imap->session.stream);
		return false;
	}
	session->greeting = arena_strndup(&session->arena, line, len);
	if (!imap_msg_parse(msg, line, len, &why) || msg->form != IMAP_MSG_UNTAGGED ||
	    (msg->word != IMAP_MSG_OK && msg->word != IMAP_MSG_PREAUTH &&
		msg->word != IMAP_MSG_BYE))
		return not_imap(imap, line, len);
	return true;
}

/* "*" OK, PREAUTH or BYE (RFC 9051, 7.1) */
static bool
greet(struct imap *imap)
{
	struct imap_facts *facts = imap->facts;
	bool starttls = imap->session.params->mode == SESSION_STARTTLS;
	struct imap_msg msg;
	if (!hear_greeting(imap, &msg))
		return false;
	if (starttls)
		imap->capabilities = &facts->capabilities_before_tls;
	if (!imap_data_greeting(imap, &msg))
		return false;
	facts->preauth = msg.word == IMAP_MSG_PREAUTH;
	if (msg.word == IMAP_MSG_BYE) {
		phase_end(&facts->session.phases, PHASE_FAULT);
		char words[200];
		const char *line = facts->greeting.line;
		return err_set(&facts->session.err, ERR_REFUSED, 0, "greeting: %s",
		    text_clean_into(words, sizeof words, line, strlen(line)));
	}
	/* Whoever logs us in before TLS wants a talk in clear (RFC 9051, 11.1). */
	if (facts->preauth && starttls)
		return imap_talk_broken(imap, ERR_PROTOCOL_ORDER, "PREAUTH before TLS");
	phase_end(&facts->session.phases, PHASE_DONE);
	return true;
}

/* ---- capabilities ---- */

/* A run that wants no more than the list asks for it and says goodbye at once. */
static bool
ask_capabilities(struct imap *imap)
{
	struct imap_facts *facts = imap->facts;
	phase_begin(&facts->session.phases, PHASE_CAPABILITY);
	struct imap_command *command = imap_talk_say(imap, IMAP_STEP_CAPABILITY, "CAPABILITY");
	bool last = imap->capabilities == &facts->capabilities &&
		    !login_wanted(&imap->params->login) && !imap->params->send &&
		    !imap->params->quit;
	if (last && !imap->serial)
		imap_talk_say(imap, IMAP_STEP_LOGOUT, "LOGOUT");
	if (!imap_talk_hear(imap, command))
		return false;
	bool told = command->status == IMAP_OK;
	phase_end(&facts->session.phases, told ? PHASE_DONE : PHASE_FAULT);
	return told || err_set(&facts->session.err, ERR_REFUSED, 0, "CAPABILITY was refused");
}

static void
note_mechanisms(struct imap_facts *facts)
{
	const struct imap_words *words = &facts->capabilities;
	const char **list =
	    arena_alloc(&facts->session.arena, (words->count + 1) * sizeof *facts->mechanisms.list);
	size_t count = 0;
	for (size_t i = 0; i < words->count; i++) {
		if (text_begins_fold(words->list[i], "AUTH="))
			list[count++] = words->list[i] + strlen("AUTH=");
	}
	facts->mechanisms = (struct imap_words){.list = list, .count = count};
	facts->logindisabled = imap_words_has(words, "LOGINDISABLED");
}

/* The list told in the greeting, or asked for. */
static bool
learn_capabilities(struct imap *imap)
{
	return imap->capabilities->count || ask_capabilities(imap);
}

/* ---- STARTTLS ---- */

static bool
upgrade(struct imap *imap)
{
	struct imap_facts *facts = imap->facts;
	struct session_facts *session = &facts->session;
	facts->starttls_offered = imap_words_has(&facts->capabilities_before_tls, "STARTTLS");
	if (!facts->starttls_offered)
		return err_set(&session->err, ERR_LACKS, 0, "STARTTLS is not offered");
	phase_begin(&session->phases, PHASE_STARTTLS);
	session->starttls_asked = true;
	struct imap_command *command = imap_talk_say(imap, IMAP_STEP_STARTTLS, "STARTTLS");
	if (!imap_talk_hear(imap, command))
		return false;
	session->starttls_accepted = command->status == IMAP_OK;
	if (!session->starttls_accepted) {
		phase_end(&session->phases, PHASE_FAULT);
		return err_set(&session->err, ERR_REFUSED, 0, "STARTTLS was refused");
	}
	phase_end(&session->phases, PHASE_DONE);
	/* What was told in clear counts no more (RFC 9051, 6.2.1). */
	imap->capabilities = &facts->capabilities;
	return session_upgrade(&imap->session) && ask_capabilities(imap);
}

/* ---- the classic raw exchange ---- */

/* As many tagged answers as lines were sent; lines that are no answers are kept as well. */
static bool
hear_raw(struct imap *imap, size_t answers)
{
	struct stream *stream = imap->session.stream;
	struct buf heard;
	buf_init(&heard, STREAM_LINE_MAX_IMAP);
	const char *line;
	size_t len;
	while (answers > 0 && !heard.overflow && stream_line(stream, &line, &len)) {
		if (len && *line != '*' && *line != '+')
			answers--;
		if (heard.len)
			buf_add_char(&heard, '\n');
		buf_add(&heard, line, len);
	}
	imap->facts->send_reply = arena_strdup(&imap->facts->session.arena, buf_text(&heard));
	buf_free(&heard);
	return !err_is_set(&stream->err) || session_failed(&imap->session);
}

static bool
exchange_raw(struct imap *imap)
{
	const char *send = imap->params->send;
	size_t lines = 0;
	imap->session.stream->step = "send";
	if (!send)
		return true;
	for (const char *at = send; *at; at++)
		lines += *at == '\n';
	stream_put(imap->session.stream, send, strlen(send));
	return hear_raw(imap, lines);
}

/* ---- the whole ---- */

/* To where a login could begin. */
static bool
begin(struct imap *imap, bool ask)
{
	struct imap_facts *facts = imap->facts;
	bool starttls = imap->session.params->mode == SESSION_STARTTLS;
	if (!greet(imap) || ((ask || starttls) && !learn_capabilities(imap)) ||
	    (starttls && !upgrade(imap)))
		return false;
	note_mechanisms(facts);
	if (facts->preauth)
		facts->capabilities_after_login = facts->capabilities;
	return true;
}

static void
converse(struct imap *imap)
{
	const struct imap_params *params = imap->params;
	struct imap_facts *facts = imap->facts;
	bool raw = params->send || params->quit;
	if (!begin(imap, !raw || params->want_capabilities))
		return;
	if (raw) {
		(void)!exchange_raw(imap);
		return;
	}
	if (!login_wanted(&params->login))
		return;
	facts->authenticated = facts->preauth || imap_login_run(imap);
	if (facts->authenticated && imap_mailbox_run(imap) && imap_search_run(imap) &&
	    params->idle_folder)
		(void)!imap_idle_run(imap);
}

/* What the login told or did not tell, and ID: some providers want it before the first folder. */
static bool
settle_in(struct imap *imap)
{
	imap->capabilities = &imap->facts->capabilities_after_login;
	if (!imap->capabilities->count &&
	    !imap_talk_hear(imap, imap_talk_say(imap, IMAP_STEP_CAPABILITY, "CAPABILITY")))
		return false;
	return !imap_talk_can(imap, "ID") || imap_talk_hear(imap, imap_mailbox_say_id(imap));
}

bool
imap_talk_enter(struct imap *imap, const struct session_params *session,
    const struct imap_params *params, struct imap_facts *facts)
{
	if (!imap_talk_open(imap, session, params, facts))
		return false;
	imap->serial = true;
	if (!begin(imap, true))
		return false;
	facts->authenticated = facts->preauth || imap_login_run(imap);
	return facts->authenticated && settle_in(imap);
}

/* Whatever becomes of the goodbye, it changes no result: errors of it are dropped. */
static void
goodbye(struct imap *imap)
{
	struct imap_facts *facts = imap->facts;
	struct stream *stream = imap->session.stream;
	struct err before = facts->session.err;
	facts->session.ended_us = clock_now_us();
	if (!stream || err_is_set(&stream->err) || imap->bye ||
	    facts->greeting.status == IMAP_BYE || !facts->session.greeting)
		return;
	phase_begin(&facts->session.phases, PHASE_GOODBYE);
	facts->goodbye_said = true;
	if (imap->params->quit) {
		stream_put(stream, imap->params->quit, strlen(imap->params->quit));
		facts->goodbye_done = stream_put(stream, "\r\n", 2) && stream_flush(stream);
	} else {
		session_limit(&imap->session, GOODBYE_US);
		if (!imap->logout)
			imap_talk_say(imap, IMAP_STEP_LOGOUT, "LOGOUT");
		facts->goodbye_done =
		    imap_talk_hear(imap, imap->logout) && imap->logout->status == IMAP_OK;
	}
	phase_end(&facts->session.phases, facts->goodbye_done ? PHASE_DONE : PHASE_FAULT);
	facts->session.err = before;
}

void
imap_talk_leave(struct imap *imap)
{
	goodbye(imap);
	imap_talk_close(imap);
}

static bool
run_once(const struct session_params *session, const struct imap_params *params,
    struct imap_facts *facts, bool serial)
{
	struct imap imap;
	if (imap_talk_open(&imap, session, params, facts)) {
		imap.serial = serial || params->no_pipeline;
		converse(&imap);
	}
	goodbye(&imap);
	bool again = imap_mailbox_out_of_step(&imap);
	imap_talk_close(&imap);
	return again;
}

/*
 * A server that takes an EXAMINE sent along with the login for wrong is asked
 * once more, command by command; only that tells a broken mailbox from a server
 * that cannot be pipelined.
 */
bool
imap_run(const struct session_params *session, const struct imap_params *params,
    struct imap_facts *facts)
{
	if (run_once(session, params, facts, false) && !session->given) {
		imap_facts_free(facts);
		imap_facts_init(facts);
		facts->retried_serially = true;
		run_once(session, params, facts, true);
	}
	return !err_is_set(&facts->session.err);
}
