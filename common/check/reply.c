/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Owns the choice among the rows of the reply catalogue. Must not know any
 * reply text: those are rows of replies.def.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/reply.h"
#include "check/reply_head.h"
#include "check/reply_row.h"
#include "check/reply_words.h"

#define LATE_STAGES ((unsigned)(REPLY_MAIL | REPLY_RCPT | REPLY_DATA | REPLY_MAILBOX))

/* A reply as the rows see it. */
struct asked {
	struct reply_head head;
	struct reply_words words;
	unsigned protocols, stages;
	bool stage_known;
	const char *provider;
};

/* What of a row fits, the least first. */
enum rank {
	RANK_DIGIT,    /* the first digit of the code */
	RANK_CODE,     /* the code */
	RANK_VAGUE,    /* an enhanced or bracketed code that servers give for anything: "~" */
	RANK_WEAK,     /* a phrase that says little: "~" */
	RANK_SET,      /* words in any order */
	RANK_ENHANCED, /* an enhanced or a bracketed code */
	RANK_PHRASE,
	RANK_SURE /* a phrase that holds whatever else the reply says: "!" */
};

/* How well a row fits; compared member by member, the first difference decides. */
struct fit {
	enum rank rank;
	int provider;   /* 2: this provider's, 1: anybody's, 0: another one's */
	size_t letters; /* of the pattern */
	unsigned conditions;
	bool exact_stage; /* row and question both name stages, or both do not */
};

/* Length of the longest alternative of "a|b" that is a beginning of value (exact: is value); 0: none. */
static size_t
any_of(const char *alternatives, const char *value, bool exact)
{
	size_t best = 0;

	while (*alternatives != '\0') {
		size_t len = strcspn(alternatives, "|");

		if (strncmp(alternatives, value, len) == 0 && (!exact || value[len] == '\0') &&
		    len > best)
			best = len;
		alternatives += len;
		if (*alternatives == '|')
			alternatives++;
	}
	return best;
}

/* "5.7.500-699": subject and detail of an enhanced code against one alternative; ".7.1" is any class. */
static bool
enhanced_is(const char *wanted, const char *have)
{
	if (wanted[0] != '.' && wanted[0] != have[0])
		return false;
	const char *subject = wanted[0] == '.' ? wanted : wanted + 1;
	const char *detail = strchr(subject + 1, '.');
	size_t len = (size_t)(detail + 1 - subject);
	if (strncmp(subject, have + 1, len) != 0)
		return false;

	char *end = NULL;
	long value = strtol(have + 1 + len, NULL, 10);
	long first = strtol(detail + 1, &end, 10);
	long last = *end == '-' ? strtol(end + 1, NULL, 10) : first;
	return value >= first && value <= last;
}

static bool
enhanced_any_of(const char *alternatives, const char *have)
{
	alternatives += *alternatives == '~' ? 1 : 0;
	while (have[0] != '\0' && *alternatives != '\0') {
		if (enhanced_is(alternatives, have))
			return true;
		alternatives += strcspn(alternatives, "|");
		if (*alternatives == '|')
			alternatives++;
	}
	return false;
}

/* The provider column: "" anybody, "x" only where x is known to speak, "?x" its words, whoever speaks. */
static bool
provider_fits(const char *wanted, const char *have, int *rank)
{
	bool hint = wanted[0] == '?';

	*rank = 1;
	if (wanted[0] == '\0')
		return true;
	if (have == NULL)
		return hint;
	*rank = strcmp(wanted + hint, have) == 0 ? 2 : 0;
	return *rank == 2 || hint;
}

/* One of "535|4" is of this class: begins with the digit. */
static bool
class_any_of(const char *alternatives, char class)
{
	while (*alternatives != '\0') {
		if (*alternatives == class)
			return true;
		alternatives += strcspn(alternatives, "|");
		if (*alternatives == '|')
			alternatives++;
	}
	return false;
}

/* The code column, and whether it names the whole code. A yes of the server fits only rows that ask for it. */
static bool
code_fits(const struct reply_row *row, const struct reply_head *head, bool *whole)
{
	const char *code = head->code;
	char class = head->enhanced[0];
	size_t len = any_of(row->code, code, false);

	*whole = len > 0 && len == strlen(code);
	if (code[0] == '\0' && class != '\0')
		return row->code[0] == '\0' || class_any_of(row->code, class);
	if (code[0] == '\0')
		return row->pattern[0] != '\0' || row->enhanced[0] != '\0' ||
		       row->bracket[0] != '\0';
	return row->code[0] == '\0' ? strchr("23o", code[0]) == NULL : len > 0;
}

