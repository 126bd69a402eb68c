#include "wake_journal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

VLOG_DEFINE_THIS_MODULE(wake_journal);

/* Also tells entries from what else may be in a file. */
#define ENTRY_USED 0x52577a31

/* In the file; numbers are in the host's order. */
struct entry {
    struct uuid service;
    uint32_t used; /* ENTRY_USED; anything else: free. */
    uint32_t zero[3];
};

struct wake_journal {
    struct entry *entries;           /* The mapped file. */
    int free[WAKE_JOURNAL_MAX];      /* Entries; the last is the next. */
    size_t n_free;
    int left[WAKE_JOURNAL_MAX];      /* Of the waker before. */
    size_t n_left;
};

#define FILE_SIZE (WAKE_JOURNAL_MAX * sizeof(struct entry))

/* Makes 'fd' a file of the right size, all of it on the disk: a page that
 * there is no room for would be a SIGBUS.  0 or a positive errno. */
static int
prepare(int fd)
{
    struct stat st;

    if (fstat(fd, &st)) {
        return errno;
    } else if (st.st_size != FILE_SIZE && ftruncate(fd, 0)) {
        return errno;
    }
    return posix_fallocate(fd, 0, FILE_SIZE);
}

static int
map(const char *path, struct entry **entries)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        return errno;
    }
    int error = prepare(fd);
    if (!error) {
        *entries = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
                        fd, 0);
        error = *entries == MAP_FAILED ? errno : 0;
    }
    close(fd);
    return error;
}

struct wake_journal *
wake_journal_open(const char *path)
{
    struct entry *entries;

    int error = map(path, &entries);
    if (error) {
        VLOG_WARN("%s: %s; a backend may go on unnoticed if this process is "
                  "killed in the moment in which it starts it", path,
                  ovs_strerror(error));
        return NULL;
    }

    struct wake_journal *journal = xzalloc(sizeof *journal);
    journal->entries = entries;
    for (int i = WAKE_JOURNAL_MAX - 1; i >= 0; i--) {
        if (entries[i].used == ENTRY_USED) {
            journal->left[journal->n_left++] = i;
        } else {
            journal->free[journal->n_free++] = i;
        }
    }
    return journal;
}

void
wake_journal_close(struct wake_journal *journal)
{
    if (journal) {
        munmap(journal->entries, FILE_SIZE);
        free(journal);
    }
}

int
wake_journal_put(struct wake_journal *journal, const struct uuid *service)
{
    if (!journal->n_free) {
        return -1;
    }

    int i = journal->free[--journal->n_free];
    journal->entries[i].service = *service;
    /* An entry is never seen with half a name. */
    atomic_signal_fence(memory_order_release);
    *(volatile uint32_t *) &journal->entries[i].used = ENTRY_USED;
    return i;
}

void
wake_journal_remove(struct wake_journal *journal, int entry)
{
    journal->entries[entry].used = 0;
    journal->free[journal->n_free++] = entry;
}

void
wake_journal_leave(struct wake_journal *journal, int entry)
{
    journal->left[journal->n_left++] = entry;
}

int
wake_journal_take_over(struct wake_journal *journal,
                       const struct uuid *service)
{
    for (size_t i = 0; i < journal->n_left; i++) {
        int entry = journal->left[i];

        if (uuid_equals(&journal->entries[entry].service, service)) {
            journal->left[i] = journal->left[--journal->n_left];
            return entry;
        }
    }
    return -1;
}

void
wake_journal_forget_left(struct wake_journal *journal)
{
    while (journal->n_left) {
        wake_journal_remove(journal, journal->left[--journal->n_left]);
    }
}
