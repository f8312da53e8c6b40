// Random stores and random sequences of edits. What must come out is kept in a std::map, and read back by the
// second reader.
#include <gmock/gmock.h>

// rapidcheck's headers use what C++23 calls deprecated.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <rapidcheck.h>
#pragma GCC diagnostic pop

#include "flash/editor.h"
#include "second_reader.h"
#include "storage/memory.h"
#include "testing/store_builder.h"
#include "varstore/contents.h"
#include "varstore/convert.h"

namespace nonvol::property {
namespace {

using test_stores::ByteVector;
using test_stores::StoreBuilder;
using variable::Variable;
using Model = std::map<Key, Value>;

// Few names, so that edits meet each other; two vendors, because a name alone is no identity.
rc::Gen<variable::Identity> any_identity() {
  return rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 8), rc::gen::arbitrary<bool>()),
                      [](const std::pair<int, bool>& pick) {
                        const std::string name = "Boot000" + std::to_string(pick.first);
                        return *variable::make_identity(
                            name, pick.second ? test_stores::kGlobal : test_stores::kSecurity);
                      });
}

// Evenly from the whole range, where rapidcheck would begin with small ones: full stores are the hard ones.
template <class T>
T any_of(T from, T to) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, to));
}

Variable any_variable(std::size_t largest_bytes) {
  Variable result;
  result.identity = *any_identity();
  result.attributes = *rc::gen::element<std::uint32_t>(1, 3, 7, 0x27);
  const auto size = any_of<std::size_t>(0, largest_bytes);
  result.data.assign(size, *rc::gen::arbitrary<std::uint8_t>());
  result.monotonic_count = *rc::gen::inRange<std::uint64_t>(0, 3);
  result.public_key_index = *rc::gen::inRange<std::uint32_t>(0, 3);
  for (std::uint8_t& byte : result.time) byte = *rc::gen::inRange<std::uint8_t>(0, 4);
  return result;
}

Key key_of(const variable::Identity& identity) {
  Key key(identity.vendor.bytes.begin(), identity.vendor.bytes.end());
  key.append(identity.name_utf16.begin(), identity.name_utf16.end());
  return key.append(2, '\0');
}

Value value_of(const Variable& variable) {
  return {variable.attributes,
          variable.monotonic_count,
          {variable.time.begin(), variable.time.end()},
          variable.public_key_index,
          variable.data};
}

Model model_of(const std::vector<Variable>& variables) {
  Model result;
  for (const Variable& variable : variables) result[key_of(variable.identity)] = value_of(variable);
  return result;
}

test_stores::Shape any_shape() {
  return *rc::gen::element(test_stores::ovmf_2m(), test_stores::ovmf_4m(), test_stores::armvirt());
}

varstore::Contents read(const ByteVector& bytes) {
  const auto file = storage::memory_file(bytes);
  auto contents = varstore::read_contents(*file, "f", {.thorough = true});
  RC_ASSERT(contents.has_value());
  return *std::move(contents);
}

// Any records in any state that firmware leaves, never two "added" ones of one variable.
ByteVector any_store(const test_stores::Shape& shape) {
  StoreBuilder builder(shape);
  std::map<Key, bool> has_added;
  const int records = *rc::gen::inRange(0, 24);
  for (int i = 0; i < records; ++i) {
    const Variable variable = any_variable(400);
    test_stores::TestRecord record;
    record.vendor = variable.identity.vendor;
    ByteVector name = variable.identity.name_utf16;
    name.insert(name.end(), 2, 0);
    record.raw_name = name;
    record.state = *rc::gen::element<std::uint8_t>(0x3f, 0x3e, 0x3d, 0x3c);
    bool& added = has_added[key_of(variable.identity)];
    if (record.state == 0x3f && added) record.state = 0x3c;
    added = added || record.state == 0x3f;
    record.data = variable.data;
    record.attributes = variable.attributes;
    record.timestamp.assign(variable.time.begin(), variable.time.end());
    record.count = variable.monotonic_count;
    record.key_index = variable.public_key_index;
    builder.add(record);
  }
  return builder.bytes();
}

ByteVector after(ByteVector bytes, const std::vector<storage::Patch>& patches) {
  for (const storage::Patch& patch : patches) test_stores::poke(bytes, patch.offset_bytes, patch.bytes);
  return bytes;
}

void expect_model(const ByteVector& bytes, const Model& model) {
  const SecondReading reading = read_again(bytes);
  if (!reading.sound) RC_LOG() << "the second reader: " << reading.why << "\n";
  RC_ASSERT(reading.sound);
  RC_ASSERT(reading.live == model);
}

