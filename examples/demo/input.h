#ifndef GAPLESS_EXAMPLES_DEMO_INPUT_H_
#define GAPLESS_EXAMPLES_DEMO_INPUT_H_

#include <stdexcept>
#include <string>
#include <vector>

namespace demo {

/// There is nothing to ship; the message says why and what to do.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Of a folder's file names, those of `log` and its rotated siblings (`log.1`, `log.2.gz` …), oldest first.
std::vector<std::string> OrderRotated(const std::vector<std::string>& names, const std::string& log);

/// Copies what `input` names (see `Options::input`) into the file `spool`: it must stay as it is while it is
/// shipped, and a publisher that was killed must be able to go back in it. `log_folder` is where the package log is.
/// Returns what it was, for the reader. Throws `InputError`.
std::string SpoolInput(const std::string& input, const std::string& spool, const std::string& log_folder = "/var/log");

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_INPUT_H_
