/* A wall clock that is wrong by as much as a file says, in nanoseconds: preloaded into the processes under test, so that
   Python, SQLite and every library of theirs read it. The monotonic clock stays, as it does when an operator or NTP sets
   a machine's clock. The file is named by LAB_CLOCK_FILE, which a process sets for itself before it reads the time. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int64_t offset_ns(void) {
  static volatile int64_t *mapped = NULL;
  if (mapped == NULL) {
    const char *path = getenv("LAB_CLOCK_FILE");
    if (path == NULL) return 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    void *found = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (found == MAP_FAILED) return 0;
    mapped = found;
  }
  return *mapped;
}

static int real(clockid_t id, struct timespec *at) {
  static int (*next)(clockid_t, struct timespec *) = NULL;
  if (next == NULL) next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  return next(id, at);
}

int clock_gettime(clockid_t id, struct timespec *at) {
  int failed = real(id, at);
  if (!failed && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
    int64_t wrong = at->tv_sec * 1000000000LL + at->tv_nsec + offset_ns();
    at->tv_sec = wrong / 1000000000LL;
    at->tv_nsec = wrong % 1000000000LL;
  }
  return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  struct timespec now;
  (void)zone;
  int failed = clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return failed;
}

time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at != NULL) *at = now.tv_sec;
  return now.tv_sec;
}
