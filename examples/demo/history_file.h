#ifndef GAPLESS_EXAMPLES_DEMO_HISTORY_FILE_H_
#define GAPLESS_EXAMPLES_DEMO_HISTORY_FILE_H_

#include <string>
#include <string_view>
#include <vector>

#include "examples/demo/ledger.h"

namespace demo {

/// Writes publications to a file: of each its length, a newline, its bytes, a newline. Throws `std::runtime_error`.
void WriteHistory(const std::vector<std::string_view>& publications, const std::string& path);

/// Reads them as the ledger wants them, the envelopes' sequences without help from the library's decoder. Throws
/// `std::runtime_error` for a file of another form and for a publication that is no envelope.
std::vector<Evidence::Publication> ReadHistory(const std::string& path);

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_HISTORY_FILE_H_
