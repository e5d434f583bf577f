#include "client/executor_strand.h"

#include <cstddef>
#include <utility>

#include "client/current_exception.h"

namespace gapless::internal {
namespace {
// So that a busy client does not keep a shared executor, or one turn of a game loop, for itself.
constexpr std::size_t kTasksPerRun = 64;
}  // namespace

ExecutorStrand::ExecutorStrand(Executor executor, std::shared_ptr<Strand> timers,
                               std::function<void(const Error&)> on_failure)
    : executor_(std::move(executor)), timers_(std::move(timers)), on_failure_(std::move(on_failure)) {}

void ExecutorStrand::Post(Task task) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_) return;
    tasks_.push_back(std::move(task));
    if (scheduled_) return;
    scheduled_ = true;
  }
  Schedule();
}

void ExecutorStrand::Schedule() {
  try {
    executor_([self = shared_from_this()] { self->Run(); });
  } catch (...) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      scheduled_ = false;
    }
    on_failure_(Error(Errc::kHandlerThrew, "ClientOptions::executor threw: " + CurrentExceptionText()));
  }
}

void ExecutorStrand::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (std::size_t turn = 0; turn < kTasksPerRun && !tasks_.empty() && !stopped_; ++turn) {
    const Task task = std::move(tasks_.front());
    tasks_.pop_front();
    runner_ = std::this_thread::get_id();
    lock.unlock();
    task();
    lock.lock();
    runner_ = {};
    changed_.notify_all();
  }
  scheduled_ = !tasks_.empty() && !stopped_;
  if (!scheduled_) return;
  lock.unlock();
  Schedule();
}

Strand::TimerId ExecutorStrand::PostAt(TimePoint when, TimerKind kind, Task task) {
  return timers_->PostAt(when, kind, [weak = weak_from_this(), task = std::move(task)] {
    if (const auto self = weak.lock()) self->Post(task);
  });
}

void ExecutorStrand::Cancel(TimerId timer) { timers_->Cancel(timer); }

bool ExecutorStrand::RunsHere() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return runner_ == std::this_thread::get_id();
}

void ExecutorStrand::Stop() {
  timers_->Stop();
  std::deque<Task> dropped;
  std::unique_lock<std::mutex> lock(mutex_);
  stopped_ = true;
  dropped.swap(tasks_);
  if (runner_ == std::this_thread::get_id()) return;
  changed_.wait(lock, [this] { return runner_ == std::thread::id(); });
}

void PollQueue::Push(std::function<void()> run) {
  const std::lock_guard<std::mutex> lock(mutex_);
  waiting_.push_back(std::move(run));
}

bool PollQueue::RunAll() {
  std::vector<std::function<void()>> runs;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    runs.swap(waiting_);
  }
  for (const auto& run : runs) run();
  return !runs.empty();
}

void PollQueue::Clear() {
  std::vector<std::function<void()>> dropped;
  const std::lock_guard<std::mutex> lock(mutex_);
  dropped.swap(waiting_);
}

}  // namespace gapless::internal
