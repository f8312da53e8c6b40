// The least a process can do that lists the variables of a store: open it, read its first bytes up to the end
// of the used part in steps of 64 KiB, read 4 KiB more (the fault-tolerant-write working block), close it.
// How much is used is told, not found out. Linked statically; prints nothing.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { kStepBytes = 64 * 1024, kWorkingBytes = 4 * 1024 };

int main(int count, char** words) {
  static char buffer[kStepBytes];
  if (count != 3) return 2;
  const long used_bytes = strtol(words[2], NULL, 10);
  const int file = open(words[1], O_RDONLY | O_CLOEXEC);
  if (file < 0) return 6;
  long at = 0;
  for (; at < used_bytes; at += kStepBytes) {
    if (pread(file, buffer, kStepBytes, at) < 0) return 6;
  }
  if (pread(file, buffer, kWorkingBytes, at) < 0) return 6;
  close(file);
  return 0;
}
