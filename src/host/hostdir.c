#include "hostdir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "cleanup.h"

int
hostdir_make(const char *path)
{
    char *copy OWNED_STRING = xstrdup(path);

    for (char *p = copy + 1; *p; p++) {
        if (*p == '/') {
            *p = '\0';
            if (mkdir(copy, 0755) && errno != EEXIST) {
                return errno;
            }
            *p = '/';
        }
    }
    return mkdir(copy, 0755) && errno != EEXIST ? errno : 0;
}

/* What the one that has the lock wrote into its file. */
static char *
read_owner(int fd)
{
    char text[32];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);

    text[MAX(n, 0)] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return *text ? xasprintf("process %s", text) : xstrdup("another process");
}

char *
hostdir_lock(struct hostdir_lock *lock, const char *dir)
{
    char *path = xasprintf("%s/rouse-host.lock", dir);
    char *problem = NULL;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0) {
        problem = xasprintf("%s: cannot be made (%s); choose a directory of "
                            "yours with --dir", path, ovs_strerror(errno));
    } else if (flock(fd, LOCK_EX | LOCK_NB)) {
        char *owner OWNED_STRING = read_owner(fd);

        problem = errno == EWOULDBLOCK
                  ? xasprintf("%s is in use by %s, another \"rouse host\"; "
                              "end it, or choose another --dir", dir, owner)
                  : xasprintf("%s: cannot be locked (%s)", path,
                              ovs_strerror(errno));
        close(fd);
    }
    if (problem) {
        free(path);
        return problem;
    }
    *lock = (struct hostdir_lock) { .fd = fd, .path = path };
    return NULL;
}

void
hostdir_lock_sign(const struct hostdir_lock *lock)
{
    char *text OWNED_STRING = xasprintf("%ld\n", (long int) getpid());

    /* Whoever cannot read it gets a less exact message, and no more. */
    ignore(ftruncate(lock->fd, 0));
    ignore(pwrite(lock->fd, text, strlen(text), 0));
}

void
hostdir_unlock(struct hostdir_lock *lock)
{
    close(lock->fd);
    free(lock->path);
    *lock = (struct hostdir_lock) { .fd = -1 };
}
