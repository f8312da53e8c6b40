#include <fmt/format.h>

#include "cli/text.h"
#include "cli/text_vars.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

// What an outcome means for whoever runs the guest.
std::string_view outcome_text(flash::Prediction::Outcome outcome) {
  using Outcome = flash::Prediction::Outcome;
  switch (outcome) {
    case Outcome::kKeeps:
      return "keeps every variable";
    case Outcome::kKeepsAfterReplay:
      return "finishes the interrupted write, then keeps every variable";
    case Outcome::kLosesVariables:
      return "boots, and some variables are gone";
    case Outcome::kFormats:
      return "boots, and all variables are gone: the store is formatted anew";
    case Outcome::kVolatile:
      return "boots with volatile variables: nothing is ever saved";
    case Outcome::kWipesAndCrashes:
      return "wipes the file, then crashes at every start";
    case Outcome::kCrashes:
      return "crashes at every start";
    case Outcome::kHangs:
      return "hangs without a word";
    case Outcome::kRefused:
      return "is not started: QEMU refuses the file";
  }
  return "is not known";
}

std::string names_of(const std::vector<variable::Identity>& identities) {
  constexpr std::size_t kShown = 12;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(identities.size(), kShown); ++i) {
    names.push_back(printable(identities[i].name().text));
  }
  if (identities.size() > kShown) names.push_back(fmt::format("{} more", identities.size() - kShown));
  return joined(names);
}

}  // namespace

std::string text_of(const api::StoreCheckReport& report) {
  std::string text =
      field("store", fmt::format("{}, layout {}", printable(report.place.path), report.layout));
  for (const api::StorePrediction& prediction : report.predictions) {
    const flash::FirmwareTraits& firmware = prediction.firmware;
    const bool is_arm = firmware.family == flash::FirmwareTraits::Family::kArm;
    text += field("firmware", fmt::format("{}{}: {}", printable(firmware.code_name),
                                          is_arm         ? ""
                                          : firmware.smm ? ", with SMM"
                                                         : ", without SMM",
                                          outcome_text(prediction.prediction.outcome)));
    if (!prediction.prediction.lost.empty()) text += field("  loses", names_of(prediction.prediction.lost));
  }
  if (report.space) {
    const api::StoreSpace& space = *report.space;
    text +=
        field("space", fmt::format("{}: {} live in {} variables, {} dead in {} records, {} free",
                                   bytes_text(space.capacity_bytes), octets::with_commas(space.live_bytes),
                                   space.live_variables, octets::with_commas(space.dead_bytes),
                                   space.dead_records, octets::with_commas(space.free_bytes)));
  }
  if (report.revocations) {
    const api::RevocationRoom& room = *report.revocations;
    text += field("dbx", fmt::format("a current one ({}) {}", bytes_text(room.needed_bytes),
                                     room.fits() ? "fits" : "does not fit"));
  }
  return text;
}

std::string text_of(const api::StoreRepairReport& report) {
  if (report.plan.way == varstore::ChangePlan::Way::kNothing)
    return text_of(report.steps) + "nothing to repair\n";
  std::string text = text_of(report.steps);
  text += fmt::format("{}: {} variables could be read before, {} {} after\n", printable(report.place.path),
                      report.live_before, report.live_after, report.dry_run ? "would be" : "can be");
  if (!report.original.empty())
    text += fmt::format("the damaged file is kept as {}\n", printable(report.original));
  return text;
}

}  // namespace nonvol::cli
