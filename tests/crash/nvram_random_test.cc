#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "nvram_images.h"

// Seeded random updates, most of them torn. NONVOL_UPDATES says how many; NONVOL_SEED repeats a run.
namespace nonvol::crash {
namespace {

using testing::SimFile;
using vnvram::EntryKind;
using vnvram::Image;
using vnvram::Integrity;
using Fate = SimFile::Fate;

constexpr std::uint64_t kUsualUpdates = kAllStates ? 20000 : 2000;
// Worlds are made anew, so that many sizes, kinds and digests are seen.
constexpr std::uint64_t kUpdatesOfOneImage = 500;

std::uint64_t wanted_updates() {
  const char* given = std::getenv("NONVOL_UPDATES");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : kUsualUpdates;
}

// What happens to one update.
enum class Trouble { kNone, kPowerCut, kKill, kError, kShortWrite };

struct Counts {
  std::uint64_t updates = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t cut = 0;
  std::uint64_t killed = 0;
  std::uint64_t failed = 0;
  std::uint64_t found_new = 0;  // of those that were not acknowledged
  std::uint64_t images = 0;
};

// One image and what its entries may hold.
class World {
 public:
  World(std::uint64_t seed, Counts& counts) : random_(seed), file_({}), counts_(counts) { format(); }

  bool ok() const { return problem_.empty(); }
  const std::string& problem() const { return problem_; }

  void update() {
    Result<Image> image = open_with(file_, keys());
    if (!image) return fail("does not open: " + image.error().message);
    // Before an update of an entry that nobody read the image reads it itself.
    if (draw(2) == 0 && !read_all(*image)) return;
    const Trouble trouble = draw_trouble();
    for (std::uint64_t turns = 1 + draw(3); turns-- > 0;) {
      const bool last = turns == 0;
      if (!one_update(*image, last ? trouble : Trouble::kNone)) break;
    }
    if (!ok() || trouble == Trouble::kNone) return;
    after(*image, trouble);
  }

 private:
  struct Entry {
    std::string name;
    EntryKind kind;
    std::uint64_t capacity_bytes;
    std::vector<Seen> allowed;  // the last one is seen when nothing is lost
  };

  std::uint64_t draw(std::uint64_t below) { return random_() % below; }

  // No two updates have a sector in common, or one could complete what was torn of the other.
  ByteVector noise(std::uint64_t size_bytes) {
    ByteVector bytes(size_bytes);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (i % 8 == 0) number = random_();
      bytes[i] = static_cast<std::uint8_t>(number >> (i % 8 * 8));
    }
    return bytes;
  }

  Trouble draw_trouble() {
    constexpr Trouble kTroubles[] = {Trouble::kPowerCut, Trouble::kPowerCut, Trouble::kPowerCut,
                                     Trouble::kKill,     Trouble::kError,    Trouble::kShortWrite,
                                     Trouble::kNone};
    return kTroubles[draw(std::size(kTroubles))];
  }

  Keys keys() const { return encrypted_ ? Keys{&key_} : Keys{}; }

  void fail(std::string text) {
    if (problem_.empty()) problem_ = std::move(text);
  }

  void format() {
    ++counts_.images;
    encrypted_ = draw(3) == 0;
    vnvram::FormatRequest request =
        vnvram::request_for({}, draw(3) == 0 ? Integrity::kSha256 : Integrity::kCrc32c);
    for (std::uint64_t i = 0, count = 1 + draw(4); i < count; ++i) {
      const bool plain = draw(6) == 0;
      request.layout.entries.push_back({fmt::format("e{}", i), plain ? 512 * (1 + draw(4)) : 1 + draw(9000),
                                        plain ? EntryKind::kPlain : EntryKind::kAtomic,
                                        !plain && encrypted_ && draw(2) == 0});
    }
    const auto is_encrypted = [](const vnvram::EntryRequest& entry) { return entry.encrypted; };
    encrypted_ = std::ranges::any_of(request.layout.entries, is_encrypted);
    request.user_key = encrypted_ ? &key_ : nullptr;
    file_ = SimFile(vnvram::formatted(request));
    for (const vnvram::EntryRequest& entry : request.layout.entries) {
      const bool plain = entry.kind == EntryKind::kPlain;
      entries_.push_back(
          {entry.name,
           entry.kind,
           entry.capacity_bytes,
           {plain ? Seen{vnvram::BlobState::kPresent, 0, ByteVector(entry.capacity_bytes)} : Seen{}}});
    }
  }

