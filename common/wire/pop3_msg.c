/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POP3's grammar. Knows no order of commands and no meaning of a response code. */
#include "wire/pop3_msg.h"

#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define UID_MAX 70

static bool
is_visible(char c)
{
	return c > 0x20 && c < 0x7f;
}

/* "[CODE]" in front of the text: visible characters without a bracket (RFC 2449, 8). */
static void
take_code(struct pop3_msg_line *out)
{
	const char *at = out->text;
	size_t len = 0;

	if (*at++ != '[')
		return;
	while (is_visible(at[len]) && at[len] != '[' && at[len] != ']')
		len++;
	if (len == 0 || at[len] != ']')
		return;
	out->code = at;
	out->code_len = len;
	out->text = at + len + 1;
	out->text += *out->text == ' ';
}

bool
pop3_msg_line(const char *line, struct pop3_msg_line *out)
{
	size_t len = strcspn(line, " ");

	*out = (struct pop3_msg_line){.text = line + len + (line[len] == ' ')};
	if (len == 3 && memcmp(line, "+OK", 3) == 0)
		out->status = POP3_MSG_OK;
	else if (len == 4 && memcmp(line, "-ERR", 4) == 0)
		out->status = POP3_MSG_ERR;
	else if (len == 1 && line[0] == '+')
		out->status = POP3_MSG_CONTINUE;
	else
		return false;
	if (out->status != POP3_MSG_CONTINUE)
		take_code(out);
	return true;
}

bool
pop3_msg_timestamp(const char *greeting, const char **stamp_out, size_t *len_out)
{
	const char *open = strchr(greeting, '<');
	size_t len = 0, at_signs = 0;

	if (open == NULL)
		return false;
	for (len = 1; is_visible(open[len]) && open[len] != '>' && open[len] != '<'; len++)
		at_signs += open[len] == '@';
	/* msg-id (RFC 1939, 7); a server that sends more than a line of it wants something else */
	if (open[len] != '>' || at_signs != 1 || len > 250)
		return false;
	*stamp_out = open;
	*len_out = len + 1;
	return true;
}

/* Digits up to a blank or the end; steps behind the blank. */
static bool
take_number(const char **at, uint64_t *value_out)
{
	size_t len = strcspn(*at, " ");

	if (!number_u64(*at, len, value_out))
		return false;
	*at += len + ((*at)[len] == ' ');
	return true;
}

bool
pop3_msg_stat(const char *text, uint64_t *count_out, uint64_t *size_out)
{
	return take_number(&text, count_out) && take_number(&text, size_out) &&
	       *count_out <= INT64_MAX && *size_out <= INT64_MAX;
}

bool
pop3_msg_uidl(const char *line, uint64_t *number_out, const char **uid_out)
{
	size_t len = 0;

	if (!take_number(&line, number_out) || *number_out == 0)
		return false;
	while (is_visible(line[len]))
		len++;
	*uid_out = line;
	return len > 0 && len <= UID_MAX && line[len] == '\0';
}

bool
pop3_msg_ends(const char **line)
{
	if ((*line)[0] != '.')
		return false;
	if ((*line)[1] == '\0')
		return true;
	(*line)++; /* RFC 1939, 3: the termination octet was doubled */
	return false;
}

/* ---- CAPA ---- */

/* The argument behind keyword, "" if it has none; NULL when the line is another one. */
static const char *
argument(const char *line, const char *keyword)
{
	size_t len = strlen(keyword);

	if (!text_begins_fold(line, keyword) || (line[len] != ' ' && line[len] != '\0'))
		return NULL;
	return line + len + (line[len] == ' ');
}

static void
read_flags(struct pop3_msg_caps *caps, const char *line)
{
	const struct {
		const char *keyword;
		bool *flag;
	} flags[] = {
	    {"STLS", &caps->stls},
	    {"USER", &caps->user},
	    {"UIDL", &caps->uidl},
	    {"TOP", &caps->top},
	    {"PIPELINING", &caps->pipelining},
	    {"RESP-CODES", &caps->resp_codes},
	    {"AUTH-RESP-CODE", &caps->auth_resp_code},
	    {"UTF8", &caps->utf8},
	    {"SASL", &caps->sasl},
	};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (argument(line, flags[i].keyword) != NULL)
			*flags[i].flag = true;
}

void
pop3_msg_caps_add(struct pop3_msg_caps *caps, struct arena *arena, const char *line)
{
	const char *value;

	if (caps->count == POP3_MSG_LINES_MAX)
		return;
	if (caps->list == NULL)
		caps->list = arena_alloc(arena, POP3_MSG_LINES_MAX * sizeof(*caps->list));
	line = arena_strdup(arena, line);
	caps->list[caps->count++] = line;
	read_flags(caps, line);
	if ((value = argument(line, "SASL")) != NULL)
		sasl_list_add(&caps->mechanisms, arena, value);
	else if ((value = argument(line, "IMPLEMENTATION")) != NULL)
		caps->implementation = value;
	else if ((value = argument(line, "LOGIN-DELAY")) != NULL)
		caps->login_delay = value;
	else if ((value = argument(line, "EXPIRE")) != NULL)
		caps->expire = value;
}

bool
pop3_msg_caps_has(const struct pop3_msg_caps *caps, const char *keyword)
{
	if (text_begins_fold(keyword, "SASL=") && sasl_list_has(&caps->mechanisms, keyword + 5))
		return true;
	for (size_t i = 0; i < caps->count; i++)
		if (text_equal_fold(caps->list[i], keyword) ||
		    argument(caps->list[i], keyword) != NULL)
			return true;
	return false;
}
