/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the table of lists and how a run's choice is made of it. Asks nobody. */
#include "check/rbl_lists.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "opts/private.h"
#include "wire/dns_name.h"

#define KEY "{key}"
#define KEY_MIN 6 /* shorter is no key and would be masked everywhere */
#define FILE_MAX ((size_t)1 << 20)
#define BLANK " \t\r"

#define LISTS_DATE(date) const char rbl_lists_date[] = date;
#include "check/rbl_lists.def"
#undef LISTS_DATE

static const struct dnsbl_list rows[] = {
#define LISTS_LIVE
#include "check/rbl_lists.def"
#undef LISTS_LIVE
};

static const struct rbl_dead dead_rows[] = {
#define DEAD(zone, since, behaviour) {zone, since, behaviour},
#include "check/rbl_lists.def"
#undef DEAD
};

/* ---- the table -------------------------------------------------------------------- */

const struct rbl_dead *
rbl_lists_dead(const char *zone)
{
	for (size_t i = 0; i < ARRAY_LEN(dead_rows); i++) {
		const char *known = dead_rows[i].zone;
		/* "*.abuse.ch (spam., ...)": words behind the zone are for people. */
		size_t len = strcspn(known, " ");
		char plain[128];

		if (len >= sizeof(plain))
			continue;
		memcpy(plain, known, len);
		plain[len] = '\0';
		if (strncmp(plain, "*.", 2) == 0 ? dns_name_within(zone, plain + 2)
						 : strcasecmp(zone, plain) == 0)
			return &dead_rows[i];
	}
	return NULL;
}

static bool
is_keyed(const struct dnsbl_list *list)
{
	return strncmp(list->zone, KEY, strlen(KEY)) == 0;
}

const struct dnsbl_list *
rbl_lists_find(const char *zone, size_t *key_len_out)
{
	size_t label = strcspn(zone, ".");

	*key_len_out = 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (strcasecmp(rows[i].zone, zone) == 0)
			return &rows[i];
		if (is_keyed(&rows[i]) && label > 0 &&
		    strcasecmp(rows[i].zone + strlen(KEY), zone + label) == 0) {
			*key_len_out = label;
			return &rows[i];
		}
	}
	return NULL;
}

/* ---- adding ----------------------------------------------------------------------- */

struct choice {
	struct rbl_lists *out;
	struct arena *arena;
	struct err *err;
	struct strings key_zones, keys; /* of --list-keys, side by side */
};

static void
add_secret(struct choice *choice, const char *key)
{
	if (strlen(key) >= KEY_MIN && !strings_has_fold(&choice->out->secrets, key))
		strings_add(&choice->out->secrets, key);
}

/* The key whose zone the template ends in; NULL: there is none. */
static const char *
key_for(const struct choice *choice, const char *template)
{
	for (size_t i = 0; i < choice->keys.count; i++)
		if (dns_name_within(template + strlen(KEY) + 1, choice->key_zones.items[i]))
			return choice->keys.items[i];
	return NULL;
}

/* Zone as asked and as shown: the key of a template filled in, a key in a zone taken out. */
static bool
name_site(struct choice *choice, struct dnsbl_site *site)
{
	size_t key_len;
	const char *key;

	site->list = rbl_lists_find(site->zone, &key_len);
	if (!site->list || !is_keyed(site->list))
		return true;
	site->shown = site->list->zone;
	if (key_len > 0 && strncmp(site->zone, KEY, key_len) != 0) {
		add_secret(choice, arena_strndup(choice->arena, site->zone, key_len));
		return true;
	}
	key = key_for(choice, site->list->zone);
	if (!key)
		return err_set(
		    choice->err, ERR_CONFIG, 0, "%s needs a key: give --list-keys", site->shown);
	site->zone = arena_printf(choice->arena, "%s%s", key, site->list->zone + strlen(KEY));
	return true;
}

/* The same zone with another filter belongs to the same list, as in Postfix. */
static bool
merge_site(struct choice *choice, const struct dnsbl_site *site)
{
	for (size_t i = 0; i < choice->out->count; i++) {
		struct dnsbl_site *known = &choice->out->sites[i];
		size_t count = 0;
		const char **filters;

		if (strcasecmp(known->zone, site->zone) != 0)
			continue;
		if (!known->filters || !site->filters) {
			known->filters = NULL;
			return true;
		}
		while (known->filters[count])
			count++;
		filters = arena_alloc(choice->arena, (count + 2) * sizeof(*filters));
		memcpy(filters, known->filters, count * sizeof(*filters));
		filters[count] = site->filters[0];
		known->filters = filters;
		return true;
	}
	return false;
}

