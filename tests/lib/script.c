/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parsing and playing scripts. Knows no descriptor and no clock; pauses are the carrier's. */
#include "lib/script.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "lib/tlsend.h"
#include "wire/mail_date.h"

#define WIRE_MAX ((size_t)64 << 20)

static struct step *
add_step(struct script *script, enum step_kind kind, size_t line)
{
	struct step *step;

	script->list = mem_grow(script->list, script->count + 1, sizeof *script->list);
	step = &script->list[script->count++];
	*step = (struct step){.kind = kind, .line = line, .repeat = 1};
	return step;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
script_unescape(const char *text, struct buf *out)
{
	for (; *text != '\0'; text++) {
		char c = *text;

		if (c == '\\') {
			c = *++text;
			if (c == 'x' && hex(text[1]) >= 0 && hex(text[2]) >= 0) {
				c = (char)(hex(text[1]) * 16 + hex(text[2]));
				text += 2;
			} else if (c == 'r' || c == 'n' || c == 't') {
				c = c == 'r' ? '\r' : c == 'n' ? '\n' : '\t';
			} else if (c != '\\') {
				return false;
			}
		}
		buf_add_char(out, c);
	}
	return true;
}

static const char *
after(const char *line, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(line, prefix, len) == 0 ? line + len : NULL;
}

static int
broken(struct script *script, size_t number, const char *why)
{
	snprintf(script->fault, sizeof script->fault, "line %zu: %s", number, why);
	return -1;
}

/* "text", "RAW bytes", "WIRE bytes" or "REPEAT count bytes"; only plain text gets its CRLF. */
static int
parse_say(struct script *script, const char *text, size_t number)
{
	struct step *step = add_step(script, STEP_SAY, number);
	struct buf bytes;
	const char *raw = after(text, "RAW ");
	const char *repeat = after(text, "REPEAT ");
	const char *wire = after(text, "WIRE ");
	bool good = true;

	buf_init(&bytes, WIRE_MAX);
	if (wire != NULL) {
		step->kind = STEP_WIRE;
		raw = wire;
	}
	if (repeat != NULL) {
		char *end;

		step->repeat = strtoul(repeat, &end, 10);
		good = step->repeat > 0 && *end == ' ';
		raw = good ? end + 1 : "";
	}
	if (raw != NULL) {
		good = good && script_unescape(raw, &bytes);
	} else {
		buf_add_text(&bytes, text);
		buf_add_text(&bytes, "\r\n");
	}
	step->len = bytes.len;
	step->text = mem_strdup("");
	if (bytes.len > 0) {
		mem_free(step->text);
		step->text = mem_alloc(bytes.len + 1);
		memcpy(step->text, bytes.data, bytes.len);
	}
	buf_free(&bytes);
	return good ? 1 : broken(script, number, "bad escape or count");
}

/* A word alone or with its argument: STALL, SLEEP 500, TLS cert=expired. */
static int
parse_action(struct script *script, const char *line, size_t number)
{
	static const struct {
		const char *word;
		enum step_kind kind;
		bool counts; /* milliseconds follow */
	} words[] = {
	    {"TLS", STEP_TLS, false},
	    {"STALL", STEP_STALL, false},
	    {"SLEEP", STEP_SLEEP, true},
	    {"DRIP", STEP_DRIP, true},
	    {"CLOSE", STEP_CLOSE, false},
	    {"CUT", STEP_CUT, false},
	    {"RESET", STEP_RESET, false},
	    {"REST", STEP_REST, false},
	    {"FACTS", STEP_FACTS, false},
	    {"CONNECTION", STEP_CONNECTION, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		const char *rest = after(line, words[i].word);
		struct step *step;
		char *end;

		if (rest == NULL || (*rest != '\0' && *rest != ' '))
			continue;
		rest += strspn(rest, " ");
		step = add_step(script, words[i].kind, number);
		step->text = mem_strdup(rest);
		step->len = strlen(rest);
		step->number = strtol(rest, &end, 10) * US_PER_MS;
		if (words[i].counts && (end == rest || *end != '\0'))
			return broken(script, number, "milliseconds wanted");
		return 1;
	}
	return 0;
}

int
script_parse_line(struct script *script, const char *line, size_t number)
{
	const char *text;

	if ((text = after(line, "S:")) != NULL)
		return parse_say(script, text + (*text == ' '), number);
	if ((text = after(line, "C:")) != NULL || (text = after(line, "C?:")) != NULL) {
		struct step *step = add_step(script, STEP_HEAR, number);

		step->optional = line[1] == '?';
		step->text = mem_strdup(text + (*text == ' '));
		step->len = strlen(step->text);
		return 1;
	}
	return parse_action(script, line, number);
}

bool
script_parse(struct script *script, const char *text)
{
	size_t number = 0;
	bool good = true;

	*script = (struct script){0};
	while (*text != '\0' && good) {
		size_t len = strcspn(text, "\n");
		char *line = mem_strndup(text, len);

		number++;
		if (*line != '\0' && *line != '#') {
			int taken = script_parse_line(script, line, number);

			good = taken > 0;
			if (taken == 0)
				broken(script, number, "not a line of a script");
		}
		mem_free(line);
		text += len + (text[len] == '\n');
	}
	return good;
}

size_t
script_connections(const struct script *script)
{
	size_t count = 1;

	/* The first dialog may be headed by a CONNECTION line of its own. */
	for (size_t i = 1; i < script->count; i++)
		count += script->list[i].kind == STEP_CONNECTION;
	return count;
}

/* Where a dialog begins; its CONNECTION line, if it has one, included. */
static size_t
dialog_start(const struct script *script, size_t dialog)
{
	size_t seen = 0;

	for (size_t i = 1; i < script->count && dialog > 0; i++) {
		seen += script->list[i].kind == STEP_CONNECTION;
		if (seen == dialog)
			return i;
	}
	return dialog == 0 ? 0 : script->count;
}

const char *
script_address(const struct script *script, size_t dialog)
{
	size_t start = dialog_start(script, dialog);

	if (start < script->count && script->list[start].kind == STEP_CONNECTION)
		return script->list[start].text;
	return "";
}

size_t
script_dialog(const struct script *script, const char *address, size_t nth)
{
	size_t found = 0, seen = 0;
	bool named = false;

	for (size_t i = 0; i < script_connections(script); i++)
		named = named || strcmp(script_address(script, i), address) == 0;
	for (size_t i = 0; i < script_connections(script); i++) {
		if (strcmp(script_address(script, i), named ? address : "") != 0)
			continue;
		if (seen++ <= nth)
			found = i;
	}
	return found;
}

void
script_free(struct script *script)
{
	for (size_t i = 0; i < script->count; i++)
		mem_free(script->list[i].text);
	mem_free(script->list);
	*script = (struct script){0};
}

size_t
script_common(const struct script *a, const struct script *b)
{
	size_t count = 0;

	for (; count < a->count && count < b->count; count++) {
		const struct step *x = &a->list[count], *y = &b->list[count];

		if (x->kind != y->kind || x->len != y->len || x->number != y->number ||
		    x->repeat != y->repeat || x->optional != y->optional ||
		    memcmp(x->text, y->text, x->len) != 0)
			break;
	}
	return count;
}

bool
script_match(const char *pattern, const char *line, char *tag)
{
	for (; *pattern != '\0'; pattern++, line++) {
		if (*pattern == '*') {
			do {
				if (script_match(pattern + 1, line, tag))
					return true;
			} while (*line++ != '\0');
			return false;
		}
		if (pattern[0] == '%' && pattern[1] == 't') {
			size_t len = strcspn(line, " ");

			if (len == 0 || len >= 64)
				return false;
			memcpy(tag, line, len);
			tag[len] = '\0';
			pattern++;
			line += len - 1;
			continue;
		}
		if (*pattern != *line)
			return false;
	}
	return *line == '\0';
}

void
player_init(struct player *player, const struct script *script, size_t dialog)
{
	*player = (struct player){.script = script,
	    .at = dialog_start(script, dialog),
	    .end = dialog_start(script, dialog + 1)};
	buf_init(&player->in, WIRE_MAX);
	buf_init(&player->out, WIRE_MAX);
	buf_init(&player->heard, WIRE_MAX);
	buf_init(&player->said, WIRE_MAX);
	player->facts = player->cut_at = player->mark_said = SIZE_MAX;
	player->mark_at = SIZE_MAX;
	player->token = player->own_token;
}

void
player_free(struct player *player)
{
	buf_free(&player->in);
	buf_free(&player->out);
	buf_free(&player->heard);
	buf_free(&player->said);
	tlsend_close(player->tls);
	*player = (struct player){0};
}

void
player_fault(struct player *player, const char *format, ...)
{
	va_list args;

	if (player->fault[0] != '\0')
		return;
	va_start(args, format);
	vsnprintf(player->fault, sizeof player->fault, format, args);
	va_end(args);
}

/* Clear text out, through TLS when that stands; nothing behind the cut. */
static void
put(struct player *player, const void *bytes, size_t len)
{
	if (len > player->cut_at - player->said.len)
		len = player->cut_at - player->said.len;
	if (len == 0)
		return;
	buf_add(&player->said, bytes, len);
	if (player->tls != NULL)
		tlsend_write(player->tls, bytes, len, &player->out);
	else
		buf_add(&player->out, bytes, len);
}

void
player_hear(struct player *player, const void *bytes, size_t len)
{
	size_t before = player->in.len;

	if (player->tls != NULL)
		tlsend_read(player->tls, bytes, len, &player->in, &player->out);
	else
		buf_add(&player->in, bytes, len);
	if (player->in.len > before)
		buf_add(&player->heard, player->in.data + before, player->in.len - before);
}

/* "%d" is the date of today, "%d+9" that of nine days on. Returns how far it reaches. */
static size_t
say_date(struct buf *out, const char *text)
{
	char *end = NULL;
	long days = strchr("+-", text[0]) != NULL && text[0] != '\0' ? strtol(text, &end, 10) : 0;

	mail_date_print(out, (int64_t)time(NULL) + days * 86400);
	return end != NULL ? (size_t)(end - text) : 0;
}

static void
say(struct player *player, const struct step *step)
{
	struct buf text;

	buf_init(&text, WIRE_MAX);
	for (size_t i = 0; i < step->len; i++) {
		if (step->text[i] == '%' && i + 1 < step->len && step->text[i + 1] == 't') {
			buf_add_text(&text, player->tag);
			i++;
		} else if (step->text[i] == '%' && i + 1 < step->len && step->text[i + 1] == 'k') {
			buf_add_text(&text, player->token);
			i++;
		} else if (step->text[i] == '%' && i + 1 < step->len && step->text[i + 1] == 'd') {
			i += 1 + say_date(&text, step->text + i + 2);
		} else {
			buf_add_char(&text, step->text[i]);
		}
	}
	for (size_t i = 0; i < step->repeat; i++)
		put(player, buf_text(&text), text.len);
	buf_free(&text);
}

/* What the server says after this is no fact any more. */
static bool
is_goodbye(const char *pattern)
{
	return strstr(pattern, "LOGOUT") != NULL || strstr(pattern, "QUIT") != NULL;
}

/* "X-Token: %k": 32 hex digits behind the beginning, kept for what the server says later. */
static bool
match_token(const char *pattern, const char *line, char *token)
{
	size_t beginning = (size_t)(strstr(pattern, "%k") - pattern);

	if (strncmp(pattern, line, beginning) != 0 || strlen(line + beginning) != 32 ||
	    strspn(line + beginning, "0123456789abcdef") != 32)
		return false;
	memcpy(token, line + beginning, 33);
	return true;
}

/* The client's next whole line against the pattern; false when there is none yet. */
static bool
hear(struct player *player, const struct step *step)
{
	const char *end = player->in.len > 0 ? memchr(player->in.data, '\n', player->in.len) : NULL;
	size_t len;
	char *line;
	bool match;

	if (player->facts == SIZE_MAX && is_goodbye(step->text))
		player->facts = player->said.len;
	if (end == NULL)
		return false;
	len = (size_t)(end - player->in.data);
	line = mem_strndup(player->in.data, len); /* shorter where the bytes hold a NUL */
	if (*line != '\0' && line[strlen(line) - 1] == '\r')
		line[strlen(line) - 1] = '\0';
	match = strstr(step->text, "%k") != NULL ? match_token(step->text, line, player->token)
						 : script_match(step->text, line, player->tag);
	if (!match && !step->optional)
		player_fault(player, "line %zu: expected \"%s\", the client said \"%.200s\"",
		    step->line, step->text, line);
	if (match || !step->optional)
		buf_drop(&player->in, len + 1);
	mem_free(line);
	return true;
}

/* The handshake: what was heard behind the last line belongs to it. */
static bool
begin_tls(struct player *player, const struct step *step)
{
	char why[160] = "";

	player->tls = tlsend_open(player->pki_dir, step->text, why, sizeof why);
	if (player->tls == NULL) {
		player_fault(player, "line %zu: TLS: %s", step->line, why);
		return false;
	}
	if (player->in.len > 0) {
		struct buf early = player->in;

		buf_init(&player->in, WIRE_MAX);
		player_hear(player, early.data, early.len);
		buf_free(&early);
	}
	return true;
}

/* TLS stands in the way: the handshake is not finished. */
static bool
shaking_hands(struct player *player)
{
	return player->tls != NULL && !tlsend_done(player->tls);
}

/* The server goes; orderly over TLS means close_notify first. */
static enum play
end_it(struct player *player, bool orderly)
{
	if (!player->gone && orderly && player->tls != NULL)
		tlsend_goodbye(player->tls, &player->out);
	player->gone = true;
	return player->out.len > 0 ? PLAY_SEND : PLAY_CLOSE;
}

static enum play
play_step(struct player *player, const struct step *step)
{
	switch (step->kind) {
	case STEP_SAY:
		say(player, step);
		break;
	case STEP_WIRE:
		buf_add(&player->out, step->text, step->len);
		break;
	case STEP_HEAR:
		if (!hear(player, step))
			return PLAY_NEED;
		break;
	case STEP_TLS:
		if (!begin_tls(player, step))
			return PLAY_CLOSE;
		break;
	case STEP_SLEEP:
		player->at++;
		player->wait_us = step->number;
		return PLAY_WAIT;
	case STEP_DRIP:
		player->drip_us = step->number;
		break;
	case STEP_STALL:
		return PLAY_STALL;
	case STEP_CLOSE:
	case STEP_CUT:
		return end_it(player, step->kind == STEP_CLOSE);
	case STEP_RESET:
		player->gone = true;
		return PLAY_RESET;
	case STEP_REST:
		player->rest = true;
		break;
	case STEP_FACTS:
		player->facts = player->said.len;
		break;
	case STEP_CONNECTION:
		break;
	}
	player->at++;
	return PLAY_SEND;
}

enum play
player_next(struct player *player)
{
	for (;;) {
		enum play play;

		if (player->out.len > 0)
			return PLAY_SEND;
		if (player->fault[0] != '\0')
			return PLAY_CLOSE;
		if (player->tls != NULL && tlsend_failed(player->tls))
			return PLAY_CLOSE;
		if (shaking_hands(player))
			return PLAY_NEED;
		if (player->said.len >= player->cut_at)
			return player->cut_how;
		if (player->at == player->end)
			return end_it(player, true) == PLAY_SEND ? PLAY_SEND : PLAY_END;
		if (player->at == player->mark_at && player->mark_said == SIZE_MAX)
			player->mark_said = player->said.len;
		play = play_step(player, &player->script->list[player->at]);
		if (play != PLAY_SEND)
			return play;
	}
}

void
player_client_left(struct player *player)
{
	if (player->rest || player->said.len >= player->cut_at ||
	    (player->tls != NULL && tlsend_failed(player->tls)))
		return;
	if (player->in.len > 0 && player->at == player->end)
		player_fault(
		    player, "after the script's end the client said \"%.200s\"", player->in.data);
	for (size_t i = player->at; i < player->end; i++) {
		const struct step *step = &player->script->list[i];

		if (step->kind == STEP_STALL || step->kind == STEP_CLOSE ||
		    step->kind == STEP_RESET)
			return;
		if (step->kind == STEP_HEAR && !step->optional)
			player_fault(player, "line %zu: the client never said \"%s\"", step->line,
			    step->text);
	}
}
