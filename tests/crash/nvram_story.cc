#include "nvram_story.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "vnvram/check.h"
#include "vnvram/framing.h"

namespace nonvol::crash {
namespace {

using testing::SimFile;
using vnvram::Image;

constexpr std::size_t kExamples = 5;

// Tag and length octets, names and header: all that format writes once.
struct Framing {
  std::uint64_t offset_bytes;
  ByteVector octets;
};

std::vector<Framing> framing_of(SimFile& file) {
  std::vector<Framing> result;
  const auto open = file.open();
  const Result<std::vector<vnvram::Element>> elements = vnvram::walk_elements(*open, "crash.nv");
  std::uint64_t at = 0;
  const auto add = [&](std::uint64_t end) {
    const auto begin = file.bytes().begin();
    result.push_back(
        {at, {begin + static_cast<std::ptrdiff_t>(at), begin + static_cast<std::ptrdiff_t>(end)}});
  };
  if (!elements) return result;
  for (const vnvram::Element& element : *elements) {
    add(element.content_offset_bytes);
    at = element.end_bytes();
  }
  return result;
}

bool holds(const SimFile& file, const Framing& framing) {
  return std::equal(framing.octets.begin(), framing.octets.end(),
                    file.bytes().begin() + static_cast<std::ptrdiff_t>(framing.offset_bytes));
}

std::string text_of(const Seen* seen) {
  if (seen == nullptr) return "nothing";
  return fmt::format("{} generation {}, {} bytes", vnvram::to_string(seen->state), seen->generation,
                     seen->bytes.size());
}

const Seen* find(const Contents& contents, const std::string& name) {
  const auto found = contents.find(name);
  return found == contents.end() ? nullptr : &found->second;
}

bool same(const Seen* one, const Seen* other) {
  return one == nullptr || other == nullptr ? one == other : *one == *other;
}

// The first entry that holds none of what it may hold; empty if there is none.
std::string not_allowed(const Contents& found, const std::vector<const Contents*>& allowed) {
  std::vector<std::string> names;
  for (const Contents* contents : allowed)
    for (const auto& [name, seen] : *contents) names.push_back(name);
  for (const auto& [name, seen] : found) names.push_back(name);
  for (const std::string& name : names) {
    const Seen* seen = find(found, name);
    if (std::ranges::any_of(allowed, [&](const Contents* one) { return same(seen, find(*one, name)); }))
      continue;
    std::string text = fmt::format("'{}' is {}, allowed:", name, text_of(seen));
    for (const Contents* contents : allowed) text += fmt::format(" [{}]", text_of(find(*contents, name)));
    return text;
  }
  return {};
}

class Run {
 public:
  explicit Run(const Story& story) : story_(story) { report_.seed = chosen_seed(); }

  Report run() {
    if (!learn()) return report_;
    for (std::uint64_t step = 1; step <= report_.steps; ++step) {
      SimFile file = story_.start();
      if (story_.misbehave) story_.misbehave(file);
      file.stop_at_step(step);
      (void)act_on(file);
      visit_states(file, step, false);
    }
    SimFile file = story_.start();
    if (story_.misbehave) story_.misbehave(file);
    (void)act_on(file);
    visit_states(file, report_.steps + 1, true);
    return report_;
  }

 private:
  void violation(std::string text) {
    ++report_.violations;
    if (report_.examples.size() < kExamples) report_.examples.push_back(std::move(text));
  }

  Result<void> act_on(SimFile& file) {
    Result<Image> image = open_with(file, story_.keys);
    if (!image) return image.error();
    return story_.act(*image);
  }

  // What the image holds before and after, when nothing goes wrong.
  bool learn() {
    SimFile file = story_.start();
    framing_ = framing_of(file);
    if (framing_.empty()) violation("the image at the beginning has no framing");
    Result<Image> image = open_with(file, story_.keys);
    Result<Contents> before = image ? look(*image) : Result<Contents>(image.error());
    if (!before) return violation("before: " + before.error().message), false;
    before_ = *std::move(before);
    if (Result<void> acted = story_.act(*image); !acted)
      return violation("act: " + acted.error().message), false;
    Result<Image> again = open_with(file, keys(true));
    Result<Contents> after = again ? look(*again) : Result<Contents>(again.error());
    report_.steps = file.steps();
    if (!after) {
      violation("after: " + after.error().message);
      return true;
    }
    after_ = *std::move(after);
    if (story_.result && after_[story_.target].bytes != *story_.result)
      violation("after: acknowledged and not there");
    return true;
  }

  const Keys& keys(bool acknowledged) const {
    return acknowledged && !story_.keys_after.empty() ? story_.keys_after : all_keys_;
  }

  void visit_states(const SimFile& file, std::uint64_t step, bool acknowledged) {
    std::uint64_t number = 0;
    const SimFile::Enumeration visited =
        file.for_each_crash_state(story_.limit, report_.seed, story_.garbage, [&](SimFile& state) {
          const std::string problem = problem_of(state, acknowledged, number++);
          if (!problem.empty()) violation(fmt::format("step {}, state {}: {}", step, number - 1, problem));
        });
    report_.states += visited.states;
    if (visited.sampled) ++report_.sampled_steps;
  }

