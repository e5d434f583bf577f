// Strands without threads under virtual time: one queue for all, so that the same calls give the same history.

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "gapless/runtime.h"
#include "transport/runtime/split_mix.h"

namespace gapless {
namespace {

/// `span` after `start`, or the end of time: users write `Duration::max()` for "for ever".
TimePoint After(TimePoint start, Duration span) {
  return span > TimePoint::max() - start ? TimePoint::max() : start + span;
}

}  // namespace

struct ManualRuntime::Impl : std::enable_shared_from_this<ManualRuntime::Impl> {
  class ManualStrand;
  using StrandNumber = std::uint64_t;

  struct Item {
    StrandNumber strand;
    StrandKind kind;
    Strand::Task task;
  };
  struct Timer {
    Item item;
    TimerKind kind;
  };
  using TimerKey = std::pair<TimePoint, Strand::TimerId>;

  Impl(std::uint64_t seed, Timestamp wall) : random(seed), wall_start(wall) {}

  bool UnderWay(StrandNumber strand) const {
    return std::find(running.begin(), running.end(), strand) != running.end();
  }

  /// Runs the first queued task; for a caller that waits, the first of a session strand that has none under way. False
  /// if there is none.
  bool RunOne(bool for_waiting) {
    Item item;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      const auto found = std::find_if(queue.begin(), queue.end(), [&](const Item& candidate) {
        return !for_waiting || (candidate.kind == StrandKind::kSession && !UnderWay(candidate.strand));
      });
      if (found == queue.end()) return false;
      item = std::move(*found);
      queue.erase(found);
      running.push_back(item.strand);
    }
    item.task();
    item.task = nullptr;
    const std::lock_guard<std::mutex> lock(mutex);
    running.pop_back();
    return true;
  }

  /// Moves time to `when`, queueing every timer that becomes due.
  void AdvanceTo(TimePoint when) {
    const std::lock_guard<std::mutex> lock(mutex);
    now = std::max(now, when);
    while (!timers.empty() && timers.begin()->first.first <= now) {
      due.erase(timers.begin()->first.second);
      queue.push_back(std::move(timers.begin()->second.item));
      timers.erase(timers.begin());
    }
  }

  /// When the next timer for which `wanted` holds is due.
  template <typename Wanted>
  std::optional<TimePoint> NextTimer(const Wanted& wanted) {
    const std::lock_guard<std::mutex> lock(mutex);
    for (const auto& [key, timer] : timers) {
      if (wanted(timer)) return key.first;
    }
    return std::nullopt;
  }

  bool InsideTask() {
    const std::lock_guard<std::mutex> lock(mutex);
    return !running.empty();
  }

  TimePoint Time() {
    const std::lock_guard<std::mutex> lock(mutex);
    return now;
  }

  std::mutex mutex;
  internal::SplitMix random;
  const Timestamp wall_start;
  TimePoint now{};
  std::deque<Item> queue;
  std::map<TimerKey, Timer> timers;
  std::map<Strand::TimerId, TimePoint> due;
  /// The strands whose tasks are under way, outermost first: a task that waits lets others run inside it.
  std::vector<StrandNumber> running;
  StrandNumber last_strand = 0;
  Strand::TimerId last_timer = 0;
};

class ManualRuntime::Impl::ManualStrand : public Strand {
 public:
  ManualStrand(std::shared_ptr<Impl> impl, StrandNumber number, StrandKind kind)
      : impl_(std::move(impl)), number_(number), kind_(kind) {}
  ~ManualStrand() override { ManualStrand::Stop(); }

  void Post(Task task) override {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    if (!stopped_) impl_->queue.push_back({number_, kind_, std::move(task)});
  }

  TimerId PostAt(TimePoint when, TimerKind kind, Task task) override {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    const TimerId id = ++impl_->last_timer;
    if (stopped_) return id;
    impl_->timers.emplace(TimerKey{when, id}, Timer{{number_, kind_, std::move(task)}, kind});
    impl_->due.emplace(id, when);
    // Already due: it runs with what is queued, as a timer of the past does on a real clock.
    if (when <= impl_->now) MakeDue(when, id);
    return id;
  }

