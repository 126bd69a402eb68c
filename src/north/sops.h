/* Operations on a database (RFC 7047, 5.2), as text, in pieces.
 *
 * in:     rows to insert, update, delete, in order
 * out:    the parameters of "transact": of all of them, or of the first piece
 * owner:  the user embeds it
 *
 * Text rather than trees of JSON: a piece of it is one block of memory that
 * goes when it is sent.  A server takes many small transactions in half of the
 * time, and a third of the memory, that it needs for one of a hundred
 * thousand rows. */

#ifndef NORTH_SOPS_H
#define NORTH_SOPS_H 1

#include "compile.h"
#include "ovs.h"

/* A piece ends with the operation that makes it as long as this. */
#define SOPS_PIECE_SIZE 32768

struct sops_piece {
    struct ovs_list node; /* In sops->pieces. */
    struct ds text;       /* Operations with commas between them. */
};

struct sops {
    struct ovs_list pieces; /* Contains "struct sops_piece"s. */
    size_t n_pieces;
    bool joined; /* The next operation goes to the last one's piece. */
};

void sops_init(struct sops *);
void sops_clear(struct sops *);
/* To the end, in order; 'from' is empty then. */
void sops_append(struct sops *, struct sops *from);
bool sops_is_empty(const struct sops *);

/* 'columns' as RFC 7047 writes them in a <row>. */
void sops_insert(struct sops *, const char *table, const struct uuid *,
                 const struct json *columns);
void sops_insert_flow(struct sops *, const struct uuid *,
                      const struct cflow *);
void sops_update(struct sops *, const char *table, const struct uuid *,
                 const struct json *columns);
void sops_delete(struct sops *, const char *table, const struct uuid *);
/* The only row of 'table': all rows are updated, or one is inserted. */
void sops_put(struct sops *, const char *table, bool exists,
              const struct json *columns);

/* Takes the first 'n_pieces'; the caller's. */
struct json *sops_take(struct sops *, const char *database, size_t n_pieces);

#endif /* north/sops.h */