  std::string problem_of(SimFile& state, bool acknowledged, std::uint64_t number) {
    for (const Framing& framing : framing_) {
      if (!holds(state, framing)) return fmt::format("framing changed at byte {}", framing.offset_bytes);
    }
    Result<Image> image = open_with(state, keys(acknowledged));
    if (!image) return "does not open: " + image.error().message;
    Result<Contents> found = look(*image);
    if (!found) return "cannot be read: " + found.error().message;
    std::vector<const Contents*> allowed{&after_};
    if (!acknowledged) {
      allowed.push_back(&before_);
      for (const Contents& one : story_.also_allowed) allowed.push_back(&one);
    }
    if (std::string wrong = not_allowed(*found, allowed); !wrong.empty()) return wrong;
    if (number % story_.mend_every == 0) {
      Result<vnvram::CheckReport> checked = vnvram::check(*image, {.scrub = true});
      if (!checked) return "cannot be checked: " + checked.error().message;
      for (const Finding& finding : checked->findings) {
        if (finding.severity == Severity::kError) return "check: " + finding.message;
      }
      const ByteVector bytes = state.bytes();
      if (std::string wrong = mending(state, *image, *found); !wrong.empty()) return wrong;
      if (story_.again_every != 0 && number % story_.again_every == 0)
        return second_cut(bytes, *std::move(found));
    }
    return {};
  }

  // The next update works, repairs what was torn, and touches nothing else.
  std::string mending(SimFile& state, Image& image, Contents expected) {
    ++report_.mended;
    if (Result<void> done = story_.mend(image); !done) return "mending: " + done.error().message;
    Result<Image> again = open_with(state, all_keys_);
    if (!again) return "mended, does not open: " + again.error().message;
    Result<Contents> found = look(*again);
    if (!found) return "mended, cannot be read: " + found.error().message;
    Seen mended = story_.mended;
    if (found->contains(story_.target)) mended.generation = found->at(story_.target).generation;
    if (!story_.target.empty()) expected[story_.target] = mended;
    if (std::string wrong = not_allowed(*found, {&expected}); !wrong.empty()) return "mended, " + wrong;
    Result<vnvram::CheckReport> checked = vnvram::check(*again, {.scrub = true});
    if (!checked) return "mended, cannot be checked: " + checked.error().message;
    if (!checked->findings.empty()) return "mended, check: " + checked->findings.front().message;
    return {};
  }

  std::string second_cut(const ByteVector& bytes, Contents half_way) {
    Story again;
    again.start = [&] { return SimFile(bytes); };
    again.act = again.mend = story_.mend;
    again.keys = all_keys_;
    again.target = story_.target;
    again.mended = story_.mended;
    again.garbage = story_.garbage;
    if (story_.half_mended) half_way[story_.target] = *story_.half_mended;
    again.also_allowed = {std::move(half_way)};
    again.limit = 60;
    again.mend_every = 10;
    again.again_every = 0;
    const Report report = cut_power_everywhere(again);
    report_.second_cuts += report.states;
    if (report.violations == 0) return {};
    return "a second power cut: " + report.examples.front();
  }

  Keys both_keys() const {
    Keys keys = story_.keys;
    keys.insert(keys.end(), story_.keys_after.begin(), story_.keys_after.end());
    return keys;
  }

  const Story& story_;
  const Keys all_keys_ = both_keys();
  Report report_;
  std::vector<Framing> framing_;
  Contents before_;
  Contents after_;
};

}  // namespace

std::uint64_t chosen_seed() {
  static const std::uint64_t chosen = [] {
    const char* given = std::getenv("NONVOL_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  }();
  return chosen;
}

Result<Contents> look(Image& image) {
  Contents contents;
  for (std::size_t i = 0; i < image.entries().size(); ++i) {
    Result<vnvram::EntryState> state = image.state(i);
    if (!state) return state.error();
    Result<std::optional<vnvram::Blob>> blob = image.read_if_present(i);
    if (!blob) return blob.error();
    Seen seen{state->state, state->generation};
    if (blob->has_value()) seen.bytes.assign((*blob)->bytes().begin(), (*blob)->bytes().end());
    contents.emplace(image.entries()[i].name, std::move(seen));
  }
  return contents;
}

Result<Image> open_with(SimFile& file, const Keys& keys) {
  if (keys.empty()) return Image::open(file.open(), "crash.nv");
  for (const seal::Key* key : keys) {
    Result<Image> image = Image::open(file.open(), "crash.nv", key);
    // Its first encrypted entry may not be there yet.
    if (!image && image.error().id == ErrorId::kNotEncrypted) return Image::open(file.open(), "crash.nv");
    if (image || image.error().id != ErrorId::kWrongKey || key == keys.back()) return image;
  }
  return Error(ErrorId::kImpossible, "not reached");
}

Report cut_power_everywhere(const Story& story) {
  return Run(story).run();
}

Report tell(std::string_view what, const Story& story) {
  Report report = cut_power_everywhere(story);
  std::puts(fmt::format("{}: {} steps, {} crash states, {} of them mended, {} states of a second power cut{}",
                        what, report.steps, report.states, report.mended, report.second_cuts,
                        report.sampled_steps == 0
                            ? std::string()
                            : fmt::format(", {} of the steps sampled with NONVOL_SEED={}",
                                          report.sampled_steps, report.seed))
                .c_str());
  for (const std::string& example : report.examples) std::puts(("  " + example).c_str());
  return report;
}

}  // namespace nonvol::crash
