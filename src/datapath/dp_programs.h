/* The eBPF programs, pinned beside their maps: another start of the same build
 * goes on with them, so that the kernel need not verify and translate them
 * again while it carries streams.
 *
 * owner:  struct programs owns descriptors; pins outlive it */

#ifndef DATAPATH_DP_PROGRAMS_H
#define DATAPATH_DP_PROGRAMS_H 1

#include "ovs.h"

struct bpf_object;

enum { PROGRAM_PORT, PROGRAM_TAP, N_PROGRAMS };

struct programs {
    int fds[N_PROGRAMS]; /* Descriptors, or -1. */
    char build[SHA1_HEX_DIGEST_LEN + 1]; /* Whose programs. */
};

/* 'elf': 'n' bytes, what the programs are made from. */
void programs_init(struct programs *, const void *elf, size_t n);
void programs_close(struct programs *);

/* Before bpf_object__load(), of maps that know where they are pinned: takes
 * the programs that 'folder' has if they are of this build and work on the
 * maps that are pinned; then they are not loaded.  Takes all or none. */
void programs_take(struct programs *, struct bpf_object *,
                   const char *folder);

/* After it: pins those that were loaded, instead of other builds'. */
void programs_pin(struct programs *, struct bpf_object *, const char *folder);

#endif /* datapath/dp_programs.h */
