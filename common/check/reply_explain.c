/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns finding the reply in what people paste: lines of mail logs, bounces,
 * transcripts, error messages of programs. Must not know what replies mean.
 */
#include <string.h>

#include "base/text.h"
#include "check/reply.h"
#include "check/reply_head.h"

/* Words around a reply, and what they say about it. The first one found holds. */
struct clue {
	const char *words;
	unsigned protocols, stages;
};

/* In front of or behind the reply. */
static const struct clue stage_clues[] = {
    {"in reply to end of DATA", REPLY_SMTP, REPLY_DATA},
    {"in reply to DATA", REPLY_SMTP, REPLY_DATA},
    {"in reply to MAIL", REPLY_SMTP, REPLY_MAIL},
    {"in reply to RCPT", REPLY_SMTP, REPLY_RCPT},
    {"in reply to EHLO", REPLY_SMTP, REPLY_EHLO},
    {"in reply to HELO", REPLY_SMTP, REPLY_EHLO},
    {"in reply to LHLO", REPLY_LMTP, REPLY_EHLO},
    {"in reply to STARTTLS", REPLY_SMTP, REPLY_STARTTLS},
    {"in reply to AUTH", REPLY_SMTP, REPLY_AUTH},
    {"reject: CONNECT from", REPLY_SMTP, REPLY_GREETING},
    {"reject: EHLO from", REPLY_SMTP, REPLY_EHLO},
    {"reject: HELO from", REPLY_SMTP, REPLY_EHLO},
    {"reject: MAIL from", REPLY_SMTP, REPLY_MAIL},
    {"reject: RCPT from", REPLY_SMTP, REPLY_RCPT},
    {"reject: DATA from", REPLY_SMTP, REPLY_DATA},
    {"reject: END-OF-MESSAGE from", REPLY_SMTP, REPLY_DATA},
    {"refused to talk to me", REPLY_SMTP, REPLY_GREETING},
    {"after initial connection", REPLY_SMTP, REPLY_GREETING},
    {"after end of data", REPLY_SMTP, REPLY_DATA},
    {"after pipelined end of data", REPLY_SMTP, REPLY_DATA},
    {"after DATA", REPLY_SMTP, REPLY_DATA},
    {"after pipelined DATA", REPLY_SMTP, REPLY_DATA},
    {"after MAIL FROM", REPLY_SMTP, REPLY_MAIL},
    {"after pipelined MAIL FROM", REPLY_SMTP, REPLY_MAIL},
    {"after RCPT TO", REPLY_SMTP, REPLY_RCPT},
    {"after pipelined RCPT TO", REPLY_SMTP, REPLY_RCPT},
    {"after EHLO", REPLY_SMTP, REPLY_EHLO},
    {"after HELO", REPLY_SMTP, REPLY_EHLO},
    {"after STARTTLS", REPLY_SMTP, REPLY_STARTTLS},
    {"after AUTH", REPLY_SMTP, REPLY_AUTH},
    {"SASL authentication failed; server", REPLY_SMTP, REPLY_AUTH},
    {"SASL LOGIN authentication failed", REPLY_SMTP, REPLY_AUTH},
    {"SASL PLAIN authentication failed", REPLY_SMTP, REPLY_AUTH},
    {"Could not authenticate", 0, REPLY_AUTH},
    {"Failed to authenticate", 0, REPLY_AUTH},
    {"SMTPAuthenticationError", REPLY_SMTP, REPLY_AUTH},
    {"SMTPSenderRefused", REPLY_SMTP, REPLY_MAIL},
    {"SMTPRecipientsRefused", REPLY_SMTP, REPLY_RCPT},
    {"SMTPDataError", REPLY_SMTP, REPLY_DATA},
    {"Invalid login:", REPLY_SMTP, REPLY_AUTH},
    {"AuthenticationFailedException", 0, REPLY_AUTH},
};

