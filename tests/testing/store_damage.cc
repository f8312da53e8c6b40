#include "testing/store_damage.h"

#include <algorithm>
#include <cstdlib>

namespace nonvol::test_stores {
namespace {

using Apply = std::function<void(ProbeStore&)>;

constexpr std::uint64_t kRecordHeaderBytes = 60;
constexpr octets::Guid kPlain = octets::guid_literal("ddcf3616-3275-4164-98b6-fe85707ffe7d");
constexpr std::size_t kHit = 2;

std::u16string probe(std::size_t number) {
  std::u16string name = u"Probe0";
  name.back() = static_cast<char16_t>(u'0' + number);
  return name;
}

ByteVector bytes_of(std::uint64_t value, unsigned size) {
  ByteVector out;
  for (unsigned i = 0; i < size; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return out;
}

Apply header(std::uint64_t offset, ByteVector values, bool sum = true) {
  return [=](ProbeStore& store) {
    poke(store.bytes, offset, values);
    if (sum) fix_checksum(store.bytes);
  };
}

Apply at(std::uint64_t offset, ByteVector values) {
  return header(offset, std::move(values), false);
}

Apply in_record(std::uint64_t offset, ByteVector values) {
  return [=](ProbeStore& store) { poke(store.bytes, store.records[kHit] + offset, values); };
}

void fill(ProbeStore& store, std::uint64_t offset, std::uint64_t size, std::uint8_t byte) {
  std::fill_n(store.bytes.begin() + static_cast<std::ptrdiff_t>(offset), size, byte);
}

Apply pending(const Apply& then, bool spare_complete = true, bool target_complete = false) {
  return [=](ProbeStore& store) {
    leave_pending(store, spare_complete, target_complete);
    then(store);
  };
}

Apply whole(std::uint8_t byte) {
  return [=](ProbeStore& store) { fill(store, 0, store.bytes.size(), byte); };
}

Apply size(std::int64_t change, std::uint8_t byte = 0xff) {
  return [=](ProbeStore& store) {
    store.bytes.resize(static_cast<std::size_t>(static_cast<std::int64_t>(store.bytes.size()) + change),
                       byte);
  };
}

void wiped(ProbeStore& store) {
  fill(store, 72, store.bytes.size() - 72, 0xff);
}

void torn(ProbeStore& store) {
  poke(store.bytes, store.end_bytes, {0xaa, 0x55, 0xff, 0});
  poke(store.bytes, store.end_bytes + 0x24, bytes_of(0x0000001e0000000c, 8));
  poke(store.bytes, store.end_bytes + kRecordHeaderBytes, {'T', 0, 'o', 0});
}

void noise(ProbeStore& store) {
  std::uint32_t state = 0x2545f491;
  for (std::uint8_t& byte : store.bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
}

void nothing(ProbeStore&) {}

std::vector<Damage> header_damages() {
  return {
      {"none", nothing},
      {"volume-checksum", at(0x32, {0x12, 0x34})},
      {"volume-signature", header(0x28, {'_', 'F', 'V', 'X'})},
      {"volume-length", header(0x20, {0, 0, 1})},
      {"volume-revision", header(0x37, {1})},
      {"volume-guid", header(0x10, {0})},
      {"volume-zero-vector", header(0, {0x55})},
      {"volume-attributes", header(0x2c, {0, 0, 0, 0})},
      {"volume-block-length", header(0x3c, {0, 0x20})},
      {"volume-block-count", header(0x38, {0, 2})},
      {"volume-header-length", header(0x30, {0x4a, 0})},
      {"store-guid", at(0x48, {0})},
      {"store-plain-guid", at(0x48, ByteVector(kPlain.bytes.begin(), kPlain.bytes.end()))},
      {"store-state", at(0x5d, {0xff})},
      {"store-format", at(0x5c, {0xff})},
      {"store-size-small",
       [](ProbeStore& store) {
         poke_u32(store.bytes, 0x58, static_cast<std::uint32_t>(store.records[3] - 0x48));
       }},
      {"store-size-roomy",
       [](ProbeStore& store) {
         poke_u32(store.bytes, 0x58, static_cast<std::uint32_t>(store.end_bytes + 0x8000));
       }},
      {"store-size-large", at(0x58, bytes_of(0x80000, 4))},
      {"store-size-huge", at(0x58, bytes_of(0xffffffff, 4))},
  };
}

std::vector<Damage> record_damages() {
  return {
      {"start-mark", in_record(0, {0, 0})},
      {"state-7f", in_record(2, {0x7f}), {"Probe2"}},
      {"state-11", in_record(2, {0x11}), {"Probe2"}},
      {"state-ff", in_record(2, {0xff}), {"Probe2"}},
      {"state-3e", in_record(2, {0x3e})},
      {"name-size-7fffffff", in_record(0x24, bytes_of(0x7fffffff, 4))},
      {"name-size-ffffffff", in_record(0x24, bytes_of(0xffffffff, 4))},
      {"first-name-size-ffffffff",
       [](ProbeStore& store) { poke_u32(store.bytes, store.records[0] + 0x24, 0xffffffff); }},
      {"name-size-0", in_record(0x24, bytes_of(0, 4))},
      {"name-size-odd", in_record(0x24, bytes_of(11, 4))},
      {"data-size-7fffffff", in_record(0x28, bytes_of(0x7fffffff, 4))},
      {"data-size-beyond", in_record(0x28, bytes_of(0x100000, 4))},
      {"data-size-ffffffff", in_record(0x28, bytes_of(0xffffffff, 4))},
      {"data-size-larger", in_record(0x28, bytes_of(0x40, 4))},
      {"attributes-ffffffff", in_record(4, bytes_of(0xffffffff, 4)), {"Probe2"}},
      {"tail-torn", torn},
      {"tail-bytes",
       [](ProbeStore& store) {
         poke(store.bytes, store.end_bytes + 0x200, {1, 2, 3});
       }},
  };
}

std::vector<Damage> queue_and_file_damages() {
  const std::vector<std::string> all = probe_names();
  return {
      {"ftw-crc", [](ProbeStore& store) { poke(store.bytes, store.working_bytes + 0x10, {0}); }},
      {"ftw-erased", [](ProbeStore& store) { fill(store, store.working_bytes, 0x1000, 0xff); }},
      {"pending-target-intact", pending(nothing)},
      {"pending-target-edited", pending(in_record(2, {0x3d}))},
      {"pending-block-0-erased", pending([](ProbeStore& store) { fill(store, 0, 0x1000, 0xff); })},
      {"pending-records-erased",
       pending([](ProbeStore& store) { fill(store, 100, store.variables_end_bytes - 100, 0xff); })},
      {"pending-store-header", pending([](ProbeStore& store) { fill(store, 0x48, 28, 0xff); })},
      {"pending-no-spare", pending(nothing, false)},
      {"pending-target-done", pending(nothing, true, true)},
      {"pending-spare-damaged",
       pending([](ProbeStore& store) { fill(store, store.spare_bytes, 0x1000, 0x11); })},
      {"spare-only", pending([](ProbeStore& store) {
         fill(store, 0, 0x1000, 0xff);
         fill(store, store.working_bytes, 0x1000, 0xff);
       })},
      {"wiped-before", wiped, all},
      {"all-ff", whole(0xff), all},
      {"all-00", whole(0x00), all},
      {"noise", noise, all},
      {"short-4k", size(-0x1000)},
      {"long-4k", size(0x1000)},
      {"long-1m", size(0x100000)},
  };
}

}  // namespace

std::vector<std::string> probe_names() {
  return {"Probe0", "Probe1", "Probe2", "Probe3", "Probe4", "Probe5"};
}

ProbeStore probe_store(const Shape& shape) {
  StoreBuilder builder(shape);
  ProbeStore store{.shape = shape, .bytes = {}, .records = {}};
  const std::size_t count = probe_names().size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto tag = static_cast<std::uint8_t>(0x30 + i);
    builder.add({.name = probe(i), .data = {tag, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, tag}});
    store.records.push_back(builder.offset_of(i));
  }
  store.bytes = builder.bytes();
  store.end_bytes = builder.next_offset_bytes();
  store.working_bytes = shape.working_offset_bytes;
  store.spare_bytes = shape.working_offset_bytes + shape.working_bytes;
  store.variables_end_bytes = 0x48 + shape.store_bytes;
  return store;
}

void leave_pending(ProbeStore& store, bool spare_complete, bool target_complete) {
  const ByteVector front(store.bytes.begin(),
                         store.bytes.begin() + static_cast<std::ptrdiff_t>(store.variables_end_bytes));
  poke(store.bytes, store.spare_bytes, front);
  const std::uint64_t write_at = store.working_bytes + 32;
  poke(store.bytes, write_at, {0xfc});
  poke(store.bytes, write_at + 0x18, bytes_of(1, 8));
  poke(store.bytes, write_at + 0x20, bytes_of(0, 8));
  const unsigned done = (spare_complete ? 2u : 0u) | (target_complete ? 4u : 0u);
  poke(store.bytes, write_at + 0x28, {static_cast<std::uint8_t>(0xff & ~done)});
  poke(store.bytes, write_at + 0x30, bytes_of(0, 8));
  poke(store.bytes, write_at + 0x38, bytes_of(0x48, 8));
  poke(store.bytes, write_at + 0x40, bytes_of(store.variables_end_bytes - 0x48, 8));
  poke(store.bytes, write_at + 0x48, bytes_of(-store.spare_bytes, 8));
}

const std::vector<Damage>& damages() {
  static const std::vector<Damage> rows = [] {
    std::vector<Damage> all;
    for (const auto& part : {header_damages(), record_damages(), queue_and_file_damages()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return rows;
}

const Damage& damage(std::string_view name) {
  const auto found = std::ranges::find(damages(), name, &Damage::name);
  if (found == damages().end()) std::abort();
  return *found;
}

ByteVector damaged(const Shape& shape, std::string_view name) {
  ProbeStore store = probe_store(shape);
  damage(name).apply(store);
  return store.bytes;
}

}  // namespace nonvol::test_stores
