#ifndef GAPLESS_EXAMPLES_DEMO_OPTIONS_H_
#define GAPLESS_EXAMPLES_DEMO_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// A way to make the subscriber's writing wrong, so that tests can see the ledger catch it.
enum class Sabotage : std::uint8_t {
  kNone,
  kDrop,       ///< One part is not written.
  kDuplicate,  ///< One part is written twice.
  kReorder,    ///< Two parts change places.
  kCorrupt,    ///< One part is written with other bytes.
};

/// What the command line asks for.
struct Options {
  /// What to ship; empty: this machine's package log; "-": standard input.
  std::string input;
  std::string out = "build/demo";
  /// Unset: a random one.
  std::optional<std::uint64_t> seed;
  Sabotage sabotage = Sabotage::kNone;
  bool help = false;

  // Set by the demo when it starts itself as one of its processes.
  std::string role;        ///< "hub", "publisher" or "subscriber".
  std::string url;         ///< Where the hub listens.
  std::string state;       ///< The folder of the run's files.
  std::int64_t parts = 0;  ///< How many parts the input has.
};

/// A command line that cannot be understood; the message says why.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `arguments` without the program's name. Throws `UsageError`.
Options ParseOptions(const std::vector<std::string>& arguments);

std::string_view ToString(Sabotage sabotage) noexcept;
std::string_view UsageText() noexcept;

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_OPTIONS_H_
