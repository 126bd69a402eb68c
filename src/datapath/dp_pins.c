#include "dp_pins.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "fastpath_shared.h"

VLOG_DEFINE_THIS_MODULE(dp_pins);

#define BPFFS "/sys/fs/bpf"

/* Names what the user can do about 'err'. */
char *
pins_explain(const char *what, int err)
{
    return xasprintf("%s: %s%s", what, ovs_strerror(err),
                     err == EPERM || err == EACCES
                     ? " (eBPF needs root, or CAP_BPF and CAP_NET_ADMIN)"
                     : err == ENOSYS || err == EINVAL
                     ? " (eBPF needs Linux 5.15 or newer)" : "");
}

static int
mount_bpffs(void)
{
    struct statfs fs;

    if (!statfs(BPFFS, &fs) && fs.f_type == BPF_FS_MAGIC) {
        return 0;
    }
    return mount("bpf", BPFFS, "bpf", 0, "mode=0700") ? errno : 0;
}

void
pins_empty(const char *folder, const char *prefix)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    if (!dir) {
        return;
    }
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] != '.'
            && !strncmp(entry->d_name, prefix, strlen(prefix))) {
            char *path = xasprintf("%s/%s", folder, entry->d_name);
            unlink(path);
            free(path);
        }
    }
    closedir(dir);
}

void
pins_remove(const char *folder)
{
    pins_empty(folder, "");
    rmdir(folder);
}

/* Pins of the same instance whose layout is another. */
static void
remove_other_layouts(const char *name)
{
    char *prefix = xasprintf("rouse-%s-v", name);
    char *own = xasprintf("%s%d", prefix, FP_LAYOUT);
    DIR *dir = opendir(BPFFS);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        if (!strncmp(entry->d_name, prefix, strlen(prefix))
            && strcmp(entry->d_name, own)) {
            char *path = xasprintf("%s/%s", BPFFS, entry->d_name);
            VLOG_INFO("%s: entries of another version go", path);
            pins_remove(path);
            free(path);
        }
    }
    if (dir) {
        closedir(dir);
    }
    free(own);
    free(prefix);
}

/* Makes the folder of the pins, and locks it: two daemons with one name, even
 * in different namespaces, would take each other's numbers for their own. */
static int
lock_folder(const char *folder, int *lock, char **error)
{
    if (mkdir(folder, 0700) && errno != EEXIST) {
        int err = errno;

        *error = pins_explain(folder, err);
        return err;
    }
    *lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0 || flock(*lock, LOCK_EX | LOCK_NB)) {
        int err = errno == EWOULDBLOCK ? EBUSY : errno;

        *error = (err == EBUSY
                  ? xasprintf("%s: in use by another daemon of that name",
                              folder)
                  : pins_explain(folder, err));
        return err;
    }
    return 0;
}

int
pins_open(const char *name, char **folder, int *lock, char **error)
{
    int err = mount_bpffs();

    *lock = -1;
    *folder = xasprintf("%s/rouse-%s-v%d", BPFFS, name, FP_LAYOUT);
    if (err) {
        *error = pins_explain("mount " BPFFS, err);
        return err;
    }
    err = lock_folder(*folder, lock, error);
    if (!err) {
        remove_other_layouts(name);
    }
    return err;
}
