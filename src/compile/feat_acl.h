/* Matches of stages ls_in_acl and ls_out_acl; the caller's. */

#ifndef COMPILE_FEAT_ACL_H
#define COMPILE_FEAT_ACL_H 1

#include "feature.h"

/* What is no packet of a connection, or of one that is no longer allowed. */
char *acl_match_invalid(struct cctx *);
/* Replies, and errors that belong to a connection. */
char *acl_match_reply(struct cctx *);
char *acl_match_related(struct cctx *);

#endif /* compile/feat_acl.h */
