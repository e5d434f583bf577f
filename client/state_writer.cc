#include "client/state_writer.h"

#include <chrono>

#include "client/current_exception.h"

namespace gapless::internal {
namespace {
// Long enough not to hammer a full disk, short enough that a freed one is used soon.
constexpr std::chrono::milliseconds kRetryDelay{500};
}  // namespace

StateWriter::StateWriter(std::shared_ptr<Snapshotter> snapshotter, std::shared_ptr<Runtime> runtime,
                         std::function<void(const Error&)> on_failure)
    : snapshotter_(std::move(snapshotter)),
      runtime_(std::move(runtime)),
      on_failure_(std::move(on_failure)),
      strand_(runtime_->NewStrand("gapless-state", StrandKind::kSession)) {}

void StateWriter::Progress(const ConsumerKey& key, ConsumerState state) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failed_) return;
  ConsumerState& pending = progress_[key];
  for (auto& [producer, cursor] : state.cursors) pending.cursors[producer] = cursor;
  pending.position = std::move(state.position);
  Schedule(lock);
}

void StateWriter::Acknowledged(const std::string& channel, std::int64_t sequence) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failed_) return;
  acknowledged_.emplace_back(channel, sequence);
  Schedule(lock);
}

ConsumerState StateWriter::TakeProgress(const ConsumerKey& key) {
  const std::lock_guard<std::mutex> saving(saving_);
  const std::lock_guard<std::mutex> lock(mutex_);
  auto node = progress_.extract(key);
  return node.empty() ? ConsumerState{} : std::move(node.mapped());
}

void StateWriter::Schedule(const std::lock_guard<std::mutex>&) {
  if (scheduled_) return;
  scheduled_ = true;
  strand_->Post([self = shared_from_this()] { self->Flush(); });
}

void StateWriter::Flush() {
  const std::lock_guard<std::mutex> saving(saving_);
  Changes changes;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    scheduled_ = false;
    for (auto& [key, state] : progress_) changes.consumers.emplace_back(key, std::move(state));
    progress_.clear();
    changes.outbox_removed.swap(acknowledged_);
  }
  if (!changes.Empty() && !TrySave(changes)) KeepForLater(changes);
}

bool StateWriter::TrySave(const Changes& changes) {
  try {
    snapshotter_->Save(changes);
    return true;
  } catch (const Error& error) {
    if (error.errc() == Errc::kStateFailed) {
      const std::lock_guard<std::mutex> lock(mutex_);
      failed_ = true;
    }
    on_failure_(error);
  } catch (...) {
    // One of the user's own, whose contract asks for an Error; this runs on a strand, where nothing may be thrown.
    on_failure_(
        Error(Errc::kStateNotWritable,
              "the snapshotter threw what is no gapless::Error and will be tried again: " + CurrentExceptionText()));
  }
  return false;
}

void StateWriter::KeepForLater(const Changes& changes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failed_) {
    progress_.clear();
    acknowledged_.clear();
    return;
  }
  for (const auto& [key, state] : changes.consumers) {
    ConsumerState& pending = progress_[key];
    const bool newer_waits = !pending.cursors.empty() || pending.position != Position{};
    for (const auto& [producer, cursor] : state.cursors) pending.cursors.try_emplace(producer, cursor);
    if (!newer_waits) pending.position = state.position;
  }
  acknowledged_.insert(acknowledged_.begin(), changes.outbox_removed.begin(), changes.outbox_removed.end());
  scheduled_ = true;
  strand_->PostAt(runtime_->Now() + kRetryDelay, TimerKind::kDeadline, [self = shared_from_this()] { self->Flush(); });
}

void StateWriter::Stop() { strand_->Stop(); }

}  // namespace gapless::internal