/* Who speaks, when the form of the reply does not say. */
static const struct clue protocol_clues[] = {
    {"lmtp", REPLY_LMTP, 0},
    {"imap", REPLY_IMAP, 0},
    {"\"NO\" received", REPLY_IMAP, 0},
    {"pop3", REPLY_POP3, 0},
    {"smtp", REPLY_SMTP, 0},
};

/* Words of a login in an IMAP or POP3 reply. */
static const char *const login_words[] = {"login", "logon", "log in", "authenticat", "password",
    "credential", "passwd", "auth]", "auth failed", "passwort", "kennwort", "anmeld",
    "mot de passe", "contrase", "senha", "haslo", "пароль", "密码", "clave", "логин"};

/* Bracketed codes (RFC 5530, RFC 3206 and others) that tell the protocol. */
static const struct clue brackets[] = {
    {"AUTH", REPLY_POP3, REPLY_AUTH},
    {"SYS/TEMP", REPLY_POP3, 0},
    {"SYS/PERM", REPLY_POP3, 0},
    {"IN-USE", REPLY_POP3, 0},
    {"LOGIN-DELAY", REPLY_POP3, 0},
    {"AUTHENTICATIONFAILED", REPLY_IMAP, REPLY_AUTH},
    {"AUTHORIZATIONFAILED", REPLY_IMAP, REPLY_AUTH},
    {"EXPIRED", REPLY_IMAP, REPLY_AUTH},
    {"PRIVACYREQUIRED", REPLY_IMAP, REPLY_AUTH},
    {"CONTACTADMIN", REPLY_IMAP, REPLY_AUTH},
    {"WEBALERT", REPLY_IMAP, REPLY_AUTH},
    {"UNAVAILABLE", REPLY_IMAP, 0},
    {"ALERT", REPLY_IMAP, 0},
    {"NONEXISTENT", REPLY_IMAP, REPLY_MAILBOX},
    {"OVERQUOTA", REPLY_IMAP, REPLY_MAILBOX},
    {"NOPERM", REPLY_IMAP, REPLY_MAILBOX},
    {"LIMIT", REPLY_IMAP, 0},
    {"INUSE", REPLY_IMAP, 0},
    {"SERVERBUG", REPLY_IMAP, 0},
    {"CORRUPTION", REPLY_IMAP, 0},
    {"CLIENTBUG", REPLY_IMAP, 0},
    {"CANNOT", REPLY_IMAP, 0},
    {"THROTTLED", REPLY_IMAP, 0},
};

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* An SMTP refusal's code stands here: not a port, not a process id, not part of a longer number. */
static bool
is_code(const char *text, const char *at)
{
	static const char *const ports[] = {"443", "465", "585"};
	char before = at == text ? ' ' : at[-1];

	if ((at[0] != '4' && at[0] != '5') || at[1] < '0' || at[1] > '7' || at[2] < '0' ||
	    at[2] > '9')
		return false;
	if (is_word(at[3]) || (at[3] != '\0' && strchr(".:]%/", at[3]) != NULL))
		return false;
	/* "550-5.7.1", "550-192.0.2.7 is blocked"; not a telephone's 555-1234 */
	if (at[3] == '-' && at[4] >= '0' && at[4] <= '9' &&
	    at[4 + strspn(at + 4, "0123456789")] != '.')
		return false;
	if (before == '_')
		return at[3] == '_'; /* qmail's log writes blanks so */
	if (is_word(before) || strchr(".-[/+=#:", before) != NULL)
		return before == ':' && (at - text < 2 || at[-2] < '0' || at[-2] > '9');
	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		if (strncmp(at, ports[i], 3) == 0)
			return false;
	}
	return true;
}

#define CODE_BEGINS 3 /* the score of what stands where replies begin */

