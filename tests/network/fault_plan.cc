#include "tests/network/fault_plan.h"

namespace gapless::test {
namespace {

/// About what an upgrade takes, either way.
constexpr std::size_t kUpgradeBytes = 400;

}  // namespace

std::string_view ToString(FaultKind kind) {
  static constexpr std::array<std::string_view, kFaultKinds> kNames = {
      "none", "refuse", "cut", "close", "stall", "server gone", "client gone", "throttle", "garble", "reorder"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::size_t FaultPlan::Between(std::size_t low, std::size_t high) {
  return low + static_cast<std::size_t>(random_() % (high - low + 1));
}

Fault FaultPlan::Next() {
  Fault fault;
  fault.kind = static_cast<FaultKind>(Between(1, kFaultKinds - 1));
  fault.direction = Between(0, 1) == 0 ? Direction::kToServer : Direction::kToClient;
  // Most connections live long enough to work a little; some die in their upgrade, and some carry long answers.
  switch (Between(0, 7)) {
    case 0:
      fault.after_bytes = Between(0, kUpgradeBytes);
      break;
    case 1:
      fault.after_bytes = Between(kUpgradeBytes, 20'000);
      break;
    default:
      fault.after_bytes = Between(kUpgradeBytes, 2'500);
      break;
  }
  // Mostly sooner than the clients notice by themselves, else a test would do little but wait for them.
  fault.patience = std::chrono::milliseconds(Between(0, 15) == 0 ? 2'000 : Between(1, 60));
  return fault;
}

}  // namespace gapless::test
