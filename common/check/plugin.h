/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a program is, and the one place that starts and ends it. A program is a
 * file in plugins/ with a configuration struct, an option table, resolve(),
 * run() and one const struct plugin; plugins/main.c gives it a main().
 */
#ifndef COMMON_CHECK_PLUGIN_H
#define COMMON_CHECK_PLUGIN_H

#include "check/limit.h"
#include "net/stream.h"
#include "opts/groups.h"
#include "report/render.h"

struct run;

/* Defaults that a called name brings (check_simap ...): options set as if by a weaker ini file. */
struct plugin_name {
	const char *name;
	const char *const *settings; /* option, value, option, value, NULL */
	const struct opt_table
	    *options; /* letters of its own; NULL: the program's. Same configuration. */
};

struct plugin {
	const struct opt_table *options;
	unsigned program;                /* enum program */
	const char *service;             /* "IMAP": first word of line 1 */
	const char *check;               /* "imap": OpenMetrics label */
	const char *description;         /* man page prose, mdoc */
	enum metric_id main_metric;      /* of a bare -w/-c */
	size_t basic;                    /* offset of struct basic_opts in the configuration */
	const struct plugin_name *names; /* ended by name == NULL; may be NULL */
	/* Implications of the options; nothing touches the network. False: run->err. */
	bool (*resolve)(void *config, struct run *run);
	/* The work: fills run->report. */
	void (*run)(const void *config, struct run *run);
	/* Frees what resolve() and run() left in the configuration; also after a failed resolve(). May be NULL. */
	void (*release)(void *config);
	/* Seconds of -t when it is not given; NULL: 10. */
	int64_t (*timeout_s)(const void *config);
};

#define RUN_OVERRIDES_SPARE 8

/* target{} of the JSON output. */
struct run_target {
	const char *host, *service, *mode, *user, *domain; /* NULL: null */
	uint16_t port;                                     /* 0: null */
};

/* One run, from options to report. resolve() fills, run() reads and reports. */
struct run {
	const struct plugin *plugin;
	const struct basic_opts *basic;
	struct opt_parse *parse;
	const char *(*environment)(const char *name);
	struct report_policy policy;
	struct report_override *overrides; /* the policy's, room for RUN_OVERRIDES_SPARE more */
	struct limits limits;
	struct report report;
	struct arena arena; /* lives as long as the run */
	struct err err;     /* of resolve(): ERR_CONFIG; code = enum finding_id, 0 = client.usage */
	int64_t started_us; /* monotonic */
	int64_t now_unix;   /* time of day at the start */
	int64_t timeout_us;
	struct deadline deadline;
	struct strings writes; /* folders that the run may write: filled by resolve() */
	struct stream *(*given)(
	    void *context); /* tests: the next connection's stream; NULL = the network */
	void *given_context;
	struct run_target target;
	const char *service; /* first word of line 1: the plugin's, unless resolve() says LMTP */
	const char *subject; /* of line 1, set by resolve() */
	const char *host, *port, *address, *user; /* fill {host} ... in next lines; may stay NULL */
	bool judged; /* time is measured: set when the verdict is known */
};
/*
 * The verdict is known: metric time stops here (0) or at a moment of the
 * monotonic clock that a dialog noted; goodbyes are not counted. The first call counts.
 */
void run_judged(struct run *run, int64_t ended_us);

/* An option that is short for --state (-M, -r ...). False: the user gave this id a state already. */
bool run_override(struct run *run, const char *id, enum state state);

/* Marks the error of resolve() with the finding it is; err must be set. Always false. */
bool config_err(struct run *run, enum finding_id id);

/* What a run is given by its surroundings, and gives back. */
struct plugin_io {
	const char *(*environment)(const char *name);
	int64_t now_unix;
	bool terminal, colour; /* stdout is a terminal; colour is wanted */
	struct stream *(*given)(void *context);
	void *given_context;
	/* Called when the deadline is known, and again when the subject is: the watchdog's chance. */
	void (*armed)(const struct run *run);
	/* Confines the process between resolve() and run(); NULL: it does not. */
	bool (*confine)(const struct strings *writable, struct err *err);
	struct arena arena; /* owns metrics_file */
	struct buf out;     /* what goes to stdout */
	struct buf metrics; /* what goes to metrics_file, if that is set */
	const char *metrics_file;
	/*
	 * Not NULL: gets the report in place of a rendering. It may move it away and
	 * leave it all zero; report->policy ends with the call, params likewise.
	 */
	void (*take)(void *context, struct report *report, const struct render_params *params);
	void *take_context;
};
/*
 * Everything but process set-up and output: for tests and the doctor. Several
 * threads may do it at once. Returns the exit code.
 */
int plugin_run(const struct plugin *plugin, int argc, char **argv, struct plugin_io *io);

/*
 * The whole output of a run that ends with this one finding, in the format that
 * is wanted: what handlers will write that may do nothing but write. time_us:
 * of the run, negative when nobody knows. Returns the exit code.
 */
struct plugin_end {
	enum finding_id id;
	const char *message, *why, *next;
	int64_t time_us;
};
int plugin_last_words(const struct run *run, const struct plugin_end *end, struct buf *out);

/* The whole life of the process; never returns. The only exit of the programs. */
int plugin_main(const struct plugin *plugin, int argc, char **argv) NO_RETURN;

/* The end of a process that only prints: writes all of it; exit code 3 if it is lost. */
void plugin_print(const struct buf *out, int status) NO_RETURN;

#endif
