#ifndef GAPLESS_CLIENT_STATE_WRITER_H_
#define GAPLESS_CLIENT_STATE_WRITER_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "client/progress.h"
#include "gapless/runtime.h"
#include "gapless/snapshotter.h"

namespace gapless::internal {

/// Saves what may be saved late: how far handlers came, with what their ledgers and quarantines say of that, and
/// acknowledgements. Losing the latest of these in a crash only repeats work (R3, P4), so they are gathered and written
/// behind, one commit at a time.
class StateWriter : public std::enable_shared_from_this<StateWriter> {
 public:
  StateWriter(std::shared_ptr<Snapshotter> snapshotter, std::shared_ptr<Runtime> runtime,
              std::function<void(const Error&)> on_failure);

  void Advance(const ConsumerKey& key, const Progress& progress);
  /// For who saves by itself: gives `save` what is pending for `key` and `progress` behind it. Throws what `save`
  /// throws; what was pending stays so then.
  void SaveWith(const ConsumerKey& key, const Progress& progress, const std::function<void(const Progress&)>& save);
  void Acknowledged(const std::string& channel, std::int64_t sequence);
  /// Takes what is pending for `key`. Once it returns, no save under way holds anything of it either.
  Progress TakeProgress(const ConsumerKey& key);
  /// Writes what is pending on the calling thread. Failures are reported and what was pending is kept, but for
  /// kStateFailed: that state takes no more saves, so nothing is gathered for it any more.
  void Flush();
  /// Acknowledgements that are not saved yet.
  std::size_t unsaved() const;
  /// No more writes in the background.
  void Stop();

 private:
  void Schedule(const std::lock_guard<std::mutex>&);
  using Pending = std::map<ConsumerKey, Progress>;
  using Acknowledgements = std::vector<std::pair<std::string, std::int64_t>>;

  bool TrySave(const Changes& changes);
  void KeepForLater(Pending progress, const Acknowledgements& acknowledged);

  const std::shared_ptr<Snapshotter> snapshotter_;
  const std::shared_ptr<Runtime> runtime_;
  const std::function<void(const Error&)> on_failure_;
  const std::shared_ptr<Strand> strand_;
  /// Serialises saves, so that an older cursor never follows a newer one.
  std::mutex saving_;
  mutable std::mutex mutex_;
  Pending progress_;
  Acknowledgements acknowledged_;
  /// Acknowledgements that a save under way has taken over.
  std::size_t being_saved_ = 0;
  bool scheduled_ = false;
  bool failed_ = false;
};

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_STATE_WRITER_H_
