#include "hub/server/delta_encoder.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace gapless::hub {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
constexpr std::size_t kMostDigits = 6;

void AppendNumber(std::string& out, std::uint32_t number) {
  std::array<char, kMostDigits> digits{};
  std::size_t begin = kMostDigits;
  do {
    digits[--begin] = kDigits[number % kDigits.size()];
    number /= static_cast<std::uint32_t>(kDigits.size());
  } while (number != 0);
  out.append(digits.data() + begin, kMostDigits - begin);
}

void AppendSize(std::string& out, std::size_t size) { AppendNumber(out, static_cast<std::uint32_t>(size)); }

void AppendCopy(std::string& out, std::size_t count, std::size_t offset) {
  if (count == 0) return;
  AppendSize(out, count);
  out += '@';
  AppendSize(out, offset);
  out += ',';
}

std::uint32_t Checksum(std::string_view text) {
  std::uint32_t sum = 0;
  std::uint32_t word = 0;
  for (std::size_t index = 0; index < text.size(); ++index) {
    word = word << 8 | static_cast<unsigned char>(text[index]);
    if (index % 4 != 3) continue;
    sum += word;
    word = 0;
  }
  const std::size_t rest = text.size() % 4;
  return rest == 0 ? sum : sum + (word << 8 * (4 - rest));
}

bool IsInsideCharacter(std::string_view text, std::size_t index) {
  return index < text.size() && (static_cast<unsigned char>(text[index]) & 0xC0) == 0x80;
}

}  // namespace

std::string EncodeDelta(std::string_view base, std::string_view target) {
  const std::size_t shorter = std::min(base.size(), target.size());
  const auto prefix_end =
      std::mismatch(target.begin(), target.begin() + static_cast<std::ptrdiff_t>(shorter), base.begin());
  auto prefix = static_cast<std::size_t>(prefix_end.first - target.begin());
  while (prefix > 0 && IsInsideCharacter(target, prefix)) --prefix;
  const std::size_t left = shorter - prefix;
  const auto suffix_end =
      std::mismatch(target.rbegin(), target.rbegin() + static_cast<std::ptrdiff_t>(left), base.rbegin());
  auto suffix = static_cast<std::size_t>(suffix_end.first - target.rbegin());
  while (suffix > 0 && IsInsideCharacter(target, target.size() - suffix)) --suffix;

  std::string delta;
  AppendSize(delta, target.size());
  delta += '\n';
  AppendCopy(delta, prefix, 0);
  const std::string_view middle = target.substr(prefix, target.size() - prefix - suffix);
  if (!middle.empty()) {
    AppendSize(delta, middle.size());
    delta += ':';
    delta += middle;
  }
  AppendCopy(delta, suffix, base.size() - suffix);
  AppendNumber(delta, Checksum(target));
  delta += ';';
  return delta;
}

}  // namespace gapless::hub
