#ifndef GAPLESS_TESTS_FUZZ_TARGET_H_
#define GAPLESS_TESTS_FUZZ_TARGET_H_

#include <string_view>
#include <vector>

namespace gapless::fuzz {

/// Each target defines it: does something with bytes from anywhere, and ends the process with `Require` where what came
/// of it is not as promised. Throws nothing.
void TestOneInput(std::string_view input);

/// Ends the process unless `holds`, so that whoever runs the target keeps the input. `promise` says what should hold.
void Require(bool holds, const char* promise);

/// The first line of `rest`, without its end, cut off from it; all of it if there is no line end.
std::string_view CutLine(std::string_view& rest);

/// The frames of a conversation: they stand between record separators (0x1E), which JSON cannot hold.
std::vector<std::string_view> Frames(std::string_view input);

}  // namespace gapless::fuzz

#endif  // GAPLESS_TESTS_FUZZ_TARGET_H_
