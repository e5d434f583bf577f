#include "tests/network/fault_plan.h"

namespace gapless::test {
namespace {

/// About what an upgrade takes, either way.
constexpr std::size_t kUpgradeBytes = 400;
/// About what a request with commands takes, and its answer.
constexpr std::size_t kRequestBytes = 600;
constexpr std::size_t kAnswerBytes = 100;
/// One in so many connections with commands has its fault in its first request: each fault ends its client's stream,
/// and a client needs several requests to get something done.
constexpr std::size_t kConnectionsToOneEarlyFault = 4;
/// The others have theirs within so many requests, if they live that long: one engine keeps connections, one does not.
constexpr std::size_t kKeptFor = 20;

}  // namespace

std::string_view ToString(Purpose purpose) {
  static constexpr std::array<std::string_view, kPurposes> kNames = {"WebSocket", "HTTP stream", "SSE", "commands"};
  return kNames.at(static_cast<std::size_t>(purpose));
}

std::string_view ToString(FaultKind kind) {
  static constexpr std::array<std::string_view, kFaultKinds> kNames = {
      "none",        "refuse",   "cut",    "close",   "stall", "server gone",
      "client gone", "throttle", "garble", "reorder", "delay", "repeat"};
  return kNames.at(static_cast<std::size_t>(kind));
}

Purpose PurposeOf(std::string_view first_bytes) {
  if (first_bytes.starts_with("POST /emulation")) return Purpose::kCommands;
  if (first_bytes.starts_with("POST /connection/http_stream")) return Purpose::kHttpStream;
  if (first_bytes.starts_with("POST /connection/sse")) return Purpose::kSse;
  return Purpose::kWebSocket;
}

bool CanMeet(Purpose purpose, FaultKind kind) {
  if (kind == FaultKind::kNone || kind == FaultKind::kCount) return false;
  return kind != FaultKind::kRepeat || purpose != Purpose::kWebSocket;
}

std::size_t FaultPlan::Between(std::size_t low, std::size_t high) {
  return low + static_cast<std::size_t>(random_() % (high - low + 1));
}

std::size_t FaultPlan::AfterBytes(Purpose purpose, Direction direction) {
  if (purpose == Purpose::kCommands) {
    const std::size_t one = direction == Direction::kToServer ? kRequestBytes : kAnswerBytes;
    return Between(1, kConnectionsToOneEarlyFault) == 1 ? Between(0, one) : Between(one, kKeptFor * one);
  }
  // Most connections live long enough to work a little; some die in their upgrade, and some carry long answers.
  switch (Between(0, 7)) {
    case 0:
      return Between(0, kUpgradeBytes);
    case 1:
      return Between(kUpgradeBytes, 20'000);
    default:
      return Between(kUpgradeBytes, 2'500);
  }
}

Fault FaultPlan::Next(Purpose purpose) {
  Fault fault;
  while (!CanMeet(purpose, fault.kind)) fault.kind = static_cast<FaultKind>(Between(1, kFaultKinds - 1));
  fault.direction = Between(0, 1) == 0 ? Direction::kToServer : Direction::kToClient;
  fault.after_bytes = AfterBytes(purpose, fault.direction);
  // Mostly sooner than the clients notice by themselves, else a test would do little but wait for them.
  fault.patience = std::chrono::milliseconds(Between(0, 15) == 0 ? 2'000 : Between(1, 60));
  return fault;
}

}  // namespace gapless::test
