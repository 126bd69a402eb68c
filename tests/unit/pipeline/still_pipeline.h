/* A pipeline in which nothing happens but by the test's packets. */

#ifndef PIPELINE_STILL_PIPELINE_H
#define PIPELINE_STILL_PIPELINE_H 1

struct network;

/* As pipeline_new(), but no thread takes away what conntrack has no use for
 * any more, such as the connection that a SYN follows: a thread that has just
 * been started does so at some time while the first packets pass, and which
 * ports are free then depends on it. */
struct pipeline *still_pipeline_new(const struct network *);

#endif /* pipeline/still_pipeline.h */
