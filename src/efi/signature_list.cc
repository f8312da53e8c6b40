#include "efi/signature_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace nonvol::efi {
namespace {

using octets::Bytes;
using octets::Guid;
using octets::guid_literal;
using octets::Reader;

constexpr std::uint32_t kListHeaderBytes = 28;
constexpr std::uint32_t kOwnerBytes = 16;

// UEFI 2.10, 32.4.1. The sizes of the X509_* types include the EFI_TIME behind the digest.
constexpr SignatureType kTypes[] = {
    {signature_type::kSha256, "SHA256", 32},
    {guid_literal("3c5766e8-269c-4e34-aa14-ed776e85b3b6"), "RSA2048", 256},
    {guid_literal("e2b36190-879b-4a3d-ad8d-f2e7bba32784"), "RSA2048_SHA256", 256},
    {signature_type::kSha1, "SHA1", 20},
    {guid_literal("67f8444f-8743-48f1-a328-1eaab8736080"), "RSA2048_SHA1", 256},
    {signature_type::kX509, "X509", std::nullopt},
    {guid_literal("0b6e5233-a65c-44c9-9407-d9ab83bfc8bd"), "SHA224", 28},
    {signature_type::kSha384, "SHA384", 48},
    {signature_type::kSha512, "SHA512", 64},
    {signature_type::kX509Sha256, "X509_SHA256", 48},
    {signature_type::kX509Sha384, "X509_SHA384", 64},
    {signature_type::kX509Sha512, "X509_SHA512", 80},
};

std::vector<std::uint8_t> copy_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

void append_bytes(std::vector<std::uint8_t>& out, Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_u32(std::vector<std::uint8_t>& out, std::uint64_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

class ListParser {
 public:
  ListParser(Bytes data, std::string_view file) : data_(data), file_(file) {}

  SignatureDatabase parse() {
    std::uint64_t position = 0;
    // Every list that is followed takes at least its header, so that the data bounds the walk.
    while (position < data_.size()) {
      const std::uint64_t size_bytes = parse_list(position);
      if (size_bytes == 0) {
        result_.rest = copy_of(data_.subspan(position));
        break;
      }
      position += size_bytes;
    }
    return std::move(result_);
  }

 private:
  void find(ErrorId id, Severity severity, std::uint64_t offset_bytes, std::string message) {
    result_.findings.push_back({severity, id, std::move(message), Place::at_byte(file_, offset_bytes), {}});
  }

  // The size of the list at `position`, or 0 where it cannot be followed.
  std::uint64_t parse_list(std::uint64_t position) {
    const std::uint64_t left = data_.size() - position;
    Reader reader(data_.subspan(position), position);
    SignatureList list;
    list.offset_bytes = position;
    list.type = reader.guid("signature type");
    const std::uint32_t list_bytes = reader.u32("signature list size");
    const std::uint32_t header_bytes = reader.u32("signature header size");
    list.signature_size_bytes = reader.u32("signature size");
    if (reader.failure()) {
      find(ErrorId::kSignatureListSize, Severity::kError, position,
           fmt::format("signature list at offset {:#x}: its header needs {} bytes, {} are left", position,
                       kListHeaderBytes, left));
      return 0;
    }
    if (list_bytes < kListHeaderBytes || list_bytes > left) {
      find(ErrorId::kSignatureListSize, Severity::kError, position + 16,
           fmt::format("signature list size at offset {:#x}: says {} bytes, {} to {} are possible",
                       position + 16, list_bytes, kListHeaderBytes, left));
      return 0;
    }
    if (header_bytes > list_bytes - kListHeaderBytes) {
      find(ErrorId::kSignatureListSize, Severity::kError, position + 20,
           fmt::format("signature header size at offset {:#x}: says {} bytes, the list has {} left",
                       position + 20, header_bytes, list_bytes - kListHeaderBytes));
      return 0;
    }
    list.header = copy_of(reader.bytes("signature header", header_bytes));
    parse_signatures_of(list, reader.bytes("signatures", list_bytes - kListHeaderBytes - header_bytes));
    result_.lists.push_back(std::move(list));
    return list_bytes;
  }

  void parse_signatures_of(SignatureList& list, Bytes body) {
    const std::uint64_t begin = list.offset_bytes + kListHeaderBytes + list.header.size();
    std::uint64_t done = 0;
    if (list.signature_size_bytes >= kOwnerBytes) {
      for (; body.size() - done >= list.signature_size_bytes; done += list.signature_size_bytes) {
        Reader reader(body.subspan(done, list.signature_size_bytes), begin + done);
        Signature signature;
        signature.offset_bytes = begin + done;
        signature.owner = reader.guid("signature owner");
        signature.data = copy_of(reader.bytes("signature data", list.signature_size_bytes - kOwnerBytes));
        list.signatures.push_back(std::move(signature));
      }
    }
    list.rest = copy_of(body.subspan(done));
    check(list, body.size());
  }

  void check(const SignatureList& list, std::uint64_t body_bytes) {
    const std::uint64_t at = list.offset_bytes + 24;
    const SignatureType* type = find_signature_type(list.type);
    if (list.signature_size_bytes < kOwnerBytes) {
      find(ErrorId::kSignatureSize, Severity::kError, at,
           fmt::format("signature size at offset {:#x}: says {} bytes, the owner alone needs {}", at,
                       list.signature_size_bytes, kOwnerBytes));
    } else if (!list.rest.empty()) {
      find(ErrorId::kSignatureSize, Severity::kError, at,
           fmt::format("signature size at offset {:#x}: {} bytes do not divide the list's {}", at,
                       list.signature_size_bytes, body_bytes));
    } else if (type != nullptr && type->data_size_bytes &&
               *type->data_size_bytes + kOwnerBytes != list.signature_size_bytes) {
      find(ErrorId::kSignatureSize, Severity::kError, at,
           fmt::format("signature size at offset {:#x}: says {} bytes, type {} has {}", at,
                       list.signature_size_bytes, type->name, *type->data_size_bytes + kOwnerBytes));
    } else if (type != nullptr && !list.header.empty()) {
      find(ErrorId::kSignatureSize, Severity::kError, list.offset_bytes + 20,
           fmt::format("signature header size at offset {:#x}: says {} bytes, type {} has 0",
                       list.offset_bytes + 20, list.header.size(), type->name));
    }
    if (type == nullptr) {
      find(ErrorId::kSignatureType, Severity::kWarning, list.offset_bytes,
           fmt::format("signature type at offset {:#x}: {} is none of the {} that edk2 knows",
                       list.offset_bytes, list.type.text(), std::size(kTypes)));
    }
  }

  Bytes data_;
  std::string file_;
  SignatureDatabase result_;
};

std::uint64_t size_bytes(const SignatureList& list) {
  std::uint64_t result = kListHeaderBytes + list.header.size() + list.rest.size();
  for (const Signature& signature : list.signatures) result += kOwnerBytes + signature.data.size();
  return result;
}

bool is_empty(const SignatureList& list) {
  return list.signatures.empty() && list.rest.empty();
}

template <class Condition>
std::size_t erase_where(SignatureDatabase& database, Condition condition) {
  std::size_t removed = 0;
  std::vector<SignatureList> kept;
  for (SignatureList& list : database.lists) {
    const std::size_t here = std::erase_if(
        list.signatures, [&](const Signature& signature) { return condition(list.type, signature); });
    removed += here;
    if (here == 0 || !is_empty(list)) kept.push_back(std::move(list));
  }
  database.lists = std::move(kept);
  return removed;
}

}  // namespace

std::span<const SignatureType> signature_types() {
  return kTypes;
}

const SignatureType* find_signature_type(const Guid& guid) {
  const auto* found = std::ranges::find(kTypes, guid, &SignatureType::guid);
  return found == std::end(kTypes) ? nullptr : found;
}

std::size_t SignatureDatabase::signature_count() const {
  std::size_t count = 0;
  for (const SignatureList& list : lists) count += list.signatures.size();
  return count;
}

SignatureDatabase parse_signatures(Bytes data, std::string_view file) {
  return ListParser(data, file).parse();
}

std::vector<std::uint8_t> serialize(const SignatureDatabase& database) {
  std::vector<std::uint8_t> out;
  for (const SignatureList& list : database.lists) {
    append_bytes(out, list.type.bytes);
    append_u32(out, size_bytes(list));
    append_u32(out, list.header.size());
    append_u32(out, list.signature_size_bytes);
    append_bytes(out, list.header);
    for (const Signature& signature : list.signatures) {
      append_bytes(out, signature.owner.bytes);
      append_bytes(out, signature.data);
    }
    append_bytes(out, list.rest);
  }
  append_bytes(out, database.rest);
  return out;
}

bool is_well_formed(const SignatureDatabase& database) {
  return database.findings.empty() && database.rest.empty();
}

bool contains(const SignatureDatabase& database, const Guid& type, Bytes data) {
  return std::ranges::any_of(database.lists, [&](const SignatureList& list) {
    return list.type == type && std::ranges::any_of(list.signatures, [&](const Signature& signature) {
             return std::ranges::equal(signature.data, data);
           });
  });
}

bool add(SignatureDatabase& database, const Guid& type, const Guid& owner, Bytes data) {
  if (contains(database, type, data)) return false;
  const auto size = static_cast<std::uint32_t>(kOwnerBytes + data.size());
  const Signature signature{owner, copy_of(data), 0};
  const auto fits = [&](const SignatureList& list) {
    return list.type == type && list.signature_size_bytes == size && list.header.empty() && list.rest.empty();
  };
  const auto last = std::find_if(database.lists.rbegin(), database.lists.rend(), fits);
  if (type != signature_type::kX509 && last != database.lists.rend()) {
    last->signatures.push_back(signature);
  } else {
    database.lists.push_back({type, {}, size, {signature}, {}, 0});
  }
  return true;
}

std::size_t append(SignatureDatabase& database, const SignatureDatabase& additions) {
  using Key = std::tuple<Guid, Guid, Bytes>;
  const auto less = [](const Key& a, const Key& b) {
    const auto& [type_a, owner_a, data_a] = a;
    const auto& [type_b, owner_b, data_b] = b;
    if (type_a != type_b) return type_a < type_b;
    if (owner_a != owner_b) return owner_a < owner_b;
    return std::ranges::lexicographical_compare(data_a, data_b);
  };
  std::set<Key, decltype(less)> present(less);
  for (const SignatureList& list : database.lists) {
    for (const Signature& signature : list.signatures)
      present.insert({list.type, signature.owner, signature.data});
  }
  // edk2 compares with what was there before, not with what the update itself brought already.
  std::vector<SignatureList> fresh;
  std::size_t added = 0;
  for (const SignatureList& list : additions.lists) {
    SignatureList kept = list;
    kept.rest.clear();
    std::erase_if(kept.signatures, [&](const Signature& signature) {
      return present.contains({list.type, signature.owner, signature.data});
    });
    added += kept.signatures.size();
    if (!kept.signatures.empty()) fresh.push_back(std::move(kept));
  }
  std::ranges::move(fresh, std::back_inserter(database.lists));
  return added;
}

std::size_t remove(SignatureDatabase& database, const Guid& type, Bytes data) {
  return erase_where(database, [&](const Guid& of, const Signature& signature) {
    return of == type && std::ranges::equal(signature.data, data);
  });
}

std::size_t remove_duplicates(SignatureDatabase& database) {
  std::set<std::pair<Guid, std::vector<std::uint8_t>>> seen;
  return erase_where(database, [&](const Guid& type, const Signature& signature) {
    return !seen.insert({type, signature.data}).second;
  });
}

}  // namespace nonvol::efi
