#ifndef GAPLESS_TESTS_UNIT_CLIENT_RECEIVER_FIXTURE_H_
#define GAPLESS_TESTS_UNIT_CLIENT_RECEIVER_FIXTURE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "client/receiver.h"
#include "tests/unit/client/fixtures.h"

namespace gapless::test {

using internal::Delivery;
using internal::Receiver;
using internal::ReceiverOutput;

/// What reached the handlers' side, in order: "p5", "late p3", "gap p[3,4]", "open p[6,?]", "none p", "reset p",
/// "error <code>".
inline std::string Words(const ReceiverOutput& output) {
  std::string words;
  for (const Delivery& delivery : output.deliveries) {
    if (!words.empty()) words += ", ";
    if (const auto* envelope = std::get_if<Envelope>(&delivery.what)) {
      words += (envelope->late ? "late " : "") + envelope->producer.id + std::to_string(envelope->sequence);
    } else if (const auto* gap = std::get_if<Gap>(&delivery.what)) {
      const std::string range = gap->producer + "[" + std::to_string(gap->first) + ",";
      switch (gap->kind) {
        case GapKind::kRange:
          words += "gap " + range + std::to_string(gap->last) + "]";
          break;
        case GapKind::kOpen:
          words += "open " + range + "?]";
          break;
        case GapKind::kNone:
          words += "none " + gap->producer;
          break;
        case GapKind::kReset:
          words += "reset " + gap->producer;
          break;
        case GapKind::kFilled:
          words += "filled " + range + std::to_string(gap->last) + "]";
          break;
      }
    } else {
      words += "error " + std::to_string(static_cast<int>(std::get<Error>(delivery.what).errc()));
    }
  }
  return words;
}

inline std::string Code(Errc code) { return "error " + std::to_string(static_cast<int>(code)); }

/// A receiver, and one call for each thing that happens to it.
struct ReceiverFixture {
  Receiver::Config config{kChannel, false, 0, true};
  ConsumerState restored;
  std::optional<Receiver> receiver;
  ReceiverOutput last;

  void Make() { receiver.emplace(config, restored); }
  std::string Attach(const SubscribeReply& reply, std::optional<Position> asked = std::nullopt) {
    last = {};
    receiver->Attach(asked, reply, last);
    return Words(last);
  }
  std::string Live(std::uint64_t top = 0) { return Attach({true, {top, "e"}, Recovery::kNotAsked, {}}); }
  std::string Take(const Publication& publication) {
    last = {};
    receiver->Take(publication, last);
    return Words(last);
  }
  std::string History(std::vector<Publication> publications, Position top) {
    last = {};
    receiver->TakeHistory(HistoryReply{std::move(publications), std::move(top)}, last);
    return Words(last);
  }
  std::string HistoryRefused(Errc code = Errc::kServerRefused) {
    last = {};
    receiver->TakeHistory(ErrorReply{Error(code, "no"), false}, last);
    return Words(last);
  }
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_CLIENT_RECEIVER_FIXTURE_H_
