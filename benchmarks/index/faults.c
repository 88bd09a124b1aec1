// Preloaded by the crash benchmark: after some calls that write to regular files, such calls fail, as on a failing disk.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static long left = -1;
static int reason, for_good;

void simcheck_fail_after(long calls, int error, int forever) { left = calls; reason = error; for_good = forever; }

static int fails(int file) {
  struct stat what;
  if (left < 0 || fstat(file, &what) || !S_ISREG(what.st_mode)) return 0;
  if (left > 0) { left--; return 0; }
  if (!for_good) left = -1;
  errno = reason;
  return 1;
}

#define GUARD(type, name, args, ...) \
  type name args { \
    static type(*real) args; \
    if (!real) real = (type(*) args)dlsym(RTLD_NEXT, #name); \
    return fails(file) ? -1 : real(__VA_ARGS__); \
  }

GUARD(ssize_t, write, (int file, const void *data, size_t size), file, data, size)
GUARD(ssize_t, pwrite, (int file, const void *data, size_t size, off_t at), file, data, size, at)
GUARD(ssize_t, pwrite64, (int file, const void *data, size_t size, off64_t at), file, data, size, at)
GUARD(int, fsync, (int file), file)
GUARD(int, fdatasync, (int file), file)
GUARD(int, ftruncate, (int file, off_t size), file, size)
GUARD(int, ftruncate64, (int file, off64_t size), file, size)

int posix_fallocate64(int file, off64_t at, off64_t size) {
  static int (*real)(int, off64_t, off64_t);
  if (!real) real = (int (*)(int, off64_t, off64_t))dlsym(RTLD_NEXT, "posix_fallocate64");
  return fails(file) ? reason : real(file, at, size);
}
int posix_fallocate(int file, off_t at, off_t size) { return posix_fallocate64(file, at, size); }
