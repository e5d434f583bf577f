#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gapless/runtime.h"

namespace gapless {
namespace {

using namespace std::chrono_literals;

/// A door that a task waits at until the test opens it.
class Door {
 public:
  void Open() { opened_.set_value(); }
  void Pass() { pass_.wait(); }

 private:
  std::promise<void> opened_;
  std::shared_future<void> pass_ = opened_.get_future().share();
};

struct Fixture {
  std::shared_ptr<Runtime> runtime = ThreadedRuntime();
  std::shared_ptr<Strand> strand = runtime->NewStrand("test", StrandKind::kSession);

  /// Waits until everything posted before has run.
  void Drain(Strand& which) {
    std::promise<void> reached;
    which.Post([&] { reached.set_value(); });
    reached.get_future().wait();
  }
  void Drain() { Drain(*strand); }
};

std::shared_ptr<void> OnDestruction(std::function<void()> call) {
  return {nullptr, [call = std::move(call)](void*) { call(); }};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(threaded_runtime, Fixture)

BOOST_AUTO_TEST_CASE(tasks_run_in_the_order_posted_on_a_thread_of_their_own) {
  std::vector<int> ran;
  std::thread::id thread;
  for (int i = 0; i < 1'000; ++i) {
    strand->Post([&, i] {
      ran.push_back(i);
      thread = std::this_thread::get_id();
    });
  }
  Drain();
  BOOST_REQUIRE(ran.size() == 1'000u);
  for (int i = 0; i < 1'000; ++i) BOOST_REQUIRE(ran[static_cast<std::size_t>(i)] == i);
  BOOST_TEST((thread != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(tasks_of_many_threads_run_one_at_a_time_and_each_threads_in_order) {
  constexpr int kThreads = 4;
  constexpr int kEach = 2'000;
  std::vector<int> last(kThreads, -1);  // Unprotected: a race here is what the thread sanitizer would see.
  int out_of_order = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        strand->Post([&, t, i] {
          int& mine = last[static_cast<std::size_t>(t)];
          out_of_order += mine + 1 == i ? 0 : 1;
          mine = i;
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Drain();
  BOOST_TEST(out_of_order == 0);
  for (const int mine : last) BOOST_TEST(mine == kEach - 1);
}

BOOST_AUTO_TEST_CASE(timers_run_in_the_order_of_their_time_and_never_early) {
  const TimePoint start = runtime->Now();
  std::promise<void> all;
  std::vector<int> ran;
  bool early = false;
  const auto at = [&](int number, Duration after) {
    strand->PostAt(start + after, TimerKind::kWork, [&, number, after] {
      early = early || runtime->Now() < start + after;
      ran.push_back(number);
      if (ran.size() == 4) all.set_value();
    });
  };
  // Set on the strand, so that none is due before all are set.
  strand->Post([&] {
    at(3, 30ms);
    at(1, 10ms);
    at(4, 30ms);
    at(2, 20ms);
  });
  all.get_future().wait();
  BOOST_TEST(ran == (std::vector<int>{1, 2, 3, 4}), boost::test_tools::per_element());
  BOOST_TEST(!early);
}

BOOST_AUTO_TEST_CASE(a_timer_that_is_due_sooner_than_the_one_slept_for_wakes_the_strand) {
  strand->PostAt(runtime->Now() + 1h, TimerKind::kDeadline, [] {});
  strand->PostAt(TimePoint::max(), TimerKind::kDeadline, [] {});
  Drain();
  std::promise<void> ran;
  strand->PostAt(runtime->Now() + 1ms, TimerKind::kDeadline, [&] { ran.set_value(); });
  ran.get_future().wait();
}

BOOST_AUTO_TEST_CASE(a_cancelled_timer_does_not_run) {
  std::promise<void> later;
  bool ran = false;
  strand->Post([&] {
    const auto timer = strand->PostAt(runtime->Now() + 1ms, TimerKind::kWork, [&] { ran = true; });
    strand->PostAt(runtime->Now() + 5ms, TimerKind::kWork, [&] { later.set_value(); });
    strand->Cancel(timer);
    strand->Cancel(timer);
    strand->Cancel(0);
    strand->Cancel(12'345);
  });
  later.get_future().wait();
  BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(timers_may_be_set_and_cancelled_while_the_strand_sleeps_for_them) {
  for (int i = 0; i < 500; ++i) {
    const auto timer = strand->PostAt(runtime->Now() + 1h + i * 1ms, TimerKind::kDeadline, [] {});
    strand->PostAt(runtime->Now(), TimerKind::kWork, [] {});
    strand->Cancel(timer);
  }
  Drain();
}

BOOST_AUTO_TEST_CASE(L4_stopping_waits_for_the_running_task_and_starts_no_other) {
  Door door;
  std::promise<void> running;
  std::atomic<bool> ended = false;
  std::atomic<int> later = 0;
  strand->Post([&] {
    running.set_value();
    door.Pass();
    ended = true;
  });
  strand->Post([&] { ++later; });
  strand->PostAt(runtime->Now(), TimerKind::kWork, [&] { ++later; });
  running.get_future().wait();
  auto stopped = std::async(std::launch::async, [&] {
    strand->Stop();
    return std::pair(ended.load(), later.load());
  });
  door.Open();
  const auto [had_ended, had_run] = stopped.get();
  BOOST_TEST(had_ended);
  strand->Post([&] { ++later; });
  BOOST_TEST(strand->PostAt(runtime->Now(), TimerKind::kWork, [&] { ++later; }) != 0u);
  strand->Stop();
  strand.reset();
  BOOST_TEST(later.load() == had_run);
}

BOOST_AUTO_TEST_CASE(L4_several_may_stop_a_strand_at_once) {
  Door door;
  std::promise<void> running;
  std::atomic<bool> ended = false;
  strand->Post([&] {
    running.set_value();
    door.Pass();
    ended = true;
  });
  running.get_future().wait();
  std::vector<std::future<bool>> stops;
  for (int i = 0; i < 4; ++i) {
    stops.push_back(std::async(std::launch::async, [&] {
      strand->Stop();
      return ended.load();
    }));
  }
  door.Open();
  for (auto& stop : stops) BOOST_TEST(stop.get());
}

BOOST_AUTO_TEST_CASE(L3_a_strand_may_be_stopped_by_its_own_task) {
  std::promise<void> stopped;
  std::atomic<bool> later = false;
  strand->Post([&] {
    strand->Post([&] { later = true; });
    strand->Stop();
    stopped.set_value();
  });
  stopped.get_future().wait();
  strand->Stop();
  strand.reset();
  BOOST_TEST(!later);
}

BOOST_AUTO_TEST_CASE(L3_a_strand_may_go_with_its_own_task) {
  Door door;
  std::promise<void> gone;
  strand->Post([this, &door, done = OnDestruction([&] { gone.set_value(); })] {
    door.Pass();  // Until the test is out of the strand.
    strand.reset();
  });
  door.Open();
  gone.get_future().wait();
  BOOST_TEST(!strand);
}

BOOST_AUTO_TEST_CASE(L3_what_a_dropped_task_held_may_come_back_to_the_strand) {
  Door door;
  std::promise<void> running;
  strand->Post([&] {
    running.set_value();
    door.Pass();
  });
  running.get_future().wait();
  std::atomic<int> came_back = 0;
  const auto come_back = [&] {
    strand->Post([] {});
    strand->Cancel(999);
    ++came_back;
  };
  strand->Post([held = OnDestruction(come_back)] {});
  strand->PostAt(runtime->Now() + 1h, TimerKind::kWork, [held = OnDestruction(come_back)] {});
  const auto timer = strand->PostAt(runtime->Now() + 1h, TimerKind::kWork, [held = OnDestruction(come_back)] {});
  strand->Cancel(timer);
  BOOST_TEST(came_back == 1);
  auto stopped = std::async(std::launch::async, [&] { strand->Stop(); });
  door.Open();
  stopped.get();
  BOOST_TEST(came_back == 3);
}

BOOST_AUTO_TEST_CASE(a_strand_knows_its_own_thread) {
  const auto other = runtime->NewStrand("other", StrandKind::kDispatch);
  std::promise<std::pair<bool, bool>> seen;
  strand->Post([&] { seen.set_value({strand->RunsHere(), other->RunsHere()}); });
  const auto [here, there] = seen.get_future().get();
  BOOST_TEST(here);
  BOOST_TEST(!there);
  BOOST_TEST(!strand->RunsHere());
}

BOOST_AUTO_TEST_CASE(waiting_ends_when_it_is_done_or_at_the_deadline) {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::unique_lock<std::mutex> lock(mutex);
  const TimePoint deadline = runtime->Now() + 5ms;
  BOOST_TEST(!runtime->Wait(lock, changed, deadline, [&] { return done; }));
  BOOST_TEST((runtime->Now() >= deadline));
  BOOST_TEST(lock.owns_lock());
  BOOST_TEST(!runtime->Wait(lock, changed, deadline, [&] { return done; }));
  for (const TimePoint far : {runtime->Now() + 1h, TimePoint::max()}) {
    done = false;
    strand->Post([&] {
      const std::lock_guard<std::mutex> guard(mutex);
      done = true;
      changed.notify_all();
    });
    BOOST_TEST(runtime->Wait(lock, changed, far, [&] { return done; }));
  }
}

BOOST_AUTO_TEST_CASE(random_numbers_differ_between_runtimes) {
  BOOST_TEST((runtime->Random() != runtime->Random()));
  BOOST_TEST((runtime->Random() != ThreadedRuntime()->Random()));
}

BOOST_AUTO_TEST_CASE(the_wall_clock_is_the_systems) {
  const auto before = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const Timestamp now = runtime->WallClock();
  // The system's clock may be set at any moment, so only a wide window is certain.
  BOOST_TEST((now > before - 1h));
  BOOST_TEST((now < before + 1h));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
