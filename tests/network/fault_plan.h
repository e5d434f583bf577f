#ifndef GAPLESS_TESTS_NETWORK_FAULT_PLAN_H_
#define GAPLESS_TESTS_NETWORK_FAULT_PLAN_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>

namespace gapless::test {

/// What the network does to one connection, once.
enum class FaultKind : std::uint8_t {
  kNone,
  kRefuse,      ///< It is accepted and ended before a byte has passed.
  kCut,         ///< Both sides are reset.
  kClose,       ///< Both sides are ended in order.
  kStall,       ///< Nothing passes any more, either way.
  kServerGone,  ///< The server's side is reset; the client is told nothing.
  kClientGone,  ///< The client's side is reset; the server is told nothing.
  kThrottle,    ///< Everything passes, a few bytes at a time.
  kGarble,      ///< One byte is changed.
  kReorder,     ///< The client's side is reset; what it had sent arrives later, when it is back on another connection.
  kCount,
};

inline constexpr std::size_t kFaultKinds = static_cast<std::size_t>(FaultKind::kCount);

std::string_view ToString(FaultKind kind);

enum class Direction : std::uint8_t { kToServer, kToClient };

struct Fault {
  FaultKind kind = FaultKind::kNone;
  /// It happens once so many bytes have passed this way.
  Direction direction = Direction::kToServer;
  std::size_t after_bytes = 0;
  /// How long what cannot be seen from outside goes on, before the connection is reset.
  std::chrono::milliseconds patience{0};
};

/// Which fault the next connection meets. The same seed gives the same faults.
class FaultPlan {
 public:
  explicit FaultPlan(std::uint64_t seed) : random_(seed) {}
  Fault Next();

 private:
  std::size_t Between(std::size_t low, std::size_t high);

  std::mt19937_64 random_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_NETWORK_FAULT_PLAN_H_
