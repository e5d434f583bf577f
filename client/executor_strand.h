#ifndef GAPLESS_CLIENT_EXECUTOR_STRAND_H_
#define GAPLESS_CLIENT_EXECUTOR_STRAND_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "gapless/error.h"
#include "gapless/runtime.h"

namespace gapless::internal {

/// A strand whose tasks run wherever the user's executor runs them, still one after another and in order.
class ExecutorStrand final : public Strand, public std::enable_shared_from_this<ExecutorStrand> {
 public:
  /// `timers` only measures time. `on_failure` is told when the executor itself throws; the tasks then wait for the
  /// next one to be posted.
  ExecutorStrand(Executor executor, std::shared_ptr<Strand> timers, std::function<void(const Error&)> on_failure);

  void Post(Task task) override;
  TimerId PostAt(TimePoint when, TimerKind kind, Task task) override;
  void Cancel(TimerId timer) override;
  bool RunsHere() const override;
  void Stop() override;

 private:
  void Schedule();
  void Run();

  const Executor executor_;
  const std::shared_ptr<Strand> timers_;
  const std::function<void(const Error&)> on_failure_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  /// The executor has, or is running, our `Run`.
  bool scheduled_ = false;
  bool stopped_ = false;
  /// Who runs a task; no thread while none runs.
  std::thread::id runner_;
};

/// What `Client::Poll` runs.
class PollQueue {
 public:
  void Push(std::function<void()> run);
  /// Runs what is there now. False when there was nothing.
  bool RunAll();
  /// Forgets what is there. The strands in it know the queue, so they would keep each other alive.
  void Clear();

 private:
  std::mutex mutex_;
  std::vector<std::function<void()>> waiting_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_EXECUTOR_STRAND_H_
