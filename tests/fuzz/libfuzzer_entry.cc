// What libFuzzer calls, for every target.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gapless::fuzz::TestOneInput({reinterpret_cast<const char*>(data), size});
  return 0;
}
