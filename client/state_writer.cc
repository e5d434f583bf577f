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

void StateWriter::Advance(const ConsumerKey& key, const Progress& progress) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failed_) return;
  progress_[key].Add(progress);
  Schedule(lock);
}

void StateWriter::SaveWith(const ConsumerKey& key, const Progress& progress,
                           const std::function<void(const Progress&)>& save) {
  const Progress pending = TakeProgress(key);
  Progress all = pending;
  all.Add(progress);
  try {
    save(all);
  } catch (...) {
    // Whatever it was goes on to the caller; what had been pending before must not be forgotten with it.
    if (!pending.Empty()) Advance(key, pending);
    throw;
  }
}

void StateWriter::Acknowledged(const std::string& channel, std::int64_t sequence) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failed_) return;
  acknowledged_.emplace_back(channel, sequence);
  Schedule(lock);
}

Progress StateWriter::TakeProgress(const ConsumerKey& key) {
  const std::lock_guard<std::mutex> saving(saving_);
  const std::lock_guard<std::mutex> lock(mutex_);
  auto node = progress_.extract(key);
  return node.empty() ? Progress{} : std::move(node.mapped());
}

void StateWriter::Schedule(const std::lock_guard<std::mutex>&) {
  if (scheduled_) return;
  scheduled_ = true;
  strand_->Post([self = shared_from_this()] { self->Flush(); });
}

void StateWriter::Flush() {
  const std::lock_guard<std::mutex> saving(saving_);
  Changes changes;
  Pending progress;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    scheduled_ = false;
    progress.swap(progress_);
    changes.outbox_removed.swap(acknowledged_);
    being_saved_ = changes.outbox_removed.size();
  }
  for (const auto& [key, pending] : progress) pending.AppendTo(changes, key);
  if (!changes.Empty() && !TrySave(changes)) KeepForLater(std::move(progress), changes.outbox_removed);
  const std::lock_guard<std::mutex> lock(mutex_);
  being_saved_ = 0;
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

void StateWriter::KeepForLater(Pending progress, const Acknowledgements& acknowledged) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failed_) {
    progress_.clear();
    acknowledged_.clear();
    return;
  }
  for (const auto& [key, newer] : progress_) progress[key].Add(newer);
  progress_ = std::move(progress);
  acknowledged_.insert(acknowledged_.begin(), acknowledged.begin(), acknowledged.end());
  scheduled_ = true;
  strand_->PostAt(runtime_->Now() + kRetryDelay, TimerKind::kDeadline, [self = shared_from_this()] { self->Flush(); });
}

std::size_t StateWriter::unsaved() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return acknowledged_.size() + being_saved_;
}

void StateWriter::Stop() { strand_->Stop(); }

}  // namespace gapless::internal
