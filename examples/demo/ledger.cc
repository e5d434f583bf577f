#include "examples/demo/ledger.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <unordered_map>

#include "examples/demo/chaos_plan.h"

namespace demo {
namespace {

constexpr const char* kChecked = "P1 P2 P4 R1 R2 R3 R6 L1 L4";

std::string Number(std::int64_t value) { return std::to_string(value); }

/// The holes that `present` leaves in 1 … `expected`.
std::vector<Evidence::Range> Holes(const std::set<std::int64_t>& present, std::int64_t expected) {
  std::vector<Evidence::Range> holes;
  std::int64_t next = 1;
  for (const std::int64_t sequence : present) {
    if (sequence > expected) break;
    if (sequence > next) holes.push_back({next, sequence - 1});
    next = std::max(next, sequence + 1);
  }
  if (next <= expected) holes.push_back({next, expected});
  return holes;
}

std::string Name(const Evidence::Range& range) { return "[" + Number(range.first) + ", " + Number(range.last) + "]"; }

bool Covered(std::int64_t sequence, const std::vector<Evidence::Range>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const auto& range) { return sequence >= range.first && sequence <= range.last; });
}

bool Covered(const Evidence::Range& hole, const std::vector<Evidence::Range>& ranges) {
  for (std::int64_t sequence = hole.first; sequence <= hole.last; ++sequence) {
    if (!Covered(sequence, ranges)) return false;
  }
  return true;
}

void JudgePublishing(const Evidence& evidence, Ledger& ledger) {
  std::unordered_map<std::int64_t, std::uint64_t> fingerprints;
  std::set<std::int64_t> present;
  std::int64_t highest = 0;
  std::optional<std::string> reused, reordered;
  for (const auto& [sequence, fingerprint] : evidence.hub) {
    const auto [entry, is_new] = fingerprints.emplace(sequence, fingerprint);
    if (!is_new) ++ledger.resent;
    if (!is_new && entry->second != fingerprint && !reused) {
      reused = "sequence " + Number(sequence) + " reached the hub with two different contents";
    }
    if (is_new && sequence != highest + 1 && !reordered) {
      reordered = "sequence " + Number(sequence) + " reached the hub right after " + Number(highest);
    }
    highest = std::max(highest, sequence);
    present.insert(sequence);
  }
  ledger.published = static_cast<std::int64_t>(present.size());
  const auto holes = Holes(present, evidence.expected);
  if (!holes.empty()) {
    ledger.failures.push_back({"P4", Number(evidence.expected - ledger.published) +
                                         " accepted envelopes never reached the hub, first of them " +
                                         Name(holes.front())});
  }
  if (highest > evidence.expected) {
    ledger.failures.push_back(
        {"P1", "the input has " + Number(evidence.expected) + " parts, yet sequence " + Number(highest) + " was used"});
  }
  if (reordered) ledger.failures.push_back({"P4", *reordered});
  if (reused) ledger.failures.push_back({"P2", *reused});
}

void JudgeReceiving(const Evidence& evidence, Ledger& ledger) {
  std::set<std::int64_t> present;
  std::int64_t highest = 0;
  for (const std::int64_t sequence : evidence.received) {
    if (!present.insert(sequence).second) {
      ++ledger.duplicated;
    } else if (sequence < highest) {
      ++ledger.out_of_order;
    }
    highest = std::max(highest, sequence);
  }
  ledger.delivered = static_cast<std::int64_t>(evidence.received.size());
  const auto holes = Holes(present, evidence.expected);
  for (const auto& hole : holes) {
    ledger.lost += hole.last - hole.first + 1;
    if (!Covered(hole, evidence.reported_gaps)) ++ledger.unreported_gaps;
  }
  if (ledger.duplicated != 0) {
    ledger.failures.push_back({"R3", Number(ledger.duplicated) + " rows of the subscriber repeat an earlier one"});
  }
  if (ledger.out_of_order != 0) {
    ledger.failures.push_back({"R1", Number(ledger.out_of_order) + " rows of the subscriber are out of order"});
  }
  if (ledger.lost != 0) {
    ledger.failures.push_back({"R2", Number(ledger.lost) + " envelopes did not reach the subscriber, first of them " +
                                         Name(holes.front()) +
                                         "; holes that OnGap did not report: " + Number(ledger.unreported_gaps)});
  }
  const auto invented =
      std::find_if(evidence.reported_gaps.begin(), evidence.reported_gaps.end(), [&](const auto& gap) {
        return std::any_of(present.begin(), present.end(),
                           [&](std::int64_t sequence) { return Covered(sequence, std::vector{gap}); });
      });
  if (invented != evidence.reported_gaps.end()) {
    ledger.failures.push_back({"R2", "OnGap reported " + Name(*invented) + ", which history held and which arrived"});
  }
  if (evidence.reported_resets != 0) {
    ledger.failures.push_back({"R6", "OnGap said that the producer had started over, which it never did"});
  }
}

