#include <boost/test/unit_test.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "gapless/runtime.h"

namespace gapless {
namespace {

using namespace std::chrono_literals;

struct Fixture {
  ManualRuntime runtime;
  std::shared_ptr<Strand> session = runtime.NewStrand("session", StrandKind::kSession);
  std::shared_ptr<Strand> dispatch = runtime.NewStrand("dispatch", StrandKind::kDispatch);
  /// What ran, in order.
  std::string log;
  std::mutex mutex;
  std::condition_variable changed;

  std::function<void()> Log(const std::string& word) {
    return [this, word] { log += word; };
  }
  bool Wait(Duration span, const std::function<bool()>& done) {
    std::unique_lock<std::mutex> lock(mutex);
    return runtime.Wait(lock, changed, runtime.Now() + span, done);
  }
  bool WaitForEver(const std::function<bool()>& done) {
    std::unique_lock<std::mutex> lock(mutex);
    return runtime.Wait(lock, changed, TimePoint::max(), done);
  }
};

/// Calls `call` when the last copy of it goes.
std::shared_ptr<void> OnDestruction(std::function<void()> call) {
  return {nullptr, [call = std::move(call)](void*) { call(); }};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(manual_runtime, Fixture)

BOOST_AUTO_TEST_CASE(tasks_run_in_the_order_posted_whatever_their_strand) {
  session->Post(Log("1"));
  dispatch->Post([this] {
    log += "2";
    session->Post(Log("5"));
    log += "3";
  });
  session->Post(Log("4"));
  BOOST_TEST(log == "");
  BOOST_TEST(runtime.Settle() == 4u);
  BOOST_TEST(log == "12345");
  BOOST_TEST(runtime.Settle() == 0u);
}

BOOST_AUTO_TEST_CASE(settling_lets_time_pass_for_work_but_not_for_deadlines) {
  const TimePoint start = runtime.Now();
  session->PostAt(start + 3s, TimerKind::kWork, Log("w3 "));
  session->PostAt(start + 1s, TimerKind::kWork, Log("w1 "));
  session->PostAt(start + 2s, TimerKind::kDeadline, Log("d2 "));
  session->PostAt(start + 4s, TimerKind::kDeadline, Log("d4 "));
  runtime.Settle();
  // A deadline on the way to later work passes, one behind it does not.
  BOOST_TEST(log == "w1 d2 w3 ");
  BOOST_TEST((runtime.Now() == start + 3s));
  runtime.Settle();
  BOOST_TEST(log == "w1 d2 w3 ");
}

BOOST_AUTO_TEST_CASE(settling_ends_at_its_horizon) {
  const TimePoint start = runtime.Now();
  std::function<void()> again = [&] {
    log += ".";
    session->PostAt(runtime.Now() + 1s, TimerKind::kWork, again);
  };
  session->Post(again);
  BOOST_TEST(runtime.Settle(10s) == 11u);
  BOOST_TEST((runtime.Now() == start + 10s));
  session->Stop();
}

BOOST_AUTO_TEST_CASE(settling_without_a_horizon_ends_when_there_is_nothing_left) {
  session->PostAt(runtime.Now() + 1000h, TimerKind::kWork, Log("x"));
  BOOST_TEST(runtime.Settle(Duration::max()) == 1u);
  BOOST_TEST(log == "x");
}

BOOST_AUTO_TEST_CASE(advancing_time_runs_all_that_becomes_due_in_the_order_of_time) {
  const TimePoint start = runtime.Now();
  session->PostAt(start + 2s, TimerKind::kDeadline, [this, start] {
    log += "2";
    BOOST_TEST((runtime.Now() == start + 2s));
    session->PostAt(start + 3s, TimerKind::kDeadline, Log("4"));
  });
  dispatch->PostAt(start + 1s, TimerKind::kWork, Log("1"));
  session->PostAt(start + 3s, TimerKind::kWork, Log("3"));
  session->PostAt(start + 3s + 1ns, TimerKind::kWork, Log("5"));
  BOOST_TEST(runtime.AdvanceTime(3s) == 4u);
  BOOST_TEST(log == "1234");
  BOOST_TEST((runtime.Now() == start + 3s));
  BOOST_TEST(runtime.AdvanceTime(Duration::max()) == 1u);
  BOOST_TEST(log == "12345");
  BOOST_TEST((runtime.Now() == TimePoint::max()));
}

BOOST_AUTO_TEST_CASE(polling_runs_what_is_there_and_no_more) {
  session->Post([this] {
    log += "1";
    session->Post(Log("2"));
  });
  session->PostAt(runtime.Now() + 1s, TimerKind::kWork, Log("3"));
  BOOST_TEST(runtime.Poll() == 1u);
  BOOST_TEST(log == "1");
  BOOST_TEST(runtime.Poll() == 1u);
  BOOST_TEST(runtime.Poll() == 0u);
  BOOST_TEST(log == "12");
}

BOOST_AUTO_TEST_CASE(a_timer_of_the_past_runs_with_what_is_queued) {
  runtime.AdvanceTime(1h);
  session->Post(Log("1"));
  BOOST_TEST(session->PostAt(runtime.Now() - 1min, TimerKind::kDeadline, Log("2")) != 0u);
  session->PostAt(runtime.Now(), TimerKind::kDeadline, Log("3"));
  session->Post(Log("4"));
  BOOST_TEST(runtime.Poll() == 4u);
  BOOST_TEST(log == "1234");
}

BOOST_AUTO_TEST_CASE(a_cancelled_timer_does_not_run) {
  const auto first = session->PostAt(runtime.Now() + 1s, TimerKind::kWork, Log("1"));
  const auto second = session->PostAt(runtime.Now() + 1s, TimerKind::kWork, Log("2"));
  BOOST_TEST(first != second);
  BOOST_TEST(first != 0u);
  session->Cancel(first);
  session->Cancel(first);
  session->Cancel(0);
  session->Cancel(12'345);
  runtime.Settle();
  BOOST_TEST(log == "2");
  session->Cancel(second);
}

BOOST_AUTO_TEST_CASE(L4_a_stopped_strand_runs_nothing_and_leaves_the_others_alone) {
  session->Post(Log("1"));
  session->PostAt(runtime.Now() + 1s, TimerKind::kWork, Log("2"));
  dispatch->Post(Log("3"));
  dispatch->PostAt(runtime.Now() + 1s, TimerKind::kWork, Log("4"));
  session->Stop();
  session->Stop();
  session->Post(Log("5"));
  BOOST_TEST(session->PostAt(runtime.Now(), TimerKind::kWork, Log("6")) != 0u);
  runtime.Settle();
  BOOST_TEST(log == "34");
}

BOOST_AUTO_TEST_CASE(L3_a_strand_may_be_stopped_by_its_own_task) {
  session->Post([this] {
    session->Stop();
    log += "1";
  });
  session->Post(Log("2"));
  runtime.Settle();
  BOOST_TEST(log == "1");
}

BOOST_AUTO_TEST_CASE(L3_what_a_dropped_task_held_may_come_back_to_the_strand) {
  session->Post([held = OnDestruction([this] { session->Post(Log("1")); })] {});
  session->PostAt(runtime.Now() + 1h, TimerKind::kWork, [held = OnDestruction([this] { session->Stop(); })] {});
  session->Stop();
  const auto timer = dispatch->PostAt(runtime.Now() + 1h, TimerKind::kWork,
                                      [held = OnDestruction([this] { dispatch->Post(Log("2")); })] {});
  dispatch->Cancel(timer);
  runtime.Settle();
  BOOST_TEST(log == "2");
}

BOOST_AUTO_TEST_CASE(a_strand_that_goes_takes_its_tasks_along) {
  session->Post(Log("1"));
  session.reset();
  BOOST_TEST(runtime.Settle() == 0u);
}

BOOST_AUTO_TEST_CASE(a_strand_knows_whether_its_task_is_under_way) {
  BOOST_TEST(!session->RunsHere());
  bool in_session = false;
  bool in_dispatch = true;
  session->Post([&] {
    in_session = session->RunsHere();
    in_dispatch = dispatch->RunsHere();
  });
  runtime.Settle();
  BOOST_TEST(in_session);
  BOOST_TEST(!in_dispatch);
  BOOST_TEST(!session->RunsHere());
}

BOOST_AUTO_TEST_CASE(inside_a_task_nothing_else_is_run_but_by_waiting) {
  std::size_t ran = 0;
  dispatch->Post([&] {
    session->Post(Log("2"));
    ran = runtime.Settle() + runtime.Poll() + runtime.AdvanceTime(1h);
    log += "1";
  });
  runtime.Settle();
  BOOST_TEST(ran == 0u);
  BOOST_TEST(log == "12");
}

BOOST_AUTO_TEST_CASE(waiting_runs_sessions_until_it_is_done) {
  bool done = false;
  session->Post(Log("1"));
  session->Post([&] { done = true; });
  session->Post(Log("2"));
  BOOST_TEST(Wait(1h, [&] { return done; }));
  BOOST_TEST(log == "1");
  runtime.Settle();
  BOOST_TEST(log == "12");
}

BOOST_AUTO_TEST_CASE(L3_a_handler_that_waits_lets_no_other_handler_start) {
  bool answered = false;
  dispatch->Post([&] {
    log += "handler ";
    session->Post([&] {
      log += "answer ";
      answered = true;
    });
    BOOST_TEST(Wait(1h, [&] { return answered; }));
    BOOST_TEST(dispatch->RunsHere());
    log += "end ";
  });
  dispatch->Post(Log("next"));
  runtime.Settle();
  BOOST_TEST(log == "handler answer end next");
}

BOOST_AUTO_TEST_CASE(a_strand_never_runs_one_task_inside_another) {
  session->Post([&] {
    session->Post(Log("2"));
    BOOST_TEST(!Wait(1s, [&] { return log == "2"; }));
    log += "1";
  });
  runtime.Settle();
  BOOST_TEST(log == "12");
}

BOOST_AUTO_TEST_CASE(waiting_moves_time_to_session_timers_and_ends_at_its_deadline) {
  const TimePoint start = runtime.Now();
  bool done = false;
  dispatch->PostAt(start + 1s, TimerKind::kWork, Log("dispatch"));
  session->PostAt(start + 2s, TimerKind::kDeadline, [&] { done = true; });
  BOOST_TEST(!Wait(1'999ms, [&] { return done; }));
  BOOST_TEST((runtime.Now() == start + 1'999ms));
  BOOST_TEST(Wait(1h, [&] { return done; }));
  BOOST_TEST((runtime.Now() == start + 2s));
  BOOST_TEST(log == "");
  runtime.Settle();
  BOOST_TEST(log == "dispatch");
}

BOOST_AUTO_TEST_CASE(L4_waiting_for_what_nothing_can_bring_ends) {
  const TimePoint start = runtime.Now();
  BOOST_TEST(!WaitForEver([] { return false; }));
  BOOST_TEST((runtime.Now() == start));
  BOOST_TEST(WaitForEver([] { return true; }));
  BOOST_TEST(!Wait(-1s, [] { return false; }));
  BOOST_TEST((runtime.Now() == start));
}

BOOST_AUTO_TEST_CASE(the_lock_is_held_where_done_is_asked_and_free_where_tasks_run) {
  bool done = false;
  bool was_free = false;
  session->Post([&] {
    was_free = mutex.try_lock();
    if (was_free) mutex.unlock();
    done = true;
  });
  std::unique_lock<std::mutex> lock(mutex);
  runtime.Wait(lock, changed, TimePoint::max(), [&] {
    BOOST_TEST(lock.owns_lock());
    return done;
  });
  BOOST_TEST(lock.owns_lock());
  BOOST_TEST(was_free);
}

BOOST_AUTO_TEST_CASE(the_wall_clock_moves_with_virtual_time) {
  ManualRuntime other(1, Timestamp{5s});
  BOOST_TEST((other.WallClock() == Timestamp{5s}));
  other.AdvanceTime(1'500ms + 999us);
  BOOST_TEST((other.WallClock() == Timestamp{6'500ms}));
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_numbers) {
  ManualRuntime one(7);
  ManualRuntime two(7);
  ManualRuntime three(8);
  std::vector<std::uint64_t> of_one, of_two, of_three;
  for (int i = 0; i < 5; ++i) {
    of_one.push_back(one.Random());
    of_two.push_back(two.Random());
    of_three.push_back(three.Random());
  }
  BOOST_TEST(of_one == of_two, boost::test_tools::per_element());
  BOOST_TEST((of_one != of_three));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
