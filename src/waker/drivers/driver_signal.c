/* signal: starts nothing, asks somebody else to.
 *
 * An autoscaler, an operator or a cloud manager watches the services'
 * external_ids:rouse-demand, which the waker writes for a driver that does
 * not restore backends, and fills in the VIPs' backends when it has brought
 * them up.  All that is left to do here is to look whether it has. */

#include "driver.h"

static struct driver_job *
signal_start(const struct driver_config *config OVS_UNUSED,
             const struct driver_service *svc, enum driver_op op)
{
    struct driver_job *job = xzalloc(sizeof *job);
    struct smap_node *vip;

    job->status = DRIVER_DONE;
    if (op == DRIVER_READY) {
        SMAP_FOR_EACH (vip, svc->vips) {
            if (!vip->value[strspn(vip->value, ", \t")]) {
                driver_job_set_error(job, "VIP %s has no backends yet; whoever"
                                     " acts on rouse-demand has to write them",
                                     vip->key);
                job->status = DRIVER_NOT_YET;
                break;
            }
        }
    }
    return job;
}

static enum driver_status
signal_run(struct driver_job *job)
{
    return job->status;
}

static void
signal_wait(struct driver_job *job OVS_UNUSED)
{
    poll_immediate_wake();
}

static void
signal_free(struct driver_job *job)
{
    free(job);
}

const struct driver_class driver_signal_class = {
    .name = "signal",
    .summary = "starts nothing: sets rouse-demand and waits for backends",
    .restores_backends = false,
    .start = signal_start,
    .run = signal_run,
    .wait = signal_wait,
    .free = signal_free,
};
