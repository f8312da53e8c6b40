#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "flash/code_facts.h"
#include "flash/variable_store.h"
#include "forms/form.h"
#include "storage/file_source.h"

namespace nonvol::firmware {

// What the file system and its first bytes say of a file that descriptors name.
struct FileFacts {
  std::string path;              // under which it was named first
  std::optional<Error> trouble;  // missing, a directory, unreadable: nothing else is known then
  std::uint64_t file_bytes = 0;
  std::string format = "raw";      // what it is, not what a descriptor says: "raw", "qcow2" or "luks"
  std::uint64_t inside_bytes = 0;  // what a guest would see, opened as that format; of "luks" the file itself
};

// What a template holds. Costs a few reads of its used part.
struct TemplateFacts {
  std::optional<Error> trouble;  // no variable store, damaged, or in an image that could not be opened
  forms::Form form = forms::Form::kFlash;
  flash::Blank blank = flash::Blank::kNo;
  const flash::Layout* layout = nullptr;  // of flash: never null without trouble; a guess where it is blank
  std::uint64_t volume_bytes = 0;         // of flash: FvLength; where blank that of the layout, 0 if unknown
  bool has_platform_key = false;          // PK
  bool has_key_exchange_keys = false;     // KEK
  bool has_signatures = false;            // db
  bool verifies_programs = false;         // Secure Boot is on, as edk2 reads the variables when it starts

  bool keys_are_enrolled() const { return verifies_programs && has_key_exchange_keys && has_signatures; }
};

// What a code image holds. Costs unpacking it.
struct CodeLook {
  std::optional<Error> trouble;  // no firmware image, or it could not be read; the facts are all unknown then
  flash::CodeFacts facts;
};

// How often was done what costs something.
struct LookCounts {
  std::uint64_t files = 0;      // distinct ones, whatever their names
  std::uint64_t templates = 0;  // read as variable stores
  std::uint64_t images = 0;     // unpacked
};

// The files that descriptors name. Each distinct one, by device and inode where the system tells these, is
// opened, read as a template and unpacked at most once, and only when that is asked for, however many
// descriptors and links lead to it. What is returned lives as long as the cache. One thread.
class FirmwareFileCache {
 public:
  // Opens what is inside a qcow2 or LUKS image.
  using OpenContainer = std::function<Result<std::unique_ptr<storage::BlockFile>>(const std::string& path)>;

  // `files` must outlive the cache. Without `open_container` nothing is known of what is inside of images.
  explicit FirmwareFileCache(storage::FileSource& files, OpenContainer open_container = nullptr)
      : files_(files), open_container_(std::move(open_container)) {}

  const FileFacts& file(const std::string& path);
  const TemplateFacts& variables(const std::string& path);
  const CodeLook& code(const std::string& path);

  // Whether both paths lead to the same bytes: to one file, or to files of the same content. Reads no further
  // than the first difference.
  bool same_content(const std::string& one, const std::string& other);

  const LookCounts& counts() const { return counts_; }

 private:
  struct Entry {
    FileFacts facts;
    std::optional<TemplateFacts> variables;
    std::optional<CodeLook> code;
  };

  Entry& entry(const std::string& path);
  FileFacts look_at(const std::string& path);
  Result<std::unique_ptr<storage::BlockFile>> open_inside(const FileFacts& facts);
  TemplateFacts read_variables(const FileFacts& facts);
  CodeLook examine(const FileFacts& facts);

  storage::FileSource& files_;
  OpenContainer open_container_;
  std::deque<Entry> entries_;
  std::map<std::string, Entry*> by_path_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, Entry*> by_identity_;
  LookCounts counts_;
};

}  // namespace nonvol::firmware