  // False: it did not come to its end.
  bool one_update(Image& image, Trouble trouble) {
    ++counts_.updates;
    const std::size_t index = draw(entries_.size());
    Entry& entry = entries_[index];
    const bool plain = entry.kind == EntryKind::kPlain;
    const bool erases = !plain && draw(8) == 0;
    const std::uint64_t size_bytes = plain ? entry.capacity_bytes : draw(entry.capacity_bytes + 1);
    Seen next{erases ? vnvram::BlobState::kDeleted : vnvram::BlobState::kPresent, 0, {}};
    if (!erases) next.bytes = noise(size_bytes);
    make_trouble(trouble);
    Result<vnvram::Update> update =
        image.prepare(index, erases ? vnvram::Content::kAbsent : vnvram::Content::kPresent, next.bytes);
    if (update) next.generation = update->generation;
    Result<void> done = update ? image.commit(*update) : Result<void>(update.error());
    if (update) entry.allowed.push_back(next);
    if (done) {
      ++counts_.acknowledged;
      settle();
      entry.allowed = {next};
      return true;
    }
    if (trouble == Trouble::kNone) fail("an update without trouble failed: " + done.error().message);
    if (!image.failed()) fail("an update failed and the image did not notice");
    if (ErrorId id = image.prepare(index, vnvram::Content::kPresent, {}).error().id;
        id != ErrorId::kNvramFailed) {
      fail("an update after a failed one was not refused");
    }
    return false;
  }

  // Something of this update goes wrong, or of the flush in front of it.
  void make_trouble(Trouble trouble) {
    const std::uint64_t step = file_.steps() + 1 + draw(3);
    if (trouble == Trouble::kPowerCut || trouble == Trouble::kKill) file_.stop_at_step(step);
    if (trouble == Trouble::kError) file_.fail_step(step, ErrorId::kInputOutput);
    if (trouble == Trouble::kShortWrite)
      file_.fail_step(step, ErrorId::kNoSpace, draw(10) * SimFile::kSectorBytes);
  }

  // A flush made everything durable that was seen.
  void settle() {
    for (Entry& entry : entries_) entry.allowed = {entry.allowed.back()};
  }

  void after(Image&, Trouble trouble) {
    if (trouble == Trouble::kKill) {
      ++counts_.killed;
      file_.go_on();
      file_.fail_step(0, ErrorId::kInputOutput);
    } else if (trouble == Trouble::kPowerCut || draw(2) == 0) {
      ++counts_.cut;
      std::vector<Fate> fates(file_.unflushed().size());
      const std::uint64_t new_share = draw(101);
      for (Fate& fate : fates)
        fate = draw(100) < new_share               ? Fate::kNew
               : draw(6) == 0 && !may_tear_plain() ? Fate::kGarbage
                                                   : Fate::kOld;
      file_.cut_power(fates, random_());
      Result<Image> image = open_with(file_, keys());
      if (!image) return fail("does not open: " + image.error().message);
      if (!read_all(*image)) return;
      settle_on(*image);
      return;
    } else {
      ++counts_.failed;
      file_.fail_step(0, ErrorId::kInputOutput);
    }
    // The next process sees what was written; it is not durable yet.
    Result<Image> image = open_with(file_, keys());
    if (!image) return fail("does not open: " + image.error().message);
    if (read_all(*image)) see(*image);
  }

