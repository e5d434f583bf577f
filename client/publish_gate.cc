#include "client/publish_gate.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "client/current_exception.h"

namespace gapless::internal {
namespace {

// Refused sequences of one channel that may be used again, should all that followed them be refused too.
constexpr std::size_t kMaxRefused = 1'024;

Error QueueFull(std::size_t limit) {
  return Error(Errc::kQueueFull, "max_unacknowledged (" + std::to_string(limit) +
                                     ") envelopes wait for the server already; publish again once some are through");
}

Error ClosedError() { return Error(Errc::kClosed, "the client is closed; call Connect to open it again"); }

/// What went wrong, if anything.
std::optional<Error> Save(Snapshotter& snapshotter, const Changes& changes) {
  try {
    snapshotter.Save(changes);
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  } catch (...) {
    // One of the user's own. Others wait behind this caller, so nothing may pass here.
    return Error(Errc::kStateFailed, "the snapshotter threw what is no gapless::Error: " + CurrentExceptionText());
  }
}

}  // namespace

struct PublishGate::Request {
  const std::string& channel;
  const PreparedEnvelope& envelope;
  Durability durability;
  std::function<void(PublishAnswer)> on_answer;
  Accepted accepted;
  std::optional<Error> refused;
  bool done = false;
};

PublishGate::PublishGate(Options options) : options_(std::move(options)) {}

void PublishGate::Raise(const std::string& channel, std::int64_t last) {
  auto& known = last_[channel];
  known = std::max(known, last);
}

void PublishGate::RaiseReserved(const std::string& channel, std::int64_t ceiling) {
  unsure_[channel] = {last_[channel], ceiling};
}

std::optional<PublishGate::Unsure> PublishGate::UnsureOf(const std::string& channel) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = unsure_.find(channel);
  if (found == unsure_.end()) return std::nullopt;
  return found->second;
}

bool PublishGate::Settle(const std::string& channel, std::int64_t last) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return !led_; });
  const bool was_stopped = stopped_.erase(channel) != 0;
  if (was_stopped) ceilings_.erase(channel);
  const auto unsure = unsure_.extract(channel);
  if (unsure.empty()) {
    if (was_stopped) Raise(channel, last);
    return was_stopped;
  }
  // State still has the ceiling, so what is left below it may be used without another save.
  ceilings_[channel] = unsure.mapped().ceiling;
  Raise(channel, last);
  return true;
}

Changes PublishGate::TakeReserved() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return !led_; });
  Changes changes;
  for (const auto& [channel, ceiling] : std::exchange(ceilings_, {})) {
    if (const auto last = last_.find(channel); last != last_.end() && last->second > 0) {
      changes.produced.emplace_back(channel, last->second);
    }
    changes.reserved.emplace_back(channel, 0);
  }
  return changes;
}

void PublishGate::Stop(const std::string& channel, std::int64_t server_last) {
  const std::lock_guard<std::mutex> lock(mutex_);
  stopped_[channel] = server_last;
}

std::optional<std::int64_t> PublishGate::StoppedAt(const std::string& channel) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = stopped_.find(channel);
  if (found == stopped_.end()) return std::nullopt;
  return found->second;
}

void PublishGate::RequireGoing(const std::string& channel) const {
  if (const auto server_last = StoppedAt(channel)) {
    throw Error(Errc::kStateStale, "the server has sequence " + std::to_string(*server_last) +
                                       ", which this state never stamped; restore the newer state or call "
                                       "Client::AdoptServerSequence")
        .WithChannel(channel)
        .WithSequence(*server_last);
  }
}

bool PublishGate::Reserve(const std::string& channel, std::int64_t sequence, Counters& ceilings) const {
  const auto raised = ceilings.find(channel);
  const auto known = ceilings_.find(channel);
  const std::int64_t ceiling =
      std::max(raised == ceilings.end() ? 0 : raised->second, known == ceilings_.end() ? 0 : known->second);
  if (sequence <= ceiling) return false;
  const std::int64_t room = std::numeric_limits<std::int64_t>::max() - sequence;
  ceilings[channel] = sequence + std::min(room, options_.reserve_block - 1);
  return true;
}

