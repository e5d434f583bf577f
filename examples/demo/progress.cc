#include "examples/demo/progress.h"

#include <algorithm>
#include <cstdio>

namespace demo {
namespace {

constexpr std::size_t kBarColumns = 14;
constexpr double kRedrawSeconds = 0.1;

/// "12.3 s" without the locale's opinion.
std::string Seconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

std::string Bar(std::int64_t done, std::int64_t total) {
  const double share = total == 0 ? 0 : static_cast<double>(done) / static_cast<double>(total);
  const auto filled = std::min(kBarColumns, static_cast<std::size_t>(share * static_cast<double>(kBarColumns)));
  return "[" + std::string(filled, '#') + std::string(kBarColumns - filled, '.') + "]";
}

std::string Counts(const Standing& standing) {
  return std::to_string(standing.published) + " out, " + std::to_string(standing.received) + " in, of " +
         std::to_string(standing.total);
}

}  // namespace

std::string LiveLine(const Standing& standing) {
  std::string line = Bar(standing.received, standing.total) + " " + Counts(standing) + "  kills " +
                     std::to_string(standing.publisher_kills) + "+" + std::to_string(standing.subscriber_kills) +
                     " cuts " + std::to_string(standing.connection_cuts) + "  " + Seconds(standing.seconds);
  if (line.size() > 79) line.resize(79);
  return line;
}

void Progress::Event(const Standing& standing, const std::string& what) {
  if (style_ == Style::kPlain) {
    out_ << Seconds(standing.seconds) << "  " << what << " (" << Counts(standing) << ")" << std::endl;
  } else {
    DrawLive(standing);
  }
}

void Progress::Update(const Standing& standing) {
  if (style_ == Style::kLive) {
    if (standing.seconds - drawn_at_ >= kRedrawSeconds) DrawLive(standing);
    return;
  }
  const std::int64_t tenths = standing.total == 0 ? 0 : standing.received * 10 / standing.total;
  if (tenths <= tenths_told_) return;
  tenths_told_ = tenths;
  out_ << Seconds(standing.seconds) << "  " << tenths * 10 << " % (" << Counts(standing) << ")" << std::endl;
}

void Progress::End(const Standing& standing) {
  if (style_ != Style::kLive) return;
  DrawLive(standing);
  out_ << std::endl;
}

void Progress::DrawLive(const Standing& standing) {
  drawn_at_ = standing.seconds;
  // Back to the first column, the line, and away with what a longer one left.
  out_ << "\r" << LiveLine(standing) << "\x1b[K" << std::flush;
}

}  // namespace demo
