#ifndef GAPLESS_EXAMPLES_DEMO_GAP_FILE_H_
#define GAPLESS_EXAMPLES_DEMO_GAP_FILE_H_

#include <string>

#include "examples/demo/ledger.h"
#include "gapless/gap.h"

namespace demo {

/// Adds what `OnGap` told to a file, a line each: kind, first, last, cause. Throws `std::runtime_error`.
void AppendGap(const std::string& path, const gapless::Gap& gap);

/// Reads the ranges and resets of such a file into `evidence`; no file is none. Throws `std::runtime_error`.
void ReadGaps(const std::string& path, Evidence& evidence);

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_GAP_FILE_H_
