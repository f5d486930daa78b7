/*
 * A busy disk: every fsync and fdatasync takes as long as a file says, in milliseconds, before it is done. While one
 * waits, a marker file is there. Loaded by LD_PRELOAD into a server of the laboratory, and into nothing else.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long delay(void) {
  const char *path = getenv("SLOW_DISK_DELAY");
  char text[32] = {0};
  int file = path ? open(path, O_RDONLY) : -1;
  if (file < 0) return 0;
  ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  return got > 0 ? atol(text) : 0;
}

static void pause_as_told(void) {
  long wait = delay();
  if (wait <= 0) return;
  const char *marker = getenv("SLOW_DISK_PENDING");
  int file = marker ? open(marker, O_CREAT | O_WRONLY, 0600) : -1;
  if (file >= 0) close(file);
  struct timespec left = {wait / 1000, (wait % 1000) * 1000000L};
  while (nanosleep(&left, &left) != 0) continue;
  if (marker) unlink(marker);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  pause_as_told();
  return real(fd);
}

int fsync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  pause_as_told();
  return real(fd);
}