PublishGate::Accepted PublishGate::Accept(const std::string& channel, const PreparedEnvelope& envelope,
                                          Durability durability, std::function<void(PublishAnswer)> on_answer) {
  Request request{channel, envelope, durability, std::move(on_answer), {}, std::nullopt, false};
  std::unique_lock<std::mutex> lock(mutex_);
  if (closed_) throw ClosedError();
  queue_.push_back(&request);
  while (!request.done) {
    if (led_) {
      changed_.wait(lock);
    } else {
      Lead(lock);
    }
  }
  if (request.refused) throw *request.refused;
  return request.accepted;
}

void PublishGate::Lead(std::unique_lock<std::mutex>& lock) {
  led_ = true;
  std::vector<Request*> requests;
  requests.swap(queue_);
  if (closed_) {
    for (Request* request : requests) request->refused = ClosedError();
  } else {
    for (const Request* request : requests) TakeBack(request->channel);
    const std::size_t room = options_.max_unacknowledged - std::min(options_.max_unacknowledged, unacknowledged_);
    committing_ = true;
    lock.unlock();
    Process(requests, room);
    lock.lock();
    committing_ = false;
  }
  for (Request* request : requests) request->done = true;
  led_ = false;
  changed_.notify_all();
}

void PublishGate::Process(const std::vector<Request*>& requests, std::size_t room) {
  Counters raised;
  Counters ceilings;
  Changes changes;
  std::vector<Request*> durable;
  std::vector<Request*> volatile_ones;
  std::vector<PendingPublish> publishes;
  for (Request* request : requests) {
    if (publishes.size() >= room) {
      request->refused = QueueFull(options_.max_unacknowledged).WithChannel(request->channel);
      continue;
    }
    try {
      RequireGoing(request->channel);
      const std::int64_t sequence = NextSequence(raised, request->channel);
      request->accepted = {sequence, NextTime()};
      auto bytes =
          std::make_shared<const std::string>(request->envelope.Finish(sequence, request->accepted.produced_at));
      raised[request->channel] = sequence;
      const bool in_outbox = options_.snapshotter != nullptr && request->durability == Durability::kOutbox;
      const bool saved = request->durability == Durability::kReserved ? Reserve(request->channel, sequence, ceilings)
                                                                      : request->durability != Durability::kMemory;
      if (options_.snapshotter != nullptr && saved) {
        durable.push_back(request);
        if (in_outbox) changes.outbox_added.push_back({request->channel, sequence, bytes});
      } else {
        volatile_ones.push_back(request);
      }
      const bool recorded = options_.snapshotter != nullptr && request->durability != Durability::kMemory;
      publishes.push_back({request->channel, sequence, std::move(bytes), in_outbox, request->accepted.produced_at,
                           request->on_answer, recorded});
    } catch (const Error& error) {
      request->refused = error;
    }
  }
  if (!durable.empty()) {
    for (const auto& [channel, sequence] : raised) changes.produced.emplace_back(channel, sequence);
    for (const auto& [channel, ceiling] : ceilings) changes.reserved.emplace_back(channel, ceiling);
    if (const auto failed = Save(*options_.snapshotter, changes)) {
      for (Request* request : durable) {
        Error refused = *failed;
        request->refused = refused.WithChannel(request->channel);
      }
      // The others asked for no safety, but their numbers followed those that were not saved: stamp them anew.
      if (!volatile_ones.empty()) Process(volatile_ones, room);
      return;
    }
    for (const auto& [channel, ceiling] : ceilings) ceilings_[channel] = ceiling;
  }
  HandOn(raised, std::move(publishes));
}