static bool
add_site(struct choice *choice, const struct dnsbl_site *site)
{
	struct rbl_lists *out = choice->out;

	if (merge_site(choice, site))
		return true;
	if (out->count == RBL_LISTS_MAX)
		return err_set(choice->err, ERR_CONFIG, 0, "more than %d lists", RBL_LISTS_MAX);
	out->sites = mem_grow(out->sites, out->count + 1, sizeof(*out->sites));
	out->sites[out->count++] = *site;
	return true;
}

/* Says what is wrong with a word, without the key that may stand in it. */
static bool
refuse_word(struct choice *choice, const char *word, const char *why)
{
	const char *zone = arena_strndup(choice->arena, word, strcspn(word, "=*"));
	const struct dnsbl_list *list;
	size_t key_len;
	char shown[80];

	list = rbl_lists_find(zone, &key_len);
	if (key_len > 0)
		add_secret(choice, arena_strndup(choice->arena, zone, key_len));
	text_clean_into(
	    shown, sizeof(shown), list ? list->zone : zone, strlen(list ? list->zone : zone));
	return err_set(choice->err, ERR_CONFIG, 0, "list %s: %s",
	    rbl_lists_mask(choice->out, choice->arena, shown), why);
}

/* A list that has its customer's key in front, written without: "zen.dq.spamhaus.net". */
static bool
lacks_key(const char *zone, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (is_keyed(&rows[i]) && strlen(rows[i].zone) == strlen(KEY) + 1 + len &&
		    strncasecmp(rows[i].zone + strlen(KEY) + 1, zone, len) == 0)
			return true;
	return false;
}

/* zone[=filter][*weight] of the user. */
static bool
add_word(struct choice *choice, const char *word)
{
	struct rbl_lists *out = choice->out;
	struct dnsbl_site site;
	const struct rbl_dead *dead;
	const char *why;
	char *lower;

	if (lacks_key(word, strcspn(word, "=*")))
		word = arena_printf(choice->arena, KEY ".%s", word);
	/* A template is no host name: the key goes in before the word is read. */
	if (strncmp(word, KEY, strlen(KEY)) == 0) {
		size_t zone_len = strcspn(word, "=*");
		char *template = arena_strndup(choice->arena, word, zone_len);
		const char *key = key_for(choice, template);

		if (!key)
			return err_set(choice->err, ERR_CONFIG, 0,
			    "%.80s needs a key: give --list-keys", template);
		word = arena_printf(choice->arena, "%s%s", key, word + strlen(KEY));
	}
	if (!dnsbl_site_parse(choice->arena, word, &site, &why))
		return refuse_word(choice, word, why);
	lower = arena_strdup(choice->arena, site.zone);
	for (char *c = lower; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	dead = rbl_lists_dead(lower);
	if (dead) {
		out->dead = mem_grow(out->dead, out->dead_count + 1, sizeof(*out->dead));
		out->dead[out->dead_count++] = (struct rbl_buried){.zone = lower, .dead = dead};
		return true;
	}
	site.zone = site.shown = lower;
	return name_site(choice, &site) && add_site(choice, &site);
}

static bool
add_words(struct choice *choice, const char *text)
{
	while (text += strspn(text, ", \t"), *text) {
		size_t len = strcspn(text, ", \t");

		if (!add_word(choice, arena_strndup(choice->arena, text, len)))
			return false;
		text += len;
	}
	return true;
}

/* A public list gives way to the same data under a key. */
static bool
is_replaced(const struct choice *choice, const struct dnsbl_list *list)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].replaces && strcmp(rows[i].replaces, list->zone) == 0 &&
		    key_for(choice, rows[i].zone))
			return true;
	return false;
}

static bool
add_set(struct choice *choice, enum dnsbl_set least)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dnsbl_site site = {.zone = rows[i].zone, .shown = rows[i].zone};

		if (rows[i].set == DNSBL_KEYED ? key_for(choice, rows[i].zone) == NULL
					       : rows[i].set < least)
			continue;
		if (is_replaced(choice, &rows[i]))
			continue;
		if (!name_site(choice, &site) || !add_site(choice, &site))
			return false;
	}
	return true;
}

/* ---- files ------------------------------------------------------------------------ */

static bool
read_all(int fd, struct buf *out)
{
	char part[4096];
	ssize_t got;

	while ((got = read(fd, part, sizeof(part))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || !buf_add(out, part, (size_t)got))
			break;
	}
	mem_wipe(part, sizeof(part));
	close(fd);
	return got == 0;
}

