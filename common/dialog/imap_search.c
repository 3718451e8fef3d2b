/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns SEARCH and the little FETCH behind it. The server does the searching;
 * of messages only INTERNALDATE and, when asked, the Subject line are fetched.
 */
#include "dialog/imap_search.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dialog/imap_data.h"

#define COMMAND_MAX_BYTES 8000 /* what servers take at least (RFC 7162, 4) */
#define DAY_S INT64_C(86400)

/* ---- dates ---- */

/* The end of a set of INTERNALDATEs. */
struct extreme {
	struct imap_date *date;
	bool newest;
};

static void
take_date(void *context, uint64_t number, struct imap_msg_span name, const char *value)
{
	struct extreme *extreme = context;
	struct imap_msg_span text = {value, strlen(value)};
	int64_t unix_s;
	(void)number;
	if (!imap_msg_is(name, "INTERNALDATE") || !imap_msg_date(text, &unix_s))
		return;
	struct imap_date *date = extreme->date;
	if (!date->known || (extreme->newest ? unix_s > date->unix_s : unix_s < date->unix_s))
		*date = (struct imap_date){.known = true, .unix_s = unix_s};
}

/* Fetches the dates of a set; the newest or oldest of them and of what was known before stays. */
static bool
fetch_dates(struct imap *imap, const char *set, struct extreme *extreme)
{
	struct imap_fetch fetch = {.take = take_date, .context = extreme};
	imap->fetch = &fetch;
	bool heard = imap_talk_hear(
	    imap, imap_talk_say(imap, IMAP_STEP_FETCH, "FETCH %s (INTERNALDATE)", set));
	imap->fetch = NULL;
	return heard;
}

/* What was kept as a sequence-set: "1:3,7". What does not fit a command line is left out. */
static void
print_set(struct buf *set, const struct imap_search *search)
{
	size_t count = imap_data_kept_count(search);
	for (size_t i = 0; i < count && set->len < COMMAND_MAX_BYTES;) {
		uint64_t first = imap_data_kept(search, i), last = first;
		while (++i < count && imap_data_kept(search, i) == last + 1)
			last++;
		buf_printf(set, "%s%llu", set->len ? "," : "", (unsigned long long)first);
		if (last > first)
			buf_printf(set, ":%llu", (unsigned long long)last);
	}
}

/* ---- searches ---- */

static void
begin_search(struct imap *imap, struct imap_search *search, bool keep_last)
{
	*search = (struct imap_search){.count = -1, .keep_last = keep_last};
	imap->search = search;
}

static bool
end_search(struct imap *imap, struct imap_command *command)
{
	bool heard = imap_talk_hear(imap, command);
	imap->search = NULL;
	return heard;
}

/*
 * The first or last message by date. With ESORT (RFC 5267) the server names
 * it. Without, the first or last by number is taken as candidate, and the
 * server is asked for all of its day and beyond; a day more on each side,
 * because SEARCH knows no time zones (RFC 9051, 6.4.4).
 */
static bool
sort_extreme(struct imap *imap, const char *criteria, struct imap_search *search, bool newest)
{
	begin_search(imap, search, newest);
	if (!end_search(imap,
		imap_talk_say(imap, IMAP_STEP_SEARCH, "SORT RETURN (%s) (ARRIVAL) US-ASCII %s",
		    newest ? "MAX" : "MIN", criteria)))
		return false;
	if (search->chosen)
		imap_data_found(search, search->chosen);
	return true;
}

static bool
search_day(struct imap *imap, const char *criteria, const struct extreme *extreme,
    struct imap_search *search)
{
	struct buf day;
	buf_init(&day, 32);
	imap_msg_day(&day, extreme->date->unix_s + (extreme->newest ? -DAY_S : 2 * DAY_S));
	begin_search(imap, search, extreme->newest);
	bool heard =
	    end_search(imap, imap_talk_say(imap, IMAP_STEP_SEARCH, "SEARCH %s %s %s", criteria,
				 extreme->newest ? "SINCE" : "BEFORE", buf_text(&day)));
	buf_free(&day);
	return heard;
}

