#ifndef GAPLESS_TESTS_FAULT_WORKER_WORDS_H_
#define GAPLESS_TESTS_FAULT_WORKER_WORDS_H_

#include <string>

// What the worker and the tests that kill it agree on.

namespace gapless::test {

inline const std::string kWorkerId = "worker";
/// Who publishes what the worker reads.
inline const std::string kSourceId = "source";
inline const std::string kInChannel = "public:fault.in";
inline const std::string kOutChannel = "public:fault.out";
/// Of the worker's own, in the database of its state: one row for each call of its transactional handler.
inline const std::string kEffectsTable = "effects";

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_FAULT_WORKER_WORDS_H_