// One random edit on both sides; a refusal for want of room must leave both alone.
void edit(flash::StoreEditor& editor, Model& model) {
  switch (*rc::gen::weightedElement<int>({{9, 0}, {1, 1}, {1, 2}})) {
    case 0: {
      const Variable variable = any_variable(8000);
      const auto done = editor.set(variable);
      // Firmware stores nothing without data, and nothing that is not NON_VOLATILE and BOOTSERVICE_ACCESS.
      const bool storable = !variable.data.empty() && (variable.attributes & 3) == 3;
      if (done) {
        RC_ASSERT(storable);
        model[key_of(variable.identity)] = value_of(variable);
      } else {
        RC_ASSERT(done.error().id == (storable ? ErrorId::kStoreFull : ErrorId::kNotStorable));
      }
      return;
    }
    case 1: {
      const variable::Identity identity = *any_identity();
      RC_ASSERT(editor.remove(identity).has_value());
      model.erase(key_of(identity));
      return;
    }
    default:
      RC_ASSERT(editor.compact().has_value());
  }
}

TEST(StoreProperty, BothReadersSeeTheSame) {
  EXPECT_TRUE(rc::check("both readers see the same", [] {
    const ByteVector bytes = any_store(any_shape());
    expect_model(bytes, model_of(read(bytes).variables()));
  }));
}

TEST(StoreProperty, WhatIsNotEditedKeepsItsBytes) {
  EXPECT_TRUE(rc::check("setting every variable to what it is changes nothing", [] {
    const ByteVector bytes = any_store(any_shape());
    const varstore::Contents contents = read(bytes);
    auto editor = flash::StoreEditor::begin(*contents.flash);
    RC_ASSERT(editor.has_value());
    for (const Variable& variable : contents.variables()) {
      const auto outcome = editor->set(variable);
      RC_ASSERT(outcome.has_value());
      RC_ASSERT(*outcome == flash::EditOutcome::kNothing);
    }
    RC_ASSERT(editor->patches().empty());
  }));
}

TEST(StoreProperty, AnySequenceOfEditsLeavesWhatItShould) {
  EXPECT_TRUE(rc::check("edits", [] {
    const ByteVector bytes = any_store(any_shape());
    const varstore::Contents contents = read(bytes);
    Model model = model_of(contents.variables());
    auto editor = flash::StoreEditor::begin(*contents.flash);
    RC_ASSERT(editor.has_value());
    const int edits = any_of(0, 40);
    for (int i = 0; i < edits; ++i) edit(*editor, model);
    expect_model(after(bytes, editor->patches()), model);
  }));
}

TEST(StoreProperty, ConversionsComeBack) {
  EXPECT_TRUE(rc::check("there and back", [] {
    const ByteVector bytes = any_store(any_shape());
    const std::vector<Variable> before = read(bytes).variables();
    ByteVector at = bytes;
    const int steps = *rc::gen::inRange(1, 5);
    for (int i = 0; i < steps; ++i) {
      const auto name =
          *rc::gen::element<std::string_view>("ovmf-2m", "ovmf-4m", "armvirt", "armvirt-padded");
      const auto conversion = varstore::convert(read(at), *varstore::target_named(name), "new");
      RC_ASSERT(conversion.has_value());
      at = conversion->bytes;
      expect_model(at, model_of(before));
    }
    RC_ASSERT(read(at).variables() == before);
  }));
}

// Counts and key indices have no place there, so the store has none; a digest has none in flash.
TEST(StoreProperty, ConversionsThroughOtherFormsComeBack) {
  EXPECT_TRUE(rc::check("through another form", [] {
    const varstore::Target flash = *varstore::target_named("ovmf-4m");
    varstore::Contents contents = read(any_store(test_stores::ovmf_4m()));
    contents.form.form = forms::Form::kQemuJson;
    contents.form.variables = contents.variables();
    contents.flash.reset();
    for (Variable& variable : contents.form.variables) {
      variable.monotonic_count = 0;
      variable.public_key_index = 0;
      variable.time.fill(0);
      if (variable.attributes == 0x27) variable.time[0] = 1;
    }
    const auto start = varstore::convert(contents, flash, "start");
    RC_ASSERT(start.has_value());
    const auto name =
        *rc::gen::element<std::string_view>("qemu-json", "virt-firmware-json", "uefivars-json", "ec2");
    const auto there = varstore::convert(read(start->bytes), *varstore::target_named(name), "there");
    RC_ASSERT(there.has_value());
    const auto back = varstore::convert(read(there->bytes), flash, "back");
    RC_ASSERT(back.has_value());
    RC_ASSERT(back->bytes == start->bytes);
  }));
}

}  // namespace
}  // namespace nonvol::property