/* How surely a reply begins here; 0: it does not. */
static int
code_score(const char *text, const char *at)
{
	if (!is_code(text, at))
		return 0;
	const char *before = at;
	while (before > text &&
	       (before[-1] == ' ' || before[-1] == '(' || before[-1] == '\'' || before[-1] == '"'))
		before--;
	bool begins = before == text || strchr(":;\n>*", before[-1]) != NULL;
	const char *behind = at + 3;
	while (*behind != '\0' && strchr(" -,b'\"#", *behind) != NULL)
		behind++;
	bool enhanced = reply_head_enhanced(behind, strlen(behind)) > 0;
	return 1 + (begins ? 2 : 0) + (enhanced ? 1 : 0);
}

/* The surest code of a line, NULL if it has none. Logs write line ends as "\\n". */
static const char *
line_code(const char *text, const char *line, size_t *len, int *best_score)
{
	const char *best = NULL;
	const char *at = line;

	*best_score = 0;
	for (; *at != '\0' && *at != '\n' && (at[0] != '\\' || at[1] != 'n'); at++) {
		int score = at[1] != '\0' && at[2] != '\0' ? code_score(text, at) : 0;

		if (score > *best_score) {
			*best_score = score;
			best = at;
		}
	}
	*len = (size_t)(at - line) + (*at == '\n' ? 1 : *at == '\\' ? 2 : 0);
	return best;
}

/*
 * Where the reply of SMTP begins, NULL if there is none: of several the last
 * one, which ended the matter, but at the first of its lines.
 */
static const char *
find_code(const char *text)
{
	const char *begin = NULL;
	const char *previous = NULL;
	int begin_score = 0;
	size_t len = 0;

	for (const char *line = text; *line != '\0'; line += len) {
		int score = 0;
		const char *code = line_code(text, line, &len, &score);
		bool goes_on = code != NULL && previous != NULL && strncmp(code, previous, 3) == 0;

		previous = code;
		if (code == NULL || goes_on)
			continue;
		/* 503 only complains of the refusal before it */
		bool follows = begin_score >= CODE_BEGINS && strncmp(code, "503", 3) == 0;

		if (begin == NULL || (score >= CODE_BEGINS && !follows) || score > begin_score) {
			begin = code;
			begin_score = score;
		}
	}
	return begin;
}

/* Where the tag in front of a status word begins: "*", or letters and digits; NULL if it is just a word. */
static const char *
tag_before(const char *text, const char *status)
{
	const char *tag = status == text ? text : status - 1;
	bool found = false;

	while (tag > text && (is_word(tag[-1]) || tag[-1] == '*' || tag[-1] == '.')) {
		tag--;
		found = found || tag[0] == '*' || (tag[0] >= '0' && tag[0] <= '9');
	}
	return found ? tag : NULL;
}

/* "Login failed" begins like a sentence, "SUCH USER" does not. */
static bool
is_sentence(const char *text)
{
	return text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a' && text[1] <= 'z';
}

/* Where a line of IMAP begins whose status stands at at, NULL if that is no status. */
static const char *
status_at(const char *text, const char *at)
{
	static const char *const words[] = {"NO ", "BAD ", "BYE ", "OK ["};

	if (at > text && strchr(" \n", at[-1]) == NULL)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t len = strlen(words[i]);
		const char *tag = text_begins_fold(at, words[i]) ? tag_before(text, at) : NULL;

		if (tag != NULL && !is_code(text, tag))
			return tag;
		if (strncmp(at, words[i], len) == 0 &&
		    (at[len] == '[' || (at == text && is_sentence(at + len))))
			return at;
	}
	return NULL;
}

/* "* BYE", "a1 NO", "NO [", "NO Login": the last tagged line, else the first one; NULL if there is none. */
static const char *
find_status(const char *text)
{
	const char *found = NULL;

	for (const char *at = text; *at != '\0'; at++) {
		const char *line = status_at(text, at);

		if (line != NULL && (found == NULL || *line != '*'))
			found = line;
	}
	return found;
}

