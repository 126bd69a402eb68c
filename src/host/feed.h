/* Where the fabric's rows and flows come from: the compiler in this process,
 * or an ovn-northd(8) by way of the Southbound database. */

#ifndef HOST_FEED_H
#define HOST_FEED_H 1

#include "compile.h"
#include "netsink.h"
#include "sb_flows.h"

/* 'aux' of both is a struct netsink.  Commits are the fabric's. */
struct csink feed_compile_sink(struct netsink *);
extern const struct sb_flows_ops feed_flows_ops;

#endif /* host/feed.h */
