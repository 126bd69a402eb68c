/* Health checks: do the services on this chassis' ports answer?
 *
 * in:     services (sb_chassis.h: rows of Service_Monitor), packets from
 *         handle_svc_check()
 * out:    a SYN, or a UDP packet, to each service at its interval; online or
 *         offline when as many checks in a row went well or badly as the row
 *         wants
 * owner:  checks are owned here; packets are handed on
 * thread: one; nothing blocks
 *
 * TCP: SYN and ACK is an answer, and the connection is ended with a RST; RST
 * or silence is a failure.  UDP: an ICMP error is a failure, silence is not.
 * A service whose port is not here is left to the chassis that has it. */

#ifndef HOST_SVC_CHECK_H
#define HOST_SVC_CHECK_H 1

#include "ovs.h"
#include "sb_chassis.h"

struct svc_checks;

struct svc_check_ops {
    /* The MAC of 'ip' at a port that is here; false if it is not. */
    bool (*find_mac)(void *aux, const char *logical_port,
                     const struct in6_addr *ip, struct eth_addr *);
    /* Sends '*packet' (taken) out of the port. */
    void (*send)(void *aux, const char *logical_port,
                 struct dp_packet **packet);
    /* The service's status has been found out, or has changed. */
    void (*found)(void *aux, const struct uuid *row, bool online);
};

/* 'ops' and 'aux' are borrowed. */
struct svc_checks *svc_checks_new(const struct svc_check_ops *, void *aux);
void svc_checks_free(struct svc_checks *);

/* The service is as described from now on; what was found out of it stays if
 * it is still in the same place. */
void svc_checks_set(struct svc_checks *, const struct sb_service *,
                    long long now_ms);
void svc_checks_remove(struct svc_checks *, const struct uuid *row);
void svc_checks_clear(struct svc_checks *);

/* 'packet' has come in by the port, for the source of checks.  True if it was
 * an answer. */
bool svc_checks_answer(struct svc_checks *, const char *logical_port,
                       const struct dp_packet *packet);

/* Sends what is due, gives up what has taken too long. */
void svc_checks_run(struct svc_checks *, long long now_ms);
void svc_checks_wait(const struct svc_checks *);

/* {"services", "online", "offline", "sent"}; the caller's. */
struct json *svc_checks_status(const struct svc_checks *);

#endif /* host/svc_check.h */
