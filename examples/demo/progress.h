#ifndef GAPLESS_EXAMPLES_DEMO_PROGRESS_H_
#define GAPLESS_EXAMPLES_DEMO_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>

namespace demo {

/// How far a run is.
struct Standing {
  std::int64_t total = 0;
  std::int64_t published = 0;
  std::int64_t received = 0;
  std::int64_t publisher_kills = 0;
  std::int64_t subscriber_kills = 0;
  std::int64_t connection_cuts = 0;
  double seconds = 0;
};

/// One line of at most 79 columns.
std::string LiveLine(const Standing& standing);

/// Tells a reader how the run goes: one line that changes, on a terminal; a line per event and per tenth, elsewhere.
class Progress {
 public:
  enum class Style : std::uint8_t { kLive, kPlain };

  Progress(std::ostream& out, Style style) : out_(out), style_(style) {}

  /// Something happened to a process or the connections.
  void Event(const Standing& standing, const std::string& what);
  void Update(const Standing& standing);
  /// Leaves the live line as it stands; other text may follow.
  void End(const Standing& standing);

 private:
  void DrawLive(const Standing& standing);

  std::ostream& out_;
  const Style style_;
  std::int64_t tenths_told_ = 0;
  double drawn_at_ = -1;
};

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_PROGRESS_H_