/* The last "-ERR" as a word of its own, NULL if there is none. */
static const char *
find_err(const char *text)
{
	const char *found = NULL;

	for (const char *at = strchr(text, '-'); at != NULL; at = strchr(at + 1, '-')) {
		if (text_begins_fold(at, "-ERR") && !is_word(at[4]) && at[4] != '-' &&
		    (at == text || !is_word(at[-1])))
			found = at;
	}
	return found;
}

/* A bracketed code that only a mail server writes. */
static const char *
find_bracket(const char *text, const struct clue **which)
{
	for (const char *at = strchr(text, '['); at != NULL; at = strchr(at + 1, '[')) {
		for (size_t i = 0; i < ARRAY_LEN(brackets); i++) {
			size_t len = strlen(brackets[i].words);

			if (text_begins_fold(at + 1, brackets[i].words) &&
			    (at[1 + len] == ']' || at[1 + len] == ' ')) {
				*which = &brackets[i];
				return at;
			}
		}
	}
	return NULL;
}

static void
take_clue(const struct clue *clues, size_t count, const char *text, struct reply_query *query)
{
	for (size_t i = 0; i < count; i++) {
		if (text_find_fold(text, strlen(text), clues[i].words) == NULL)
			continue;
		if (query->protocol == 0)
			query->protocol = clues[i].protocols;
		if (query->stage == 0)
			query->stage = clues[i].stages;
		return;
	}
}

/* Ends the reply before what the log adds behind it. */
static void
cut_tail(struct reply_query *query)
{
	static const char *const tails[] = {" (in reply to ", " [in reply to "};

	query->len = strlen(query->text);
	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		const char *tail = text_find_fold(query->text, query->len, tails[i]);

		if (tail != NULL)
			query->len = (size_t)(tail - query->text);
	}
}

/* Bytes as Python prints them: b'...'; NULL if there are none. */
static const char *
find_bytes(const char *text)
{
	for (const char *at = strstr(text, "b'"); at != NULL; at = strstr(at + 1, "b'")) {
		if (at == text || !is_word(at[-1]))
			return at + 2;
	}
	return NULL;
}

/* What programs write in front of what the server said: behind the last of it; text: none. */
static const char *
find_quote(const char *text)
{
	static const char *const leads[] = {"server response was: ", "host said: ", "server said: ",
	    "server replied: ", "server responded: ", "server responded with: "};
	const char *found = text;

	for (size_t i = 0; i < ARRAY_LEN(leads); i++) {
		const char *lead = text_find_fold(found, strlen(found), leads[i]);

		if (lead != NULL)
			found = lead + strlen(leads[i]);
	}
	return found;
}

/* "...: 4.7.1 words": an enhanced code whose reply lost its first number, as milters log it. */
static const char *
find_enhanced(const char *text)
{
	for (const char *at = text; *at != '\0'; at++) {
		if ((at == text || (at - text > 1 && at[-1] == ' ' && at[-2] == ':')) &&
		    reply_head_enhanced(at, strlen(at)) > 0)
			return at;
	}
	return NULL;
}

/* The banner of a protocol that is none of mail, NULL if there is none. */
static const char *
find_banner(const char *text)
{
	static const char *const banners[] = {"HTTP/1.", "SSH-1.", "SSH-2.0-"};
	const char *found = NULL;

	for (size_t i = 0; found == NULL && i < ARRAY_LEN(banners); i++)
		found = strstr(text, banners[i]);
	return found;
}

/* The challenge in which a server says why it refuses a token, before it does: "334 eyJ...", "+ eyJ...". */
static const char *
find_challenge(const char *text, unsigned *protocol)
{
	const char *at = strstr(text, "+ eyJ");

	*protocol = REPLY_IMAP;
	if (at == NULL) {
		*protocol = REPLY_SMTP;
		at = strstr(text, "334 eyJ");
	}
	return at;
}

