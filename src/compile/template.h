/* Template variables, "^NAME" in matches, actions and VIPs.
 *
 * Chassis of stock OVN put in the values themselves.  Where flows are for the
 * packets of one chassis only (CFACT_SELF says which), it is done here. */

#ifndef COMPILE_TEMPLATE_H
#define COMPILE_TEMPLATE_H 1

#include "feature.h"

/* 'text' with the values of those variables that the own chassis has: the
 * caller's.  NULL if there is nothing to put in. */
char *template_expand(struct cctx *, const char *text);

/* The length of "^NAME" at the start of 's', or 0. */
size_t template_span(const char *s);

#endif /* compile/template.h */
