// The least a process can do that looks at every firmware descriptor: list the directory, sort the names, and
// open, read and close each file. Linked statically; prints nothing.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int by_bytes(const void* a, const void* b) {
  return strcmp(*(char* const*)a, *(char* const*)b);
}

static int is_descriptor(const char* name) {
  const size_t length = strlen(name);
  return length >= 5 && strcmp(name + length - 5, ".json") == 0;
}

int main(int count, char** words) {
  static char buffer[1 << 14];
  if (count != 2) return 2;
  const int directory = open(words[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = directory < 0 ? NULL : fdopendir(directory);
  if (stream == NULL) return 6;
  char** names = NULL;
  size_t used = 0;
  size_t room = 0;
  for (const struct dirent* entry; (entry = readdir(stream)) != NULL;) {
    if (!is_descriptor(entry->d_name)) continue;
    if (used == room) {
      room = room == 0 ? 64 : room * 2;
      names = realloc(names, room * sizeof *names);
      if (names == NULL) return 6;
    }
    names[used++] = strdup(entry->d_name);
  }
  qsort(names, used, sizeof *names, by_bytes);
  for (size_t i = 0; i < used; ++i) {
    const int file = openat(directory, names[i], O_RDONLY | O_CLOEXEC);
    if (file < 0 || read(file, buffer, sizeof buffer) < 0) return 6;
    close(file);
  }
  return 0;
}
