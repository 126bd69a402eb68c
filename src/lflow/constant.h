/* Integer constants of up to 128 bits, masked or not, and sets of constants.
 *
 * A constant remembers how it was written, to be written that way again; two
 * are equal if value and mask are, whatever the form. */

#ifndef LFLOW_CONSTANT_H
#define LFLOW_CONSTANT_H 1

#include "ovs.h"

struct lex;
struct lfield;

enum constant_form {
    FORM_DECIMAL,
    FORM_HEX,
    FORM_IPV4,
    FORM_IPV6,
    FORM_ETHERNET,
};

struct constant {
    enum constant_form form;
    bool masked;    /* Was there a mask? */
    ovs_u128 value; /* No 1-bits where the mask has 0-bits. */
    ovs_u128 mask;  /* All ones if not masked. */
};

/* Parses one constant, all of 's': "10.0.0.0/8", "0x800", "aa:bb:...".  False
 * if it is none. */
bool constant_parse(const char *s, struct constant *) OVS_WARN_UNUSED_RESULT;
void constant_format(const struct constant *, struct ds *);
bool constant_equals(const struct constant *, const struct constant *);

/* Number of bits needed: of the value, and of the mask if there is one. */
int constant_width(const struct constant *);

struct constant constant_from_u64(uint64_t);

/* Can the constant, a member of an address set, be compared with that field?
 * A set may have IPv4, IPv6 and Ethernet addresses in it: those of another
 * kind than the field are not meant. */
bool constant_suits(const struct constant *, const struct lfield *);

/* What a field may be compared with: integers, strings, names of sets. */
struct constant_set {
    struct constant *integers;
    size_t n_integers;
    size_t allocated;
    struct svec strings;      /* Names of ports. */
    struct svec address_sets; /* Names, without '$'. */
    struct svec port_groups;  /* Names, without '@'. */
    bool in_curlies;          /* Written with braces. */
};

void constant_set_init(struct constant_set *);
void constant_set_uninit(struct constant_set *);
void constant_set_clone(struct constant_set *, const struct constant_set *);
void constant_set_add(struct constant_set *, const struct constant *);
bool constant_set_equals(const struct constant_set *,
                         const struct constant_set *);
void constant_set_format(const struct constant_set *, struct ds *);

/* Fills 'set' from a row of Address_Set.  Words that are no constants are left
 * out; the first of them is returned (borrowed), else NULL. */
const char *constant_set_from_strings(struct constant_set *,
                                      char *const *strings, size_t n);

/* Parses "constant" or "{ constant, ... }" at the lexer's place into an
 * uninitialised 'set'.  On failure the error is in the lexer, and 'set' needs
 * no constant_set_uninit(). */
bool constant_set_parse(struct lex *, struct constant_set *);

/* 128-bit arithmetic on host-order values. */
ovs_u128 u128_ones(int n_bits);
ovs_u128 u128_shift_left(ovs_u128, int n);
ovs_u128 u128_shift_right(ovs_u128, int n);
int u128_compare(ovs_u128, ovs_u128);

#endif /* lflow/constant.h */