/* A message to begin with; 0: there is none. */
static bool
find_candidate(struct imap *imap, const char *criteria, bool newest, uint64_t *number_out)
{
	struct imap_search search;
	int64_t messages = imap->facts->folders[0].messages;
	*number_out = 0;
	if (strcmp(criteria, "ALL") == 0) {
		if (messages > 0)
			*number_out = newest ? (uint64_t)messages : 1;
		return true;
	}
	begin_search(imap, &search, newest);
	bool esearch = imap_talk_can(imap, "ESEARCH");
	if (!end_search(imap, imap_talk_say(imap, IMAP_STEP_SEARCH, "SEARCH %s%s",
				  esearch ? "RETURN (MIN) " : "", criteria)))
		return false;
	*number_out = search.chosen;
	if (!search.chosen && imap_data_kept_count(&search))
		*number_out = imap_data_kept(&search, 0);
	return true;
}

static bool
probe_extreme(
    struct imap *imap, const char *criteria, struct extreme *extreme, struct imap_search *search)
{
	uint64_t candidate;
	char number[24];
	search->count = 0;
	if (!find_candidate(imap, criteria, extreme->newest, &candidate))
		return false;
	if (candidate == 0)
		return true;
	snprintf(number, sizeof number, "%llu", (unsigned long long)candidate);
	if (!fetch_dates(imap, number, extreme))
		return false;
	return !extreme->date->known || search_day(imap, criteria, extreme, search);
}

static bool
find_extreme(struct imap *imap, const char *criteria, bool newest, struct imap_date *date_out)
{
	struct extreme extreme = {.date = date_out, .newest = newest};
	struct imap_search search = {0};
	if (imap_talk_can(imap, "ESORT")) {
		if (!sort_extreme(imap, criteria, &search, newest))
			return false;
	} else if (!probe_extreme(imap, criteria, &extreme, &search)) {
		return false;
	}
	struct buf set;
	buf_init(&set, STREAM_LINE_MAX_IMAP);
	print_set(&set, &search);
	bool fetched = set.len == 0 || fetch_dates(imap, buf_text(&set), &extreme);
	buf_free(&set);
	return fetched;
}

/* ---- hits ---- */

static bool
eight_bit(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] >= 0x80)
			return true;
	}
	return false;
}

/* The end of a word or quoted string of the criteria. */
static const char *
word_end(const char *word)
{
	if (*word != '"')
		return word + strcspn(word, " ()\"");
	for (word++; *word && *word != '"'; word++) {
		if (*word == '\\' && word[1])
			word++;
	}
	return *word ? word + 1 : word;
}

static char *
bare(struct arena *arena, const char *word, size_t len)
{
	char *text = arena_alloc(arena, len + 1), *to = text;
	bool quoted = *word == '"';
	const char *end = word + len - (quoted && len > 1 && word[len - 1] == '"');
	for (word += quoted; word < end; word++) {
		if (quoted && *word == '\\' && word + 1 < end)
			word++;
		*to++ = *word;
	}
	return text;
}

/*
 * The user's criteria as text and literals: only a literal may carry 8-bit
 * text (RFC 3501, 4.3), and its charset is named first.
 */
#define LITERALS_MAX 8
static void
split_criteria(struct imap *imap, const char *verb, const char *criteria, const char **parts)
{
	struct arena *arena = &imap->facts->session.arena;
	bool utf8 = eight_bit(criteria, strlen(criteria));
	size_t count = 0;
	const char *start = criteria, *at = criteria;
	const char *before = arena_printf(arena, "%s%s", verb, utf8 ? "CHARSET UTF-8 " : "");
	while (*at) {
		const char *end = word_end(at);
		size_t len = (size_t)(end - at);
		if (count < LITERALS_MAX && eight_bit(at, len)) {
			parts[2 * count] =
			    arena_printf(arena, "%s%.*s", before, (int)(at - start), start);
			parts[2 * count++ + 1] = bare(arena, at, len);
			before = "";
			start = end;
		}
		at = len ? end : at + 1;
	}
	parts[2 * count] = arena_printf(arena, "%s%s", before, start);
	parts[2 * count + 1] = NULL;
}

