#ifndef GAPLESS_ENVELOPE_BYTE_SCAN_H_
#define GAPLESS_ENVELOPE_BYTE_SCAN_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gapless::internal {

// Looks at eight bytes of text at once. A match sets bit 7 of its byte; bits above the lowest match may be wrong,
// so only the lowest one counts (FirstMatch).

inline constexpr std::size_t kWordBytes = 8;
inline constexpr std::uint64_t kEveryByte = 0x0101'0101'0101'0101U;
inline constexpr std::uint64_t kHighBits = 0x80 * kEveryByte;

// The byte at `text` becomes the lowest one on every machine.
inline std::uint64_t LoadWord(const char* text) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, text, kWordBytes);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

constexpr std::uint64_t MatchByte(std::uint64_t word, unsigned char byte) noexcept {
  const std::uint64_t zero_where_equal = word ^ (kEveryByte * byte);
  return (zero_where_equal - kEveryByte) & ~zero_where_equal & kHighBits;
}

// `bound` is at most 0x80.
constexpr std::uint64_t MatchBelow(std::uint64_t word, unsigned char bound) noexcept {
  return (word - kEveryByte * bound) & ~word & kHighBits;
}

constexpr std::uint64_t MatchNonAscii(std::uint64_t word) noexcept { return word & kHighBits; }

// '<' and '>' differ in one bit, so one comparison finds both.
constexpr std::uint64_t MatchHtml(std::uint64_t word) noexcept {
  return MatchByte(word | (kEveryByte * 0x02), '>') | MatchByte(word, '&');
}

// `matches` is not 0.
inline std::size_t FirstMatch(std::uint64_t matches) noexcept {
  return static_cast<std::size_t>(std::countr_zero(matches)) / 8;
}

}  // namespace gapless::internal

#endif  // GAPLESS_ENVELOPE_BYTE_SCAN_H_