void PublishGate::HandOn(const Counters& raised, std::vector<PendingPublish> publishes) {
  for (const auto& [channel, sequence] : raised) last_[channel] = sequence;
  if (publishes.empty()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    unacknowledged_ += publishes.size();
  }
  options_.hand_on(std::move(publishes));
}

std::int64_t PublishGate::NextSequence(const Counters& raised, const std::string& channel) const {
  const auto stamped = raised.find(channel);
  std::int64_t last = 0;
  if (stamped != raised.end()) {
    last = stamped->second;
  } else if (const auto known = last_.find(channel); known != last_.end()) {
    last = known->second;
  }
  if (last == std::numeric_limits<std::int64_t>::max()) {
    throw Error(Errc::kInvalidState, "the stream has used all 2^63 - 1 sequences; publish under another producer id")
        .WithChannel(channel);
  }
  return last + 1;
}

Timestamp PublishGate::NextTime() {
  last_time_ = std::max(last_time_, options_.clock());
  return last_time_;
}

void PublishGate::TakeBack(const std::string& channel) {
  const auto refused = refused_.find(channel);
  if (refused == refused_.end()) return;
  std::int64_t& last = last_[channel];
  while (refused->second.erase(last) != 0) --last;
  if (refused->second.empty()) refused_.erase(refused);
}

void PublishGate::GiveBack(const std::string& channel, std::int64_t sequence) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::set<std::int64_t>& refused = refused_[channel];
  refused.insert(sequence);
  // One that lies below a sequence that went through can never be taken back; the bound keeps such from piling up.
  if (refused.size() > kMaxRefused) refused.erase(refused.begin());
}

void PublishGate::Adopt(std::size_t count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  unacknowledged_ += count;
}

void PublishGate::Settled(std::size_t count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  unacknowledged_ -= std::min(count, unacknowledged_);
}

std::size_t PublishGate::unacknowledged() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return unacknowledged_;
}

std::size_t PublishGate::waiting() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return queue_.size();
}

void PublishGate::SetClosed(bool closed) {
  std::unique_lock<std::mutex> lock(mutex_);
  closed_ = closed;
  if (closed) changed_.wait(lock, [this] { return !committing_; });
}

void PublishGate::RequireOpen() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (closed_) throw ClosedError();
}

PublishGate::Exclusive::Exclusive(PublishGate& gate) : gate_(gate) {
  std::unique_lock<std::mutex> lock(gate_.mutex_);
  gate_.changed_.wait(lock, [this] { return !gate_.led_; });
  gate_.led_ = true;
}

PublishGate::Exclusive::~Exclusive() {
  const std::lock_guard<std::mutex> lock(gate_.mutex_);
  gate_.led_ = false;
  gate_.changed_.notify_all();
}

PublishGate::Accepted PublishGate::Exclusive::Stamp(const std::string& channel, const PreparedEnvelope& envelope) {
  gate_.RequireOpen();
  if (gate_.unacknowledged() + stamped_.size() >= gate_.options_.max_unacknowledged) {
    throw QueueFull(gate_.options_.max_unacknowledged).WithChannel(channel);
  }
  gate_.RequireGoing(channel);
  const std::int64_t sequence = gate_.NextSequence(raised_, channel);
  const Accepted accepted{sequence, gate_.NextTime()};
  auto bytes = std::make_shared<const std::string>(envelope.Finish(sequence, accepted.produced_at));
  raised_[channel] = sequence;
  changes_.outbox_added.push_back({channel, sequence, bytes});
  stamped_.push_back({channel, sequence, std::move(bytes), true, accepted.produced_at, nullptr, true});
  return accepted;
}

Changes PublishGate::Exclusive::TakeChanges() {
  for (const auto& [channel, sequence] : raised_) changes_.produced.emplace_back(channel, sequence);
  return std::move(changes_);
}

void PublishGate::Exclusive::Commit() { gate_.HandOn(raised_, std::move(stamped_)); }

}  // namespace gapless::internal
