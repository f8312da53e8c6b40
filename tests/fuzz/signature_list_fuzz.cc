// Feeds signature lists: read, written back, added to, appended to, emptied.
//
// Input: byte 0 options, bytes 1 and 2 where the second database begins; the rest is two databases. With
// option bit 0 the first is an authenticated update instead, verified against the second as PK and KEK.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "efi/authenticated.h"
#include "efi/secure_boot.h"
#include "efi/signature_list.h"

namespace {

using namespace nonvol;
using octets::Bytes;

// Not assert(): that is gone in release builds, and the seeds are replayed there too.
void require(bool condition) {
  if (!condition) std::abort();
}

efi::SignatureDatabase read(Bytes bytes) {
  efi::SignatureDatabase database = efi::parse_signatures(bytes, "fuzz");
  require(std::ranges::equal(efi::serialize(database), bytes));
  for (const Finding& finding : database.findings) {
    require(!finding.message.empty() && finding.place.offset_bytes < bytes.size());
  }
  std::uint64_t next = 0;
  for (const efi::SignatureList& list : database.lists) {
    require(list.offset_bytes == next);
    next += 28 + list.header.size() + list.rest.size();
    for (const efi::Signature& signature : list.signatures) {
      require(signature.offset_bytes + 16 + signature.data.size() <= bytes.size());
      next += 16 + signature.data.size();
    }
  }
  require(next + database.rest.size() == bytes.size());
  return database;
}

void edit(efi::SignatureDatabase first, const efi::SignatureDatabase& second) {
  const std::size_t before = first.signature_count();
  const std::size_t added = efi::append(first, second);
  require(added <= second.signature_count() && first.signature_count() == before + added);
  require(efi::append(first, second) == 0);
  for (const efi::SignatureList& list : second.lists) {
    for (const efi::Signature& signature : list.signatures) {
      require(efi::contains(first, list.type, signature.data));
      require(!efi::add(first, list.type, signature.owner, signature.data));
    }
  }
  const std::size_t whole = first.signature_count();
  const std::size_t twice = efi::remove_duplicates(first);
  require(first.signature_count() + twice == whole && efi::remove_duplicates(first) == 0);
  if (second.lists.empty() || second.lists.front().signatures.empty()) return;
  const efi::SignatureList& list = second.lists.front();
  require(efi::remove(first, list.type, list.signatures.front().data) == 1);
}

void verify(Bytes auth, Bytes keys) {
  const auto identity = variable::make_identity("db", variable::vendor::kImageSecurityDatabase);
  variable::Variable current;
  current.data.assign(keys.begin(), keys.end());
  for (const efi::UpdateContext& context : {efi::UpdateContext{}, efi::UpdateContext{nullptr, keys, keys},
                                            efi::UpdateContext{&current, std::nullopt, {}}}) {
    const auto accepted = efi::verify_update(*identity, 0x67, auth, context, "fuzz");
    if (accepted) {
      require(accepted->authority == efi::Authority::kNobody || !accepted->signer.empty());
    } else {
      require(!accepted.error().message.empty() && accepted.error().id != ErrorId::kImpossible);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes < 3) return 0;
  const Bytes rest = Bytes(data, size_bytes).subspan(3);
  const std::size_t split = std::min<std::size_t>(rest.size(), data[1] | data[2] << 8);
  if ((data[0] & 1) != 0) {
    verify(rest.first(split), rest.subspan(split));
  } else {
    edit(read(rest.first(split)), read(rest.subspan(split)));
  }
  return 0;
}