/* Where the reply begins, and which protocol that form belongs to. */
static void
find_reply(const char *text, unsigned protocols, struct reply_query *query)
{
	const struct clue *bracket = NULL;
	unsigned challenge = 0;
	const char *banner = find_banner(text);
	const char *err = find_err(text);
	const char *status = find_status(text);
	const char *open = find_bracket(text, &bracket);
	const char *code =
	    protocols == 0 || (protocols & (REPLY_SMTP | REPLY_LMTP)) != 0 || err == NULL
		? find_code(text)
		: NULL;

	if (banner != NULL && err == NULL && (code == NULL || banner < code)) {
		query->text = banner;
	} else if (err != NULL) {
		query->protocol = REPLY_POP3;
		query->text = err;
	} else if (status != NULL && (code == NULL || status < code)) {
		query->protocol = REPLY_IMAP;
		query->text = status;
	} else if (code != NULL && (open == NULL || code < open)) {
		query->protocol = REPLY_SMTP;
		query->text = code;
	} else if (open != NULL) {
		query->protocol = bracket->protocols;
		query->text = open;
	} else if ((open = find_bytes(text)) != NULL) {
		query->text = open;
	} else if ((open = find_enhanced(find_quote(text))) != NULL) {
		query->protocol = REPLY_SMTP;
		query->text = open;
	} else {
		query->text = find_quote(text);
	}
	if ((open = find_challenge(text, &challenge)) != NULL) {
		query->protocol = challenge;
		query->text = open;
	}
	if (bracket != NULL && query->protocol != REPLY_SMTP)
		query->stage = bracket->stages;
}

/*
 * Who speaks, by the hosts and marks in the reply: its links and the name the
 * server gives itself, not the domains of addresses. NULL: not known.
 */
static const char *
find_provider(const char *text, size_t len)
{
	static const char host_chars[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	char host[256];
	size_t size = 0;

	for (size_t at = 0; at < len; at += size + 1) {
		const char *found = NULL;

		size = strspn(text + at, host_chars);
		if (size > len - at)
			size = len - at;
		if (size < 4 || size >= sizeof(host) || (at > 0 && text[at - 1] == '@'))
			continue;
		memcpy(host, text + at, size);
		host[size] = '\0';
		if (strchr(host, '.') != NULL)
			found = reply_provider(NULL, NULL, host, NULL);
		else if (strcmp(host, "gsmtp") == 0)
			found = reply_provider(NULL, NULL, NULL, host);
		if (found != NULL)
			return found;
	}
	return NULL;
}

bool
reply_explain(
    const char *text, unsigned protocols, struct reply_query *query_out, struct reply_match *out)
{
	struct reply_query query = {.text = text};

	find_reply(text, protocols, &query);
	cut_tail(&query);
	if (query.protocol == REPLY_SMTP) {
		struct reply_query clue = {0};

		take_clue(stage_clues, ARRAY_LEN(stage_clues), text, &clue);
		query.stage = clue.stage;
		if (clue.protocol == REPLY_LMTP ||
		    text_find_fold(text, strlen(text), "lmtp") != NULL)
			query.protocol = REPLY_LMTP;
	} else if (query.protocol == 0) {
		query.protocol = protocols;
		take_clue(stage_clues, ARRAY_LEN(stage_clues), text, &query);
		if (query.protocol == 0)
			take_clue(protocol_clues, ARRAY_LEN(protocol_clues), text, &query);
	}
	for (size_t i = 0; (query.protocol & (REPLY_IMAP | REPLY_POP3)) != 0 && query.stage == 0 &&
			   i < ARRAY_LEN(login_words);
	     i++) {
		if (text_find_fold(text, strlen(text), login_words[i]) != NULL)
			query.stage = REPLY_AUTH;
	}
	query.provider = find_provider(query.text, query.len);
	if (!reply_match(&query, out))
		return false;
	*query_out = query;
	return true;
}
