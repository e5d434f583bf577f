#include "gapless/history_checker.h"

#include <map>
#include <set>
#include <utility>

#include "hub/simulation/consumed_streams.h"
#include "hub/simulation/published_streams.h"

namespace gapless {
namespace {

// Where everything is wrong the first few say it all.
constexpr std::size_t kMaxViolations = 100;

}  // namespace

struct HistoryChecker::Impl {
  void Complain(std::string promise, std::string what) {
    if (violations.size() == kMaxViolations) return;
    violations.push_back({std::move(promise), std::move(what)});
    if (on_violation) on_violation(violations.back());
  }

  simulation::ConsumedStreams* Find(const std::string& consumer) {
    const auto found = consumers.find(consumer);
    if (found == consumers.end()) {
      Complain("R1", consumer + ": something came to a consumer that was never started");
      return nullptr;
    }
    return &found->second;
  }

  std::vector<Violation> violations;
  std::function<void(const Violation&)> on_violation;
  simulation::PublishedStreams published{
      [this](std::string promise, std::string what) { Complain(std::move(promise), std::move(what)); }};
  std::set<std::string> may_lose;
  std::map<std::string, simulation::ConsumedStreams> consumers;
};

HistoryChecker::HistoryChecker() : impl_(std::make_unique<Impl>()) {}
HistoryChecker::~HistoryChecker() = default;

void HistoryChecker::ProducerStarted(const std::string& producer, bool keeps_sequences, Timestamp now) {
  impl_->published.Started(producer, keeps_sequences, now);
}

void HistoryChecker::ReusesUnseen(const std::string& producer) { impl_->published.ReusesUnseen(producer); }

void HistoryChecker::Accepted(const std::string& producer, const std::string& channel, std::int64_t sequence,
                              bool in_outbox) {
  impl_->published.Accepted({channel, producer}, sequence, in_outbox);
}

void HistoryChecker::Uncertain(const std::string& producer, const std::string& channel, std::int64_t sequences) {
  impl_->published.Uncertain({channel, producer}, sequences);
}

void HistoryChecker::Acknowledged(const std::string& producer, const std::string& channel, std::int64_t sequence) {
  impl_->published.Acknowledged({channel, producer}, sequence);
}

void HistoryChecker::Served(const std::string& channel, std::string_view data) {
  impl_->published.Served(channel, data);
}

void HistoryChecker::Refused(const std::string& channel, std::string_view data, bool for_good) {
  impl_->published.Refused(channel, data, for_good);
}

void HistoryChecker::MayLose(const std::string& channel) { impl_->may_lose.insert(channel); }

void HistoryChecker::ConsumerStarted(const Consumer& consumer) {
  const auto [entry, is_new] = impl_->consumers.try_emplace(
      consumer.name, consumer, impl_->published, impl_->may_lose,
      [this](std::string promise, std::string what) { impl_->Complain(std::move(promise), std::move(what)); });
  if (!is_new) entry->second.Started();
}

void HistoryChecker::Delivered(const std::string& consumer, const Envelope& envelope) {
  if (auto* const streams = impl_->Find(consumer)) streams->Delivered(envelope);
}

void HistoryChecker::Handled(const std::string& consumer, const Envelope& envelope) {
  if (auto* const streams = impl_->Find(consumer)) streams->Handled(envelope);
}

void HistoryChecker::ToldGap(const std::string& consumer, const Gap& gap) {
  if (auto* const streams = impl_->Find(consumer)) streams->ToldGap(gap);
}

void HistoryChecker::ToldError(const std::string& consumer, const Error& error) {
  if (auto* const streams = impl_->Find(consumer)) streams->ToldError(error);
}

void HistoryChecker::Saving(const std::string& consumer) {
  if (auto* const streams = impl_->Find(consumer)) streams->Saving();
}

void HistoryChecker::SavedPlace(const std::string& consumer) {
  if (auto* const streams = impl_->Find(consumer)) streams->SavedPlace();
}

void HistoryChecker::SavedCursor(const std::string& consumer, const std::string& producer, std::int64_t sequence) {
  if (auto* const streams = impl_->Find(consumer)) streams->SavedCursor(producer, sequence);
}

void HistoryChecker::Report(std::string promise, std::string what) {
  impl_->Complain(std::move(promise), std::move(what));
}

void HistoryChecker::OnViolation(std::function<void(const Violation&)> handler) {
  impl_->on_violation = std::move(handler);
}

const std::vector<Violation>& HistoryChecker::violations() const { return impl_->violations; }

const std::vector<Violation>& HistoryChecker::Finish() {
  impl_->published.Finish();
  for (auto& [name, streams] : impl_->consumers) streams.Finish();
  return impl_->violations;
}

}  // namespace gapless