/* The bracket column: "-" no bracketed code, or an alert, which may stand beside any text; "-|AUTH" or that one. */
static bool
bracket_fits(const struct reply_row *row, const struct reply_head *head)
{
	if (row->bracket[0] == '\0')
		return true;
	if (row->bracket[0] == '-' &&
	    (head->bracket[0] == '\0' || strcmp(head->bracket, "ALERT") == 0))
		return true;
	return any_of(row->bracket + (row->bracket[0] == '~' ? 1 : 0), head->bracket, true) > 0;
}

/* The words of the row. */
static bool
words_fit(const struct reply_row *row, const struct asked *asked, struct fit *fit)
{
	const char *pattern = row->pattern;
	bool sure = *pattern == '!';
	bool weak = *pattern == '~';

	/* weak words say nothing where nobody knows that this is a reply */
	if (weak && asked->protocols == ~0u)
		return false;
	enum reply_words_fit how =
	    reply_words_match(&asked->words, pattern + (sure || weak ? 1 : 0), &fit->letters);
	fit->rank = sure                        ? RANK_SURE
		    : weak                      ? RANK_WEAK
		    : how == REPLY_WORDS_PHRASE ? RANK_PHRASE
						: RANK_SET;
	return how != REPLY_WORDS_NONE;
}

/* The rank of a row without words. */
static enum rank
code_rank(const struct reply_row *row, bool whole_code)
{
	if (row->enhanced[0] == '~' || row->bracket[0] == '~')
		return RANK_VAGUE;
	if (row->enhanced[0] != '\0' || (row->bracket[0] != '\0' && row->bracket[0] != '-'))
		return RANK_ENHANCED;
	return whole_code ? RANK_CODE : RANK_DIGIT;
}

/* How many columns narrow the row; one protocol is narrower than several. */
static unsigned
conditions(const struct reply_row *row)
{
	unsigned count = 0;

	count += row->code[0] != '\0' ? 1 : 0;
	count += row->enhanced[0] != '\0' ? 1 : 0;
	count += row->bracket[0] != '\0' ? 1 : 0;
	count += row->provider[0] != '\0' ? 1 : 0;
	count += (row->protocols & (row->protocols - 1)) == 0 ? 1 : 0;
	return count;
}

static bool
row_fits(const struct reply_row *row, const struct asked *asked, struct fit *fit)
{
	const struct reply_head *head = &asked->head;
	bool whole_code = false;

	memset(fit, 0, sizeof(*fit));
	if ((asked->protocols & row->protocols) == 0 || (asked->stages & row->stages) == 0)
		return false;
	if (!code_fits(row, head, &whole_code) || !bracket_fits(row, head))
		return false;
	if (row->enhanced[0] != '\0' && !enhanced_any_of(row->enhanced, head->enhanced))
		return false;
	if (!provider_fits(row->provider, asked->provider, &fit->provider))
		return false;

	if (row->pattern[0] == '\0')
		fit->rank = code_rank(row, whole_code);
	else if (!words_fit(row, asked, fit))
		return false;
	/* a code alone, of a stage nobody knows: most refusals come behind the login */
	if (fit->rank <= RANK_CODE && !asked->stage_known && (row->stages & LATE_STAGES) == 0)
		return false;
	fit->conditions = conditions(row);
	fit->exact_stage = (row->stages != REPLY_ANY) == asked->stage_known;
	return true;
}

static bool
fit_better(const struct fit *a, const struct fit *b)
{
	if (a->rank != b->rank)
		return a->rank > b->rank;
	if (a->provider != b->provider)
		return a->provider > b->provider;
	if (a->letters != b->letters)
		return a->letters > b->letters;
	if (a->exact_stage != b->exact_stage)
		return a->exact_stage;
	return a->conditions > b->conditions;
}

/*
 * Where a reply of SMTP came when nobody says: codes of RFC 4954 come at the
 * login only; others can if they speak of a login.
 */
