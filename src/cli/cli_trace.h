/* "rouse trace": what its files share. */

#ifndef CLI_CLI_TRACE_H
#define CLI_CLI_TRACE_H 1

#include "cli_command.h"
#include "pipeline.h"

/* The Southbound tables as JSON, the caller's: from --flows, or from the
 * database.  NULL if that fails, which has been told then. */
struct json *cli_trace_tables(const struct cli *);

enum trace_style { TRACE_DETAILED, TRACE_MINIMAL };

/* Prints a trace as text.  Give 'observer' to pipeline_run(). */
struct trace_text {
    struct pipe_observer observer;
    enum trace_style style;
    struct network *network;
    int indent;
    struct flow flow; /* As it was last. */
};
void trace_text_init(struct trace_text *, struct network *,
                     enum trace_style);
/* What a verdict has besides the packet's way. */
void trace_text_verdict(const struct pipe_verdict *);

/* Notes the flows that a packet meets.  Give 'observer' to pipeline_run(). */
struct trace_path {
    struct pipe_observer observer;
    struct json *flows; /* Array; owned, until trace_json() takes it. */
};
void trace_path_init(struct trace_path *);

/* A verdict and its path (taken) as JSON, the caller's. */
struct json *trace_json(const struct network *, const struct pipe_verdict *,
                        struct trace_path *);

#endif /* cli/cli_trace.h */
