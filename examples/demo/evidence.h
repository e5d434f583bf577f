#ifndef GAPLESS_EXAMPLES_DEMO_EVIDENCE_H_
#define GAPLESS_EXAMPLES_DEMO_EVIDENCE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "examples/demo/ledger.h"
#include "examples/demo/run_files.h"

namespace demo {

/// Reads what a run left in its files once its processes have ended. Throws `std::runtime_error`.
Evidence GatherEvidence(const RunFiles& files);

/// The first byte at which two files differ, or nothing if they are equal.
std::optional<std::uint64_t> FirstDifference(const std::string& path, const std::string& other);

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_EVIDENCE_H_
