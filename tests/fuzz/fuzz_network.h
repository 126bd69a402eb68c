/* The network that frames are sent into: tests/data/pipeline/rich.json, which
 * ovn-northd wrote, and a switch "extra" with one flow for each thing that is
 * not in there. */

#ifndef FUZZ_NETWORK_H
#define FUZZ_NETWORK_H 1

#include "network.h"

struct fuzz_network {
    struct network *network;
    struct net_port *ports[32]; /* All of them, by name. */
    size_t n_ports;
};

/* Aborts with a message if the network is not what it should be. */
void fuzz_network_init(struct fuzz_network *);

#endif /* tests/fuzz/fuzz_network.h */