static bool
count_hits(struct imap *imap, struct imap_search *search)
{
	const char *parts[2 * LITERALS_MAX + 2];
	bool counted = imap_talk_can(imap, "ESEARCH") && !imap->params->show_subject;
	split_criteria(
	    imap, counted ? "SEARCH RETURN (COUNT) " : "SEARCH ", imap->params->search, parts);
	begin_search(imap, search, false);
	struct imap_command *command = imap_talk_say_parts(imap, IMAP_STEP_SEARCH, parts, NULL);
	if (!command) { /* a literal was refused: the refusal is kept */
		imap->search = NULL;
		return !err_is_set(&imap->facts->session.err);
	}
	if (!end_search(imap, command))
		return false;
	if (command->status == IMAP_OK)
		imap->facts->hits = search->count < 0 ? 0 : search->count;
	return true;
}

/* "Subject: text" and its folded lines, as one line. */
static const char *
unfold(struct arena *arena, const char *header)
{
	if (strncasecmp(header, "Subject:", 8) != 0)
		return NULL;
	header += 8 + strspn(header + 8, " \t");
	char *text = arena_strdup(arena, header), *to = text;
	for (const char *at = text; *at; at++) {
		if (*at != '\r' && *at != '\n')
			*to++ = *at;
	}
	*to = '\0';
	return text;
}

static void
take_hit(void *context, uint64_t number, struct imap_msg_span name, const char *value)
{
	struct imap_facts *facts = context;
	for (size_t i = 0; i < facts->shown_count; i++) {
		struct imap_hit *hit = &facts->shown[i];
		struct imap_msg_span text = {value, strlen(value)};
		if (hit->number != number)
			continue;
		if (imap_msg_is(name, "INTERNALDATE"))
			hit->date.known = imap_msg_date(text, &hit->date.unix_s);
		else
			hit->subject = unfold(&facts->session.arena, value);
	}
}

static bool
show_hits(struct imap *imap, const struct imap_search *search)
{
	struct imap_facts *facts = imap->facts;
	struct imap_search first = *search;
	size_t count = imap_data_kept_count(search);
	if (!imap->params->show_subject || count == 0 || facts->hits < 0)
		return true;
	facts->shown_count = count < IMAP_HITS_SHOWN ? count : IMAP_HITS_SHOWN;
	for (size_t i = 0; i < facts->shown_count; i++)
		facts->shown[i].number = imap_data_kept(search, i);
	first.count = (int64_t)facts->shown_count;
	struct buf set;
	buf_init(&set, STREAM_LINE_MAX);
	print_set(&set, &first);
	struct imap_fetch fetch = {.take = take_hit, .context = facts};
	imap->fetch = &fetch;
	bool heard = imap_talk_hear(imap,
	    imap_talk_say(imap, IMAP_STEP_FETCH,
		"FETCH %s (INTERNALDATE BODY.PEEK[HEADER.FIELDS (SUBJECT)])", buf_text(&set)));
	imap->fetch = NULL;
	buf_free(&set);
	return heard;
}

bool
imap_search_run(struct imap *imap)
{
	const struct imap_params *params = imap->params;
	struct imap_facts *facts = imap->facts;
	struct imap_search search;
	bool wanted =
	    params->search || params->newest_age || params->oldest_age || params->oldest_unseen_age;
	if (!wanted || !facts->folders[0].opened)
		return true;
	phase_begin(&facts->session.phases, PHASE_SEARCH);
	if (params->newest_age && !find_extreme(imap, "ALL", true, &facts->newest))
		return false;
	if (params->oldest_age && !find_extreme(imap, "ALL", false, &facts->oldest))
		return false;
	if (params->oldest_unseen_age &&
	    !find_extreme(imap, "UNSEEN", false, &facts->oldest_unseen))
		return false;
	return !params->search || (count_hits(imap, &search) && show_hits(imap, &search));
}
