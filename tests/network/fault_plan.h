#ifndef GAPLESS_TESTS_NETWORK_FAULT_PLAN_H_
#define GAPLESS_TESTS_NETWORK_FAULT_PLAN_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>

namespace gapless::test {

/// What a connection is for, which tells how much it carries.
enum class Purpose : std::uint8_t {
  kWebSocket,
  kHttpStream,
  kSse,
  kCommands,  ///< Requests to /emulation and their answers: some hundred bytes each.
  kCount,
};

inline constexpr std::size_t kPurposes = static_cast<std::size_t>(Purpose::kCount);

std::string_view ToString(Purpose purpose);

/// By the first bytes that a client sends.
Purpose PurposeOf(std::string_view first_bytes);

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
  kDelay,       ///< Nothing passes for a while, then all of it.
  kRepeat,      ///< HTTP only: once it has ended, the server gets all that the client sent once more.
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

/// Whether connections of this purpose ever meet this fault.
bool CanMeet(Purpose purpose, FaultKind kind);

/// Which fault the next connection meets. The same seed gives the same faults to the same connections.
class FaultPlan {
 public:
  explicit FaultPlan(std::uint64_t seed) : random_(seed) {}
  Fault Next(Purpose purpose);

 private:
  std::size_t Between(std::size_t low, std::size_t high);
  std::size_t AfterBytes(Purpose purpose, Direction direction);

  std::mt19937_64 random_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_NETWORK_FAULT_PLAN_H_