static unsigned
likely_stages(const struct asked *asked)
{
	static const char login[] =
	    "login/logon/auth*/password*/credential*/username/sasl/kennwort*/"
	    "passwort*/anmelde*|log in|sign in|пароль/пароля/логин";
	static const char message[] = "spf/dkim/dmarc/sender/from/recipient";
	static const char *const codes[] = {"535", "534", "538", "525", "524"};
	size_t letters = 0;

	if ((asked->protocols & ~(unsigned)(REPLY_SMTP | REPLY_LMTP)) != 0)
		return REPLY_ANY;
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		if (strcmp(asked->head.code, codes[i]) == 0)
			return REPLY_AUTH;
	}
	if (strcmp(asked->head.enhanced + (asked->head.enhanced[0] != '\0'), ".7.8") == 0)
		return REPLY_AUTH;
	if (reply_words_match(&asked->words, login, &letters) != REPLY_WORDS_NONE &&
	    reply_words_match(&asked->words, message, &letters) == REPLY_WORDS_NONE)
		return REPLY_ANY;
	return REPLY_ANY & ~(unsigned)REPLY_AUTH;
}

/* Codes the caller knows win over those in the text. */
static void
ask(struct asked *asked, const struct reply_query *query)
{
	struct reply_head *head = &asked->head;
	const char *text = query->text == NULL ? "" : query->text;
	size_t len = query->len == 0 ? strlen(text) : query->len;

	reply_head_read(head, text, len, query->protocol);
	if (query->code >= 100 && query->code <= 999)
		(void)snprintf(head->code, sizeof(head->code), "%d", query->code);
	if (query->enhanced != NULL)
		(void)snprintf(head->enhanced, sizeof(head->enhanced), "%s", query->enhanced);
	if (query->bracket != NULL)
		(void)snprintf(head->bracket, sizeof(head->bracket), "%s", query->bracket);
	reply_words_read(&asked->words, head->text, head->len);
	asked->provider = query->provider;
	asked->protocols = query->protocol != 0 ? query->protocol : head->protocols;
	if (asked->protocols == 0)
		asked->protocols = ~0u;
	asked->stage_known = query->stage != 0;
	asked->stages = query->stage != 0 ? query->stage : likely_stages(asked);
}

static enum reply_basis
basis_of(enum rank rank)
{
	switch (rank) {
	case RANK_DIGIT:
		return REPLY_BY_DIGIT;
	case RANK_CODE:
	case RANK_VAGUE:
		return REPLY_BY_CODE;
	case RANK_ENHANCED:
		return REPLY_BY_ENHANCED;
	case RANK_WEAK:
	case RANK_SET:
		return REPLY_BY_WORDS;
	default:
		return REPLY_BY_TEXT;
	}
}

static const char *
provider_name(const struct reply_row *row)
{
	const char *name = row->provider + (row->provider[0] == '?');

	return name[0] == '\0' ? NULL : name;
}

bool
reply_match(const struct reply_query *query, struct reply_match *out)
{
	struct asked asked;
	struct reply_row row = {0};
	struct reply_row best_row = {0};
	struct fit best = {0};
	bool found = false;

	ask(&asked, query);
	while (reply_row_next(&row)) {
		struct fit fit;

		if (!row_fits(&row, &asked, &fit) || (found && !fit_better(&fit, &best)))
			continue;
		best = fit;
		best_row = row;
		found = true;
	}
	if (!found)
		return false;
	*out = (struct reply_match){
	    .finding = best_row.finding,
	    .basis = basis_of(best.rank),
	    .who = best_row.who == REPLY_USUAL ? finding_rows[best_row.finding].who
					       : (enum who)best_row.who,
	    .why = best_row.why,
	    .next = best_row.next,
	    .provider = provider_name(&best_row),
	    .row = best_row.name,
	    .seen = best_row.seen,
	};
	return true;
}

const char *
reply_why(const struct reply_match *match)
{
	return match->why[0] ? match->why : finding_rows[match->finding].why;
}

const char *
reply_next(const struct reply_match *match)
{
	return match->next[0] ? match->next : finding_rows[match->finding].next;
}

bool
reply_is_code_alone(const struct reply_match *match)
{
	return match->basis <= REPLY_BY_CODE;
}
