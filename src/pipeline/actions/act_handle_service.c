/* "igmp;", "handle_svc_check(inport);", "handle_bfd_msg();" and
 * "handle_dhcpv6_reply;": packets that are for a service of the host. */

#include "pipe_private.h"

static void
punt(struct pipe_state *s, const struct lact *lact, const char *service)
{
    pipe_note(s, lact, NULL);
    pipe_punt(s, service, net_datapath_find_port(s->datapath,
                                                 s->flow.regs[LREG_INPORT]));
}

static void
igmp_execute(struct pipe_state *s, const struct lact *lact,
             bool last OVS_UNUSED)
{
    punt(s, lact, "igmp");
}

static void
handle_bfd_msg_execute(struct pipe_state *s, const struct lact *lact,
                       bool last OVS_UNUSED)
{
    punt(s, lact, "bfd");
}

static void
handle_dhcpv6_reply_execute(struct pipe_state *s, const struct lact *lact,
                            bool last OVS_UNUSED)
{
    punt(s, lact, "dhcpv6_reply");
}

static void
handle_svc_check_execute(struct pipe_state *s, const struct lact *lact,
                         bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    uint32_t key = pipe_read(s, &call->args[0]).u64.lo;

    pipe_note(s, lact, NULL);
    pipe_punt(s, "svc_check", net_datapath_find_port(s->datapath, key));
}

const struct lact_class act_igmp = {
    .name = "igmp",
    .prereqs = "igmp || mldv1 || mldv2",
    .size = sizeof(struct lact_bare),
    .parse = lact_bare_parse,
    .format = lact_bare_format,
    .execute = igmp_execute,
};

const struct lact_class act_handle_svc_check = {
    .name = "handle_svc_check",
    .args = { ARG_PORT },
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = handle_svc_check_execute,
};

const struct lact_class act_handle_bfd_msg = {
    .name = "handle_bfd_msg",
    .prereqs = "udp",
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = handle_bfd_msg_execute,
};

const struct lact_class act_handle_dhcpv6_reply = {
    .name = "handle_dhcpv6_reply",
    .size = sizeof(struct lact_bare),
    .parse = lact_bare_parse,
    .format = lact_bare_format,
    .execute = handle_dhcpv6_reply_execute,
};