/* The next line without its comment; NULL behind the last. */
static char *
next_line(char **at)
{
	char *line = *at, *end;

	if (!line || !*line)
		return NULL;
	end = line + strcspn(line, "\n");
	*at = *end ? end + 1 : end;
	*end = '\0';
	line[strcspn(line, "#\r")] = '\0';
	return line;
}

static bool
add_file(struct choice *choice, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct buf text;
	char *at, *line;
	bool good = true;

	if (fd < 0)
		return err_set(
		    choice->err, ERR_CONFIG, 0, "--lists %.100s: %s", path, strerrordesc_np(errno));
	buf_init(&text, FILE_MAX);
	if (!read_all(fd, &text)) {
		buf_free(&text);
		return err_set(choice->err, ERR_CONFIG, 0,
		    "--lists %.100s: cannot be read, or is too large", path);
	}
	for (at = text.data; good && (line = next_line(&at));)
		good = add_words(choice, line);
	buf_free(&text);
	return good;
}

/* "dq.spamhaus.net KEY" */
static bool
read_key(struct choice *choice, char *line, const char *path, size_t number)
{
	char *zone = line + strspn(line, BLANK), *key = zone + strcspn(zone, BLANK);

	if (*zone == '\0')
		return true;
	if (*key)
		*key++ = '\0';
	key += strspn(key, BLANK);
	key[strcspn(key, BLANK)] = '\0';
	if (!dns_name_is_host(zone) || !dns_name_is_host(key) || strlen(key) < KEY_MIN)
		return err_set(choice->err, ERR_CONFIG, 1,
		    "%.100s, line %zu: a zone and its key are wanted", path, number);
	strings_add(&choice->key_zones, arena_strdup(choice->arena, zone));
	strings_add(&choice->keys, arena_strdup(choice->arena, key));
	add_secret(choice, choice->keys.items[choice->keys.count - 1]);
	return true;
}

static bool
read_keys(struct choice *choice, const char *path)
{
	struct private_reader reader = private_self();
	const char *why = NULL;
	int fd = private_open(path, &reader, &why);
	struct buf text;
	size_t number = 0;
	char *at, *line;
	bool good = true;

	if (fd < 0 || why) {
		if (fd >= 0)
			close(fd);
		return err_set(choice->err, ERR_CONFIG, 1, "--list-keys %.100s: %s", path, why);
	}
	buf_init(&text, FILE_MAX);
	if (!read_all(fd, &text))
		good = err_set(choice->err, ERR_CONFIG, 1,
		    "--list-keys %.100s: cannot be read, or is too large", path);
	for (at = text.data; good && (line = next_line(&at));)
		good = read_key(choice, line, path, ++number);
	buf_wipe(&text);
	return good;
}

/* ---- the choice -------------------------------------------------------------------- */

static bool
add_named(struct choice *choice, const char *named)
{
	if (strcmp(named, "default") == 0)
		return add_set(choice, DNSBL_DEFAULT);
	if (strcmp(named, "wide") == 0)
		return add_set(choice, DNSBL_WIDE);
	return add_file(choice, named);
}

bool
rbl_lists_resolve(struct rbl_lists *out, const struct rbl_lists_params *params, struct arena *arena,
    struct err *err)
{
	struct choice choice = {.out = out, .arena = arena, .err = err};
	bool good = true;

	*out = (struct rbl_lists){0};
	if (params->key_file)
		good = read_keys(&choice, params->key_file);
	/* --list alone stands for itself; beside --lists it adds. */
	if (good && (params->named || params->given->count == 0))
		good = add_named(&choice, params->named ? params->named : "default");
	for (size_t i = 0; good && i < params->given->count; i++)
		good = add_words(&choice, params->given->items[i]);
	if (good && out->count == 0 && out->dead_count == 0)
		good = err_set(err, ERR_CONFIG, 0, "there is no list to ask");
	strings_free(&choice.key_zones);
	strings_free(&choice.keys);
	return good;
}

void
rbl_lists_free(struct rbl_lists *lists)
{
	mem_free(lists->sites);
	mem_free(lists->dead);
	strings_free(&lists->secrets);
	*lists = (struct rbl_lists){0};
}

const char *
rbl_lists_mask(const struct rbl_lists *lists, struct arena *arena, const char *text)
{
	for (size_t i = 0; i < lists->secrets.count; i++) {
		const char *key = lists->secrets.items[i], *at;

		while ((at = text_find_fold(text, strlen(text), key)))
			text = arena_printf(
			    arena, "%.*s" KEY "%s", (int)(at - text), text, at + strlen(key));
	}
	return text;
}
