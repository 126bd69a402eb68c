#include "still_pipeline.h"

#include "pipe_private.h"

static void *
do_nothing(void *aux)
{
    return aux;
}

struct pipeline *
still_pipeline_new(const struct network *network)
{
    struct pipeline *pipeline = pipeline_new(network);
    struct conntrack *ct = pipeline->ct;

    latch_set(&ct->clean_thread_exit);
    pthread_join(ct->clean_thread, NULL);
    /* conntrack_destroy() joins one. */
    ct->clean_thread = ovs_thread_create("still", do_nothing, NULL);
    return pipeline;
}
