#ifndef GAPLESS_RUNTIME_H_
#define GAPLESS_RUNTIME_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "gapless/envelope.h"

namespace gapless {

/// A point on a runtime's own steady clock; only differences mean anything.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
using Duration = std::chrono::nanoseconds;

/// What a strand is for. A manual runtime lets a caller that waits for an answer run session work meanwhile,
/// but never handler work: a handler may block on `Publish` without another handler starting inside it.
enum class StrandKind : std::uint8_t { kSession, kDispatch };

/// What a timer is for. `ManualRuntime::Settle` lets virtual time pass for work, never for deadlines.
enum class TimerKind : std::uint8_t {
  kWork,      ///< Something will happen: reconnect, resubscribe, resend.
  kDeadline,  ///< Something did not happen: time-outs, patience, heartbeats.
};

/// Takes a task and runs it later, on a thread of its choice: a thread pool's `post`, a GUI's event queue. It may run
/// tasks of several clients at once. It must not run the task before it returns, nor drop it, nor throw.
using Executor = std::function<void(std::function<void()>)>;

/// Runs tasks one after another, in the order posted. All members may be called from any thread, tasks of
/// the strand included. A task must not throw.
class Strand {
 public:
  using Task = std::function<void()>;
  using TimerId = std::uint64_t;

  virtual ~Strand() = default;
  virtual void Post(Task task) = 0;
  /// Posts `task` once `when` is reached. The id is never 0.
  virtual TimerId PostAt(TimePoint when, TimerKind kind, Task task) = 0;
  /// After this returns the task does not start any more, unless it is running or already queued to run.
  virtual void Cancel(TimerId timer) = 0;
  /// Whether the calling thread is inside a task of this strand.
  virtual bool RunsHere() const = 0;
  /// Drops queued tasks and timers and waits for a running one, except when called from inside it. No task
  /// starts after this returns; later posts are ignored.
  virtual void Stop() = 0;
};

/// Where a client's time, randomness and threads come from. The default has real ones; `ManualRuntime` has none.
class Runtime {
 public:
  virtual ~Runtime() = default;
  virtual TimePoint Now() const = 0;
  /// For `produced_at` only; may jump either way.
  virtual Timestamp WallClock() const = 0;
  /// 64 random bits; thread-safe. For jitter and ids.
  virtual std::uint64_t Random() = 0;
  virtual std::shared_ptr<Strand> NewStrand(const std::string& name, StrandKind kind) = 0;
  /// Waits, with `lock` held on entry and exit, until `done()` (called with the lock held) or the deadline.
  /// Returns the last `done()`. Whoever makes it true must notify `changed`.
  virtual bool Wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, TimePoint deadline,
                    const std::function<bool()>& done) = 0;
};

/// A runtime with one thread per strand, the system's clocks and a seeded generator.
std::shared_ptr<Runtime> ThreadedRuntime();

/// A runtime without threads, under virtual time: everything happens inside `Settle`, `AdvanceTime` and calls
/// that wait. Repeatable: the same calls and seed give the same history. Use it from one thread at a time.
class ManualRuntime : public Runtime {
 public:
  /// Virtual time starts at `wall_clock`; `seed` feeds `Random()`.
  explicit ManualRuntime(std::uint64_t seed = 1,
                         Timestamp wall_clock = Timestamp{std::chrono::milliseconds{1'780'000'000'000}});
  ~ManualRuntime() override;

  /// Runs queued tasks and work timers, moving virtual time forward to each, until none of either is left or
  /// `horizon` of virtual time has passed. Returns the number of tasks that ran. Called from inside a task it
  /// runs nothing and returns 0.
  std::size_t Settle(Duration horizon = std::chrono::minutes{5});
  /// Runs everything that becomes due while virtual time moves forward by `span`, deadlines included.
  std::size_t AdvanceTime(Duration span);
  /// Runs what is queued now, and no timers: one turn of a game loop.
  std::size_t Poll();

  TimePoint Now() const override;
  Timestamp WallClock() const override;
  std::uint64_t Random() override;
  std::shared_ptr<Strand> NewStrand(const std::string& name, StrandKind kind) override;
  bool Wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, TimePoint deadline,
            const std::function<bool()>& done) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace gapless

#endif  // GAPLESS_RUNTIME_H_
