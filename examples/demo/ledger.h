#ifndef GAPLESS_EXAMPLES_DEMO_LEDGER_H_
#define GAPLESS_EXAMPLES_DEMO_LEDGER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace demo {

/// A promise of the library (P1 … L4) that the evidence contradicts, or "demo" where the demo itself fell short.
struct Failure {
  std::string promise;
  std::string what;
};

/// What the run left behind, read from its files and not from any of the library's own counters.
struct Evidence {
  struct Publication {
    std::int64_t sequence = 0;
    std::uint64_t fingerprint = 0;  ///< Of its bytes.
  };
  struct Range {
    std::int64_t first = 0;
    std::int64_t last = 0;
  };

  /// How many parts the input has, counted anew: sequence i must carry part i.
  std::int64_t expected = 0;
  /// The hub's whole history, oldest first.
  std::vector<Publication> hub;
  /// The subscriber's rows in the order in which it wrote them.
  std::vector<std::int64_t> received;
  /// Ranges that `OnGap` reported as lost, and how often it said that the producer started over.
  std::vector<Range> reported_gaps;
  std::int64_t reported_resets = 0;
  /// The first byte at which the subscriber's file differs from the input; none if they are equal.
  std::optional<std::uint64_t> first_difference;
  /// What went wrong while the run was watched.
  std::vector<Failure> observed;

  std::int64_t publisher_kills = 0;
  std::int64_t subscriber_kills = 0;
  std::int64_t connection_cuts = 0;
  double seconds = 0;
  std::uint64_t seed = 0;
};

struct Ledger {
  std::int64_t published = 0;  ///< Different sequences that reached the hub.
  std::int64_t resent = 0;     ///< Copies of those that reached it again.
  std::int64_t delivered = 0;  ///< Rows that the subscriber wrote.
  std::int64_t lost = 0;
  std::int64_t duplicated = 0;
  std::int64_t out_of_order = 0;
  std::int64_t unreported_gaps = 0;
  std::int64_t publisher_kills = 0;
  std::int64_t subscriber_kills = 0;
  std::int64_t connection_cuts = 0;
  double seconds = 0;
  std::uint64_t seed = 0;
  std::vector<Failure> failures;
};

Ledger Judge(const Evidence& evidence);

/// One JSON object: the counts, seconds and seed.
std::string ToJson(const Ledger& ledger);
/// The table and the verdict for a reader. `colour` uses terminal escapes for the verdict.
std::string ToTable(const Ledger& ledger, bool colour);

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_LEDGER_H_
