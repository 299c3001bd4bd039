/* A failing disk: loaded before libc (LD_PRELOAD), it makes one call on files below a folder fail.
 *
 * FAULT_FOLDER  the folder
 * FAULT_CALL    write, sync, open or truncate
 * FAULT_AT      which of these calls fails, from 1; with 0 none does, and their number is printed at the end
 * FAULT_STAYS   if set, all later calls fail too
 *
 * A failing write writes half of its bytes first, like a disk that becomes full. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int calls;

/* The note in the file of a lock is for people: nothing depends on it. */
static int is_note(const char *path) {
    size_t length = strlen(path);
    return length >= 6 && strcmp(path + length - 6, "/.lock") == 0;
}

static int below(const char *path) {
    const char *folder = getenv("FAULT_FOLDER");
    return folder && path && strncmp(path, folder, strlen(folder)) == 0 && !is_note(path);
}

static int file_below(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

/* Whether this call is to go wrong. The process works on one run at a time, so that counting needs no lock. */
static int fails(const char *call) {
    const char *wanted = getenv("FAULT_CALL"), *at = getenv("FAULT_AT");
    if (!wanted || !at || strcmp(wanted, call) != 0) return 0;
    int number = ++calls, first = atoi(at);
    if (number == first) dprintf(2, "[fault injected]\n");
    return number == first || (number > first && getenv("FAULT_STAYS"));
}

__attribute__((destructor)) static void tell(void) {
    if (getenv("FAULT_CALL")) dprintf(2, "[%d calls]\n", calls);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    if (!file_below(fd) || !fails("write")) return real(fd, bytes, count);
    if (count > 1 && real(fd, bytes, count / 2) < 0) return -1;
    errno = ENOSPC;
    return -1;
}

static int sync_with(const char *name, int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, name);
    if (!file_below(fd) || !fails("sync")) return real(fd);
    errno = EIO;
    return -1;
}

int fsync(int fd) { return sync_with("fsync", fd); }
int fdatasync(int fd) { return sync_with("fdatasync", fd); }

int open64(const char *path, int flags, ...) {
    static int (*real)(const char *, int, ...);
    if (!real) real = dlsym(RTLD_NEXT, "open64");
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = va_arg(arguments, mode_t);
    va_end(arguments);
    if (below(path) && (flags & (O_WRONLY | O_RDWR)) && fails("open")) {
        errno = EMFILE;
        return -1;
    }
    return real(path, flags, mode);
}

int ftruncate64(int fd, off64_t length) {
    static int (*real)(int, off64_t);
    if (!real) real = dlsym(RTLD_NEXT, "ftruncate64");
    if (!file_below(fd) || !fails("truncate")) return real(fd, length);
    errno = EIO;
    return -1;
}