  // What is seen comes last of what is allowed; an update that was not written is nowhere.
  void see(Image& image) {
    const Result<Contents> found = look(image);
    if (!found) return fail("cannot be read: " + found.error().message);
    for (Entry& entry : entries_) {
      const Seen& seen = found->at(entry.name);
      if (entry.kind == EntryKind::kPlain) {
        entry.allowed.push_back(seen);
        continue;
      }
      while (entry.allowed.back() != seen) entry.allowed.pop_back();
    }
  }

  bool may_tear_plain() const {
    return std::ranges::any_of(entries_, [](const Entry& entry) {
      return entry.kind == EntryKind::kPlain && entry.allowed.size() > 1;
    });
  }

  // Each entry is one of those that it may be.
  bool read_all(Image& image) {
    const Result<Contents> found = look(image);
    if (!found) return fail("cannot be read: " + found.error().message), false;
    for (const Entry& entry : entries_) {
      if (!is_allowed(entry, found->at(entry.name))) {
        fail(fmt::format("'{}' is {} of generation {} with {} bytes, which it may not be", entry.name,
                         vnvram::to_string(found->at(entry.name).state), found->at(entry.name).generation,
                         found->at(entry.name).bytes.size()));
      }
    }
    return ok();
  }

  // A plain entry: each sector is one of those.
  static bool is_allowed(const Entry& entry, const Seen& seen) {
    if (entry.kind == EntryKind::kAtomic)
      return std::ranges::find(entry.allowed, seen) != entry.allowed.end();
    if (seen.bytes.size() != entry.capacity_bytes) return false;
    for (std::size_t at = 0; at < seen.bytes.size(); at += SimFile::kSectorBytes) {
      const auto same = [&](const Seen& one) {
        const auto begin = static_cast<std::ptrdiff_t>(at);
        return std::equal(seen.bytes.begin() + begin, seen.bytes.begin() + begin + SimFile::kSectorBytes,
                          one.bytes.begin() + begin);
      };
      if (std::ranges::none_of(entry.allowed, same)) return false;
    }
    return true;
  }

  // After a power cut what is there is durable.
  void settle_on(Image& image) {
    const Result<Contents> found = look(image);
    if (!found) return fail("cannot be read: " + found.error().message);
    for (Entry& entry : entries_) {
      const Seen& seen = found->at(entry.name);
      if (entry.allowed.size() > 1 && seen == entry.allowed.back()) ++counts_.found_new;
      entry.allowed = {seen};
    }
  }

  std::mt19937_64 random_;
  SimFile file_;
  Counts& counts_;
  const seal::Key key_ = vnvram::test_key(1);
  bool encrypted_ = false;
  std::vector<Entry> entries_;
  std::string problem_;
};

TEST(RandomUpdates, AreOldOrNewAndAcknowledgedOnesStay) {
  Counts counts;
  const std::uint64_t wanted = wanted_updates();
  for (std::uint64_t seed = chosen_seed(); counts.updates < wanted; ++seed) {
    World world(seed, counts);
    const std::uint64_t until = counts.updates + kUpdatesOfOneImage;
    while (world.ok() && counts.updates < until) world.update();
    ASSERT_TRUE(world.ok()) << world.problem() << " (NONVOL_SEED=" << seed << ")";
  }
  std::puts(
      fmt::format("{} updates of {} images from NONVOL_SEED={}: {} acknowledged, {} power cuts, {} kills, {} "
                  "failed with the image used on; {} unacknowledged ones found whole",
                  counts.updates, counts.images, chosen_seed(), counts.acknowledged, counts.cut,
                  counts.killed, counts.failed, counts.found_new)
          .c_str());
  EXPECT_GT(counts.acknowledged, wanted / 10);
  EXPECT_GT(counts.cut, wanted / 10);
  EXPECT_GT(counts.killed, wanted / 50);
  EXPECT_GT(counts.found_new, wanted / 100);
}

}  // namespace
}  // namespace nonvol::crash
