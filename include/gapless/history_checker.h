#ifndef GAPLESS_HISTORY_CHECKER_H_
#define GAPLESS_HISTORY_CHECKER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/envelope.h"
#include "gapless/error.h"
#include "gapless/gap.h"

namespace gapless {

/// A promise that a history broke.
struct Violation {
  /// Its name: "P1" … "R6"; "causation" where an envelope came before its cause.
  std::string promise;
  /// What happened, with channel, producer and sequence.
  std::string what;
};

/// Reads the history of publishers, servers and subscribers as it happens, and says which promises it broke: order,
/// loss, duplicates, sequences used twice, cursors that run ahead, gaps that are wrong, causation that runs backwards.
/// In target gapless::hub. Pure: no I/O, threads or clocks.
///
/// It serves simulations and tests over real sockets alike. Tell it what you know; what it is not told it does not
/// check. It remembers every envelope. Not thread-safe: several threads tell it under one lock, each before the others
/// can see the effect of what it tells.
///
/// A life is what lies between two starts of a process; a consumer is one subscription of one process, over all of its
/// lives.
class HistoryChecker {
 public:
  HistoryChecker();
  ~HistoryChecker();
  HistoryChecker(const HistoryChecker&) = delete;
  HistoryChecker& operator=(const HistoryChecker&) = delete;

  // ---- What publishers did. ----

  /// A life of `producer` begins, at `now` of its own clock. Unless it `keeps_sequences`, its streams start over at 1,
  /// and what was stamped before `now` and reaches a server later is of the life before. What that life had accepted in
  /// memory only may be lost.
  void ProducerStarted(const std::string& producer, bool keeps_sequences, Timestamp now = kUnsetTime);
  /// `producer` publishes with Durability::kReserved: what no server took may give its sequence to another envelope of
  /// a later life, which nobody can see.
  void ReusesUnseen(const std::string& producer);
  /// A publish was accepted; `in_outbox`: its envelope is durable.
  void Accepted(const std::string& producer, const std::string& channel, std::int64_t sequence, bool in_outbox);
  /// A publish failed, or its life ended, in a way that may have used up to `sequences` sequences.
  void Uncertain(const std::string& producer, const std::string& channel, std::int64_t sequences = 1);
  /// The server's acknowledgement reached the publisher.
  void Acknowledged(const std::string& producer, const std::string& channel, std::int64_t sequence);

  // ---- What servers did. ----

  /// A server took `data` into `channel`.
  void Served(const std::string& channel, std::string_view data);
  /// A server refused `data`, for now or `for_good`.
  void Refused(const std::string& channel, std::string_view data, bool for_good);
  /// From here on something of `channel` may be out of reach: history is short, dropped, refused or damaged. Before,
  /// every gap that tells of what a server has is a violation.
  void MayLose(const std::string& channel);

  // ---- What subscribers saw. ----

  struct Consumer {
    std::string name;
    std::string channel;
    /// It resumes from where its last life's handlers ended, or from where it began if none had.
    bool durable = false;
    /// It was subscribed with `SubscribeOptions::from_start`.
    bool from_start = false;
    /// `SubscribeOptions::aspects`.
    std::vector<std::string> aspects = {};
  };
  /// A life of a consumer begins.
  void ConsumerStarted(const Consumer& consumer);
  /// Its handlers were called.
  void Delivered(const std::string& consumer, const Envelope& envelope);
  /// They returned, or threw.
  void Handled(const std::string& consumer, const Envelope& envelope);
  void ToldGap(const std::string& consumer, const Gap& gap);
  /// `OnError` told of something that was not delivered.
  void ToldError(const std::string& consumer, const Error& error);
  /// A save of the consumer's place begins, whose outcome may never be known.
  void Saving(const std::string& consumer);
  /// A place to go on from is durable, be it without the cursor of any producer.
  void SavedPlace(const std::string& consumer);
  /// This cursor is durable.
  void SavedCursor(const std::string& consumer, const std::string& producer, std::int64_t sequence);

  // ---- The verdict. ----

  /// Reports a violation that the caller found by itself.
  void Report(std::string promise, std::string what);
  /// Called with each violation as it is found. Null: nobody is.
  void OnViolation(std::function<void(const Violation&)> handler);
  /// Those so far, oldest first; at most 100 are kept.
  const std::vector<Violation>& violations() const;
  /// Call it once everything has come to rest: all are connected, and every producer has published once more on each of
  /// its channels while every consumer was subscribed. Checks that nothing is still missing; returns all violations.
  const std::vector<Violation>& Finish();

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace gapless

#endif  // GAPLESS_HISTORY_CHECKER_H_
