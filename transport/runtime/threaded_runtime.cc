// Strands with a thread each, the system's clocks, and a seeded generator.

#include <atomic>
#include <map>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "gapless/runtime.h"
#include "transport/runtime/split_mix.h"

namespace gapless {
namespace {

/// What a strand's thread works on. The thread shares it, so that a strand may be destroyed by one of its own tasks.
class Worker {
 public:
  void Post(Strand::Task task) {
    bool wake = false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (stopped_) return;
      queue_.push_back(std::move(task));
      // Waking a thread costs far more than a queue entry, so only a sleeping one is woken.
      wake = asleep_;
    }
    if (wake) changed_.notify_one();
  }

  Strand::TimerId PostAt(TimePoint when, Strand::Task task) {
    bool wake = false;
    Strand::TimerId id = 0;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      id = ++last_timer_;
      if (stopped_) return id;
      wake = asleep_ && (timers_.empty() || when < timers_.begin()->first.first);
      timers_.emplace(std::pair(when, id), std::move(task));
      due_.emplace(id, when);
    }
    if (wake) changed_.notify_one();
    return id;
  }

  void Cancel(Strand::TimerId timer) {
    Strand::Task dropped;
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = due_.find(timer);
    if (found == due_.end()) return;
    const auto entry = timers_.find({found->second, timer});
    dropped = std::move(entry->second);
    timers_.erase(entry);
    due_.erase(found);
  }

  bool RunsHere() const { return thread_ == std::this_thread::get_id(); }

  void Stop() {
    // Tasks are destroyed without the lock: they may hold the last reference to something that comes back here.
    std::vector<Strand::Task> tasks;
    decltype(timers_) timers;
    std::unique_lock<std::mutex> lock(mutex_);
    stopped_ = true;
    tasks.swap(queue_);
    timers.swap(timers_);
    due_.clear();
    changed_.notify_all();
    if (!RunsHere()) changed_.wait(lock, [this] { return !running_; });
    lock.unlock();
  }

  void Run() {
    thread_ = std::this_thread::get_id();
    std::vector<Strand::Task> batch;
    std::unique_lock<std::mutex> lock(mutex_);
    while (!stopped_) {
      TakeDueTimers();
      if (queue_.empty()) {
        Sleep(lock);
        continue;
      }
      batch.swap(queue_);
      running_ = true;
      lock.unlock();
      for (Strand::Task& task : batch) {
        if (stopping()) break;
        task();
        task = nullptr;
      }
      batch.clear();
      lock.lock();
      running_ = false;
      if (stopped_) changed_.notify_all();
    }
  }

 private:
  bool stopping() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return stopped_;
  }

  void TakeDueTimers() {
    const TimePoint now = std::chrono::steady_clock::now();
    while (!timers_.empty() && timers_.begin()->first.first <= now) {
      due_.erase(timers_.begin()->first.second);
      queue_.push_back(std::move(timers_.begin()->second));
      timers_.erase(timers_.begin());
    }
  }

  void Sleep(std::unique_lock<std::mutex>& lock) {
    asleep_ = true;
    if (timers_.empty()) {
      changed_.wait(lock);
    } else {
      // A copy: the wait looks at the time again when it ends, and the timer may have been cancelled meanwhile.
      const TimePoint next = timers_.begin()->first.first;
      changed_.wait_until(lock, next);
    }
    asleep_ = false;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Strand::Task> queue_;
  std::map<std::pair<TimePoint, Strand::TimerId>, Strand::Task> timers_;
  std::map<Strand::TimerId, TimePoint> due_;
  Strand::TimerId last_timer_ = 0;
  bool asleep_ = false;
  bool running_ = false;
  bool stopped_ = false;
  std::atomic<std::thread::id> thread_{};
};

class ThreadStrand : public Strand {
 public:
  ThreadStrand() : worker_(std::make_shared<Worker>()), thread_([worker = worker_] { worker->Run(); }) {}
  ~ThreadStrand() override {
    worker_->Stop();
    if (worker_->RunsHere()) {
      thread_.detach();
    } else {
      thread_.join();
    }
  }

  void Post(Task task) override { worker_->Post(std::move(task)); }
  TimerId PostAt(TimePoint when, TimerKind, Task task) override { return worker_->PostAt(when, std::move(task)); }
  void Cancel(TimerId timer) override { worker_->Cancel(timer); }
  bool RunsHere() const override { return worker_->RunsHere(); }
  void Stop() override { worker_->Stop(); }

 private:
  const std::shared_ptr<Worker> worker_;
  std::thread thread_;
};

class Threaded : public Runtime {
 public:
  Threaded() : random_((std::uint64_t{std::random_device{}()} << 32) ^ std::random_device{}()) {}

  TimePoint Now() const override { return std::chrono::steady_clock::now(); }
  Timestamp WallClock() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  std::uint64_t Random() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return random_.Next();
  }
  std::shared_ptr<Strand> NewStrand(const std::string&, StrandKind) override {
    return std::make_shared<ThreadStrand>();
  }
  bool Wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, TimePoint deadline,
            const std::function<bool()>& done) override {
    if (deadline != TimePoint::max()) return changed.wait_until(lock, deadline, done);
    changed.wait(lock, done);
    return true;
  }

 private:
  std::mutex mutex_;
  internal::SplitMix random_;
};

}  // namespace

std::shared_ptr<Runtime> ThreadedRuntime() { return std::make_shared<Threaded>(); }

}  // namespace gapless
