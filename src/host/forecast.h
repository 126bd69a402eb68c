/* What the waker writes Northbound -> the network, before it has come back.
 *
 * in:     NB_RESTOREs that are queued or on their way (nb)
 * out:    to the compiler (north): the VIPs' backends, as if they were there
 * owner:  borrows nb and north; both outlive it
 * thread: one
 *
 * The end of a wake is one transaction, and its way to the database and back
 * is as long as all else that the network needs to deliver the packets that
 * wait.  So that way is gone meanwhile.  What is told ahead is taken back when
 * the transaction has failed, and forgotten when the row says it itself. */

#ifndef HOST_FORECAST_H
#define HOST_FORECAST_H 1

#include "nb.h"
#include "north.h"
#include "ovs.h"

struct forecast;

struct forecast *forecast_new(struct nb *, struct north *);
void forecast_free(struct forecast *);

/* After nb_run(), north_run() and the waker.  True if there is something new
 * for north_run(). */
bool forecast_run(struct forecast *);

#endif /* host/forecast.h */
