/* Flows of a switch with stock OVN 23.03.1, as ovs-ofctl dumps them: VIP
 * 192.168.1.100:80/tcp on logical switch 2 and logical router 4. */

#ifndef STOCK_FLOWS_H
#define STOCK_FLOWS_H 1

#define USERDATA_HEAD "controller(userdata=00.00.00.0f.00.00.00.00.00.00.00.00"
#define TRIGGER                                                             \
    USERDATA_HEAD ".00.01.00.10.31.39.32.2e.31.36.38.2e.31.2e.31.30.30.3a"  \
                  ".38.30.00.02.00.03.74.63.70.00.03.00.24.61.37.64.36.35." \
                  "64.31.65.2d.31"                                          \
                  ".63.33.62.2d.34.62.38.61.2d.39.64.35.33.2d.30.64.30.62." \
                  "36.61.31.66.32"                                          \
                  ".63.33.64)"
#define BALANCE "set_field:0/0x2000000000000000000000000->xxreg0,group:1"
#define BALANCE_CT                                                      \
    "ct(commit,table=21,zone=NXM_NX_REG13[0..15],nat(dst=10.0.0.3:80)," \
    "exec(set_field:0x2/0x2->ct_mark))"
#define UNDNAT "ct(table=14,zone=NXM_NX_REG11[0..15],nat)"
#define SNAT "ct(commit,table=14,zone=NXM_NX_REG12[0..15],nat(src=10.0.0.9))"
#define REJECT "controller(userdata=00.00.00.1b.00.00.00.00)"

#define SWITCH_TRIGGER                                                       \
    "table=13,priority=130,tcp,metadata=0x2,nw_dst=192.168.1.100,tp_dst=80," \
    "actions=" TRIGGER
#define SWITCH_DROP                                             \
    "table=20,priority=120,ct_state=+new+trk,tcp,metadata=0x2," \
    "nw_dst=192.168.1.100,tp_dst=80,actions=drop"
#define SWITCH_BALANCE                                          \
    "table=20,priority=120,ct_state=+new+trk,tcp,metadata=0x2," \
    "nw_dst=192.168.1.100,tp_dst=80,actions=" BALANCE
#define SWITCH_PRE_LB                                             \
    "table=13,priority=100,ip,metadata=0x2,nw_dst=192.168.1.100," \
    "actions=set_field:0x4->reg0,resubmit(,14)"
#define ROUTER_TRIGGER                                                       \
    "table=15,priority=130,tcp,metadata=0x4,nw_dst=192.168.1.100,tp_dst=80," \
    "actions=" TRIGGER
#define ROUTER_DEFRAG                                             \
    "table=13,priority=100,ip,metadata=0x4,nw_dst=192.168.1.100," \
    "actions=" UNDNAT

#endif /* tests/unit/openflow/stock_flows.h */
