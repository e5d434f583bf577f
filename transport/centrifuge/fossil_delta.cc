#include "transport/centrifuge/fossil_delta.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "gapless/error.h"

namespace gapless::centrifuge {
namespace {

[[noreturn]] void Fail(const std::string& why) { throw Error(Errc::kProtocol, "a delta cannot be applied: " + why); }

constexpr int kNoDigit = -1;

/// The value of a base 64 digit of this format, which has an alphabet of its own.
int DigitValue(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  if (c == '_') return 36;
  if (c >= 'a' && c <= 'z') return c - 'a' + 37;
  if (c == '~') return 63;
  return kNoDigit;
}

/// The sum of the big-endian 32-bit words of `text`, the last one filled up with zeros.
std::uint32_t Checksum(std::string_view text) noexcept {
  std::uint32_t sum = 0;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const auto byte = static_cast<std::uint32_t>(static_cast<unsigned char>(text[index]));
    sum += byte << (24 - 8 * (index % 4));
  }
  return sum;
}

class DeltaReader {
 public:
  explicit DeltaReader(std::string_view delta) : rest_(delta) {}

  std::uint32_t Number() {
    std::uint64_t value = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size(); ++digits) {
      const int digit = DigitValue(rest_[digits]);
      if (digit == kNoDigit) break;
      value = value * 64 + static_cast<std::uint64_t>(digit);
      if (value > std::numeric_limits<std::uint32_t>::max()) Fail("a number has more than 32 bits");
    }
    if (digits == 0) Fail("a number is missing");
    rest_.remove_prefix(digits);
    return static_cast<std::uint32_t>(value);
  }
  char Operator() {
    if (rest_.empty()) Fail("it ends too early");
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void Expect(char wanted) {
    if (Operator() != wanted) Fail("a separator is missing");
  }
  std::string_view Bytes(std::uint32_t count) {
    if (count > rest_.size()) Fail("it ends within an insert");
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }
  bool AtEnd() const noexcept { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace

std::string ApplyFossilDelta(std::string_view base, std::string_view delta) {
  DeltaReader reader(delta);
  const std::uint32_t size = reader.Number();
  if (size > kMaxDeltaTargetBytes) Fail("its target is too large");
  reader.Expect('\n');
  std::string target;
  // What the wire says is not believed further than it is likely.
  target.reserve(std::min<std::size_t>(size, base.size() + delta.size()));
  const auto append = [&](std::string_view bytes) {
    if (bytes.size() > size - target.size()) Fail("it makes more than the size that it names");
    target += bytes;
  };
  for (;;) {
    const std::uint32_t number = reader.Number();
    switch (reader.Operator()) {
      case '@': {
        const std::uint32_t offset = reader.Number();
        reader.Expect(',');
        if (std::uint64_t{offset} + number > base.size()) Fail("it copies from beyond the end of its base");
        append(base.substr(offset, number));
        break;
      }
      case ':':
        append(reader.Bytes(number));
        break;
      case ';':
        if (!reader.AtEnd()) Fail("something follows its end");
        if (target.size() != size) Fail("it makes less than the size that it names");
        if (Checksum(target) != number) Fail("the checksum is that of another target, so it is of another base");
        return target;
      default:
        Fail("there is no such operation");
    }
  }
}

}  // namespace gapless::centrifuge