void JudgeRun(const Evidence& evidence, Ledger& ledger) {
  ledger.failures.insert(ledger.failures.end(), evidence.observed.begin(), evidence.observed.end());
  if (evidence.first_difference) {
    ledger.failures.push_back(
        {"R3", "the subscriber's file differs from the input at byte " + std::to_string(*evidence.first_difference)});
  }
  const struct {
    std::int64_t count;
    const char* what;
  } blows[] = {{evidence.publisher_kills, "killed the publisher"},
               {evidence.subscriber_kills, "killed the subscriber"},
               {evidence.connection_cuts, "cut the connections"}};
  for (const auto& [count, what] : blows) {
    if (count >= static_cast<std::int64_t>(kLeastBlows)) continue;
    ledger.failures.push_back({"demo", std::string("it ") + what + " only " + Number(count) + " times of at least " +
                                           std::to_string(kLeastBlows) + ", so it proves less than it should"});
  }
}

}  // namespace

Ledger Judge(const Evidence& evidence) {
  Ledger ledger;
  ledger.publisher_kills = evidence.publisher_kills;
  ledger.subscriber_kills = evidence.subscriber_kills;
  ledger.connection_cuts = evidence.connection_cuts;
  ledger.seconds = evidence.seconds;
  ledger.seed = evidence.seed;
  JudgePublishing(evidence, ledger);
  JudgeReceiving(evidence, ledger);
  JudgeRun(evidence, ledger);
  return ledger;
}

std::string ToJson(const Ledger& ledger) {
  const nlohmann::ordered_json json = {
      {"published", ledger.published},
      {"delivered", ledger.delivered},
      {"lost", ledger.lost},
      {"duplicated", ledger.duplicated},
      {"out_of_order", ledger.out_of_order},
      {"unreported_gaps", ledger.unreported_gaps},
      {"publisher_kills", ledger.publisher_kills},
      {"subscriber_kills", ledger.subscriber_kills},
      {"connection_cuts", ledger.connection_cuts},
      {"seconds", std::round(ledger.seconds * 1'000) / 1'000},
      {"seed", ledger.seed},
  };
  return json.dump(2) + "\n";
}

std::string ToTable(const Ledger& ledger, bool colour) {
  const struct {
    const char* name;
    std::string value;
    std::string note;
  } rows[] = {
      {"published", Number(ledger.published),
       "envelopes at the hub; " + Number(ledger.resent) + " arrived there again"},
      {"delivered", Number(ledger.delivered), "rows of the subscriber"},
      {"lost", Number(ledger.lost), ""},
      {"duplicated", Number(ledger.duplicated), ""},
      {"out of order", Number(ledger.out_of_order), ""},
      {"unreported gaps", Number(ledger.unreported_gaps), ""},
      {"publisher kills", Number(ledger.publisher_kills), "SIGKILL"},
      {"subscriber kills", Number(ledger.subscriber_kills), "SIGKILL"},
      {"connection cuts", Number(ledger.connection_cuts), "without a close frame"},
      {"seconds",
       std::to_string(std::llround(ledger.seconds * 10) / 10) + "." +
           std::to_string(std::llround(ledger.seconds * 10) % 10),
       ""},
      {"seed", std::to_string(ledger.seed), "--seed " + std::to_string(ledger.seed) + " repeats the random choices"},
  };
  std::ostringstream out;
  for (const auto& [name, value, note] : rows) {
    std::string line = std::string("  ") + name;
    line.resize(19, ' ');
    line += std::string(value.size() < 12 ? 12 - value.size() : 1, ' ') + value;
    if (!note.empty()) line += "   " + note;
    out << line << "\n";
  }
  const char* end = colour ? "\x1b[0m" : "";
  out << "\n";
  for (const Failure& failure : ledger.failures) {
    out << (colour ? "\x1b[31m" : "");
    if (failure.promise == "demo") {
      out << "  FAILED: the demo fell short: ";
    } else {
      out << "  BROKEN " << failure.promise << ": ";
    }
    out << failure.what << end << "\n";
  }
  if (ledger.failures.empty()) {
    out << (colour ? "\x1b[32m" : "") << "  kept: " << kChecked
        << "; the subscriber's file equals the input byte for byte" << end << "\n";
  }
  return out.str();
}

}  // namespace demo