  void Cancel(TimerId timer) override {
    Task dropped;
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    const auto found = impl_->due.find(timer);
    if (found == impl_->due.end()) return;
    const auto entry = impl_->timers.find({found->second, timer});
    dropped = std::move(entry->second.item.task);
    impl_->timers.erase(entry);
    impl_->due.erase(found);
  }

  bool RunsHere() const override {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    return impl_->UnderWay(number_);
  }

  void Stop() override {
    // Destroyed without the lock: a task may hold the last reference to something that comes back here.
    std::vector<Task> dropped;
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    stopped_ = true;
    std::erase_if(impl_->queue, [&](Item& item) {
      if (item.strand != number_) return false;
      dropped.push_back(std::move(item.task));
      return true;
    });
    for (auto it = impl_->timers.begin(); it != impl_->timers.end();) {
      if (it->second.item.strand != number_) {
        ++it;
        continue;
      }
      dropped.push_back(std::move(it->second.item.task));
      impl_->due.erase(it->first.second);
      it = impl_->timers.erase(it);
    }
  }

 private:
  void MakeDue(TimePoint when, TimerId id) {
    const auto entry = impl_->timers.find({when, id});
    impl_->queue.push_back(std::move(entry->second.item));
    impl_->timers.erase(entry);
    impl_->due.erase(id);
  }

  const std::shared_ptr<Impl> impl_;
  const StrandNumber number_;
  const StrandKind kind_;
  bool stopped_ = false;
};

ManualRuntime::ManualRuntime(std::uint64_t seed, Timestamp wall_clock)
    : impl_(std::make_shared<Impl>(seed, wall_clock)) {}
ManualRuntime::~ManualRuntime() = default;

std::size_t ManualRuntime::Settle(Duration horizon) {
  if (impl_->InsideTask()) return 0;
  const TimePoint end = After(impl_->Time(), horizon);
  std::size_t ran = 0;
  for (;;) {
    while (impl_->RunOne(false)) ++ran;
    const auto next = impl_->NextTimer([](const Impl::Timer& timer) { return timer.kind == TimerKind::kWork; });
    if (!next || *next > end) return ran;
    impl_->AdvanceTo(*next);
  }
}

std::size_t ManualRuntime::AdvanceTime(Duration span) {
  if (impl_->InsideTask()) return 0;
  const TimePoint end = After(impl_->Time(), span);
  std::size_t ran = 0;
  for (;;) {
    while (impl_->RunOne(false)) ++ran;
    const auto next = impl_->NextTimer([](const Impl::Timer&) { return true; });
    if (!next || *next > end) break;
    impl_->AdvanceTo(*next);
  }
  impl_->AdvanceTo(end);
  while (impl_->RunOne(false)) ++ran;
  return ran;
}

std::size_t ManualRuntime::Poll() {
  if (impl_->InsideTask()) return 0;
  std::size_t left = 0;
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    left = impl_->queue.size();
  }
  std::size_t ran = 0;
  while (ran < left && impl_->RunOne(false)) ++ran;
  return ran;
}

TimePoint ManualRuntime::Now() const { return impl_->Time(); }

Timestamp ManualRuntime::WallClock() const {
  return impl_->wall_start + std::chrono::floor<std::chrono::milliseconds>(impl_->Time().time_since_epoch());
}

std::uint64_t ManualRuntime::Random() {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->random.Next();
}

std::shared_ptr<Strand> ManualRuntime::NewStrand(const std::string&, StrandKind kind) {
  Impl::StrandNumber number = 0;
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    number = ++impl_->last_strand;
  }
  return std::make_shared<Impl::ManualStrand>(impl_, number, kind);
}

bool ManualRuntime::Wait(std::unique_lock<std::mutex>& lock, std::condition_variable&, TimePoint deadline,
                         const std::function<bool()>& done) {
  while (!done()) {
    lock.unlock();
    if (!impl_->RunOne(true)) {
      const auto next =
          impl_->NextTimer([](const Impl::Timer& timer) { return timer.item.kind == StrandKind::kSession; });
      if (!next || *next > deadline) {
        // Nothing can make it true any more. Without a deadline there is no time to wait for either.
        if (deadline != TimePoint::max()) impl_->AdvanceTo(deadline);
        lock.lock();
        return done();
      }
      impl_->AdvanceTo(*next);
    }
    lock.lock();
  }
  return true;
}

}  // namespace gapless
