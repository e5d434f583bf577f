#include "tests/fuzz/target.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace gapless::fuzz {
namespace {

std::string_view CutAt(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view piece = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return piece;
}

}  // namespace

void Require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", promise);
  std::abort();
}

std::string_view CutLine(std::string_view& rest) { return CutAt(rest, '\n'); }

std::vector<std::string_view> Frames(std::string_view input) {
  std::vector<std::string_view> frames;
  while (!input.empty()) frames.push_back(CutAt(input, '\x1E'));
  return frames;
}

}  // namespace gapless::fuzz
