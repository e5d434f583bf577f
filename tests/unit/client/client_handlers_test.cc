// Where handlers run, and what the client tells of itself.

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "client/executor_strand.h"
#include "tests/unit/client/client_world.h"
#include "tests/unit/client/temporary_folder.h"

namespace gapless {
namespace {

using namespace std::chrono_literals;
using internal::ExecutorStrand;
using test::CodeOf;
using test::kChannel;
using test::Peer;
using test::Reader;
using test::Run;
using test::Words;
using test::World;

const Draft kDraft{.aspect = "data", .payload = "1"};

/// An executor that runs what it was given when the test says so.
struct ManualExecutor {
  std::vector<std::function<void()>> given;

  Executor Get() {
    return [this](std::function<void()> run) { given.push_back(std::move(run)); };
  }
  void RunAll() {
    while (!given.empty()) {
      for (const auto& run : std::exchange(given, {})) run();
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(client_handlers, World)

BOOST_AUTO_TEST_CASE(R1_handlers_run_where_the_users_executor_runs_them) {
  ManualExecutor executor;
  Peer publisher(*this, "p");
  Peer subscriber(*this, "s", [&](ClientOptions& options) { options.executor = executor.Get(); });
  publisher.client->Connect();
  subscriber.client->Connect();
  Reader reader(subscriber);
  Settle();
  publisher.Publish(1, 200);
  Settle();
  BOOST_TEST(reader.words.empty());
  BOOST_TEST(subscriber.client->Stats().queued == 200U);
  executor.RunAll();
  GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 1, 200)));
  BOOST_TEST(subscriber.client->Stats().queued == 0U);
}

BOOST_AUTO_TEST_CASE(R1_handlers_run_inside_poll_on_the_thread_that_calls_it) {
  Peer publisher(*this, "p");
  Peer subscriber(*this, "s", [](ClientOptions& options) { options.poll_handlers = true; });
  publisher.client->Connect();
  subscriber.client->Connect();
  Reader reader(subscriber);
  Settle();
  while (subscriber.client->Poll()) {
  }
  publisher.Publish(1, 3);
  Settle();
  BOOST_TEST(reader.words.empty());
  BOOST_TEST(subscriber.client->Poll());
  GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 1, 3)));
  while (subscriber.client->Poll()) {
  }
  BOOST_TEST(!subscriber.client->Poll());
  BOOST_TEST(CodeOf([&] { publisher.client->Poll(); }) == Errc::kInvalidState);
}

BOOST_AUTO_TEST_CASE(L3_a_polled_handler_may_publish_unsubscribe_and_close) {
  Peer publisher(*this, "p");
  Peer subscriber(*this, "s", [](ClientOptions& options) { options.poll_handlers = true; });
  publisher.client->Connect();
  subscriber.client->Connect();
  std::vector<std::int64_t> published;
  Subscription subscription = subscriber.client->Subscribe(kChannel);
  subscription.OnEnvelope([&](const Envelope&) {
    published.push_back(subscriber.client->Publish("public:app.answer", kDraft).sequence);
    subscription.Unsubscribe();
    subscriber.client->Close();
  });
  Settle();
  publisher.Publish(1, 3);
  Settle();
  while (subscriber.client->Poll()) Settle();
  BOOST_TEST(published == std::vector<std::int64_t>{1}, boost::test_tools::per_element());
  BOOST_TEST(subscriber.client->State() == ConnectionState::kClosed);
}

BOOST_AUTO_TEST_CASE(L4_a_client_ends_although_its_executor_never_ran_anything) {
  ManualExecutor executor;
  {
    Peer publisher(*this, "p");
    Peer subscriber(*this, "s", [&](ClientOptions& options) { options.executor = executor.Get(); });
    publisher.client->Connect();
    subscriber.client->Connect();
    Reader reader(subscriber);
    Settle();
    publisher.Publish(1, 3);
    Settle();
  }
  // What it still holds does no harm.
  executor.RunAll();
}

BOOST_AUTO_TEST_CASE(handlers_run_in_one_place) {
  const auto both = [&] {
    Peer(*this, "s", [](ClientOptions& options) {
      options.executor = [](const std::function<void()>&) {};
      options.poll_handlers = true;
    });
  };
  BOOST_TEST(CodeOf(both) == Errc::kInvalidArgument);
}

BOOST_AUTO_TEST_CASE(an_executor_that_throws_is_reported_and_used_again) {
  int thrown = 0;
  ManualExecutor executor;
  std::vector<Error> errors;
  const auto strand = std::make_shared<ExecutorStrand>(
      [&](std::function<void()> run) {
        if (thrown++ == 0) throw std::runtime_error("no thread left");
        executor.given.push_back(std::move(run));
      },
      runtime->NewStrand("timers", StrandKind::kSession), [&](const Error& error) { errors.push_back(error); });
  std::string ran;
  strand->Post([&] { ran += "a"; });
  BOOST_REQUIRE(errors.size() == 1U);
  BOOST_TEST(std::string(errors[0].what()).find("no thread left") != std::string::npos);
  strand->Post([&] { ran += "b"; });
  executor.RunAll();
  BOOST_TEST(ran == "ab");
  strand->Stop();
}

BOOST_AUTO_TEST_CASE(an_executors_timers_post_to_it) {
  ManualExecutor executor;
  const auto strand = std::make_shared<ExecutorStrand>(
      executor.Get(), runtime->NewStrand("timers", StrandKind::kSession), [](const Error&) {});
  std::string ran;
  strand->PostAt(runtime->Now() + 5s, TimerKind::kDeadline, [&] { ran += "late"; });
  const auto cancelled = strand->PostAt(runtime->Now() + 1s, TimerKind::kDeadline, [&] { ran += "never"; });
  strand->Cancel(cancelled);
  runtime->AdvanceTime(4s);
  executor.RunAll();
  BOOST_TEST(ran.empty());
  runtime->AdvanceTime(1s);
  executor.RunAll();
  BOOST_TEST(ran == "late");
  strand->Stop();
  strand->Post([&] { ran = "after the end"; });
  executor.RunAll();
  BOOST_TEST(ran == "late");
}

BOOST_AUTO_TEST_CASE(R1_an_executor_with_many_threads_runs_one_handler_at_a_time) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  const auto strand = std::make_shared<ExecutorStrand>(
      [&](std::function<void()> run) {
        const std::lock_guard<std::mutex> lock(mutex);
        threads.emplace_back(std::move(run));
      },
      runtime->NewStrand("timers", StrandKind::kSession), [](const Error&) {});
  // Not guarded by anything but the strand: ThreadSanitizer looks.
  std::vector<int> order;
  for (int n = 0; n < 1'000; ++n) strand->Post([&order, n] { order.push_back(n); });
  std::promise<void> done;
  strand->Post([&] { done.set_value(); });
  done.get_future().wait();
  strand->Stop();
  const std::lock_guard<std::mutex> lock(mutex);
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(order.size() == 1'000U);
  BOOST_TEST(std::is_sorted(order.begin(), order.end()));
}

BOOST_AUTO_TEST_CASE(P5_stats_tell_what_waits_and_for_how_long) {
  Peer peer(*this, "p");
  peer.client->Enqueue(kChannel, kDraft);
  runtime->AdvanceTime(3s);
  peer.client->Enqueue(kChannel, kDraft);
  runtime->AdvanceTime(1s);
  Stats stats = peer.client->Stats();
  BOOST_TEST(stats.unacknowledged == 2U);
  BOOST_TEST(stats.in_flight == 0U);
  BOOST_TEST((stats.oldest_unacknowledged == 4s));
  BOOST_TEST(!stats.last_error.has_value());
  peer.client->Connect();
  Settle();
  stats = peer.client->Stats();
  BOOST_TEST(stats.unacknowledged == 0U);
  BOOST_TEST((stats.oldest_unacknowledged == 0s));
  peer.transport->LoseAcknowledgements(1);
  peer.client->Enqueue(kChannel, kDraft);
  Settle();
  BOOST_TEST(peer.client->Stats().in_flight == 1U);
  peer.transport->Disconnect();
  Settle();
  stats = peer.client->Stats();
  BOOST_REQUIRE(stats.last_error.has_value());
  BOOST_TEST(stats.last_error->errc() == Errc::kConnectionLost);
}

BOOST_AUTO_TEST_CASE(the_log_tells_what_happens_from_its_level_on) {
  Words all;
  Words important;
  const auto log_into = [](Words& words, LogLevel level) {
    return [&words, level](ClientOptions& options) {
      options.log = [&words](LogLevel of, std::string_view message) {
        words.push_back(std::to_string(static_cast<int>(of)) + " " + std::string(message.substr(0, 10)));
      };
      options.log_level = level;
    };
  };
  Peer talkative(*this, "p", log_into(all, LogLevel::kDebug));
  Peer quiet(*this, "q", log_into(important, LogLevel::kWarning));
  for (Peer* peer : {&talkative, &quiet}) {
    peer->client->Connect();
    Settle();
    peer->Publish(1, 1);
    peer->transport->Disconnect();
    Settle();
  }
  const auto count = [](const Words& words, const std::string& what) {
    return std::count_if(words.begin(), words.end(), [&](const std::string& word) { return word.starts_with(what); });
  };
  BOOST_TEST(count(all, "1 connected") == 2);
  BOOST_TEST(count(all, "0 sends") >= 1);
  BOOST_TEST(count(all, "2 ") == 1);
  BOOST_TEST(count(important, "2 ") == 1);
  BOOST_TEST(important.size() == 1U);
}

BOOST_AUTO_TEST_CASE(L3_R3_polling_inside_a_transaction_waits_for_nothing_and_begins_behind_it) {
  test::TemporaryFolder folder;
  Peer publisher(*this, "p");
  publisher.client->Connect();
  Peer subscriber(*this, "s", [&](ClientOptions& options) {
    options.poll_handlers = true;
    options.snapshotter = SqliteSnapshotter::Open(folder / "state.db");
  });
  subscriber.client->Connect();
  Reader reader(subscriber);
  Settle();
  publisher.Publish(1, 2);
  Settle();
  subscriber.client->Transact([&](Transaction&) { subscriber.client->Poll(); });
  GAPLESS_TEST_WORDS(reader.Take(), {});
  runtime->AdvanceTime(1s);
  subscriber.client->Poll();
  GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 1, 2)));
}

BOOST_AUTO_TEST_CASE(L2_handlers_that_hold_their_own_subscription_go_when_it_ends) {
  Peer peer(*this, "p");
  const auto token = std::make_shared<int>(0);
  const auto subscribe = [&](const std::string& channel) {
    return peer.client->Subscribe(
        channel, {}, [token](Subscription& setup) { setup.OnEnvelope([token, handle = setup](const Envelope&) {}); });
  };
  Subscription first = subscribe(kChannel);
  const Subscription second = subscribe("public:app.other");
  BOOST_TEST(token.use_count() == 3);
  first.Unsubscribe();
  BOOST_TEST(token.use_count() == 2);
  peer.client->Close();
  BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(L2_a_handler_that_does_not_return_is_told_of_again_and_again) {
  Words warnings;
  Peer peer(*this, "p", [&](ClientOptions& options) {
    options.handler_patience = std::chrono::seconds(10);
    options.log_level = LogLevel::kWarning;
    options.log = [&](LogLevel, std::string_view message) { warnings.emplace_back(message.substr(0, 36)); };
  });
  peer.client->Connect();
  Peer idle(*this, "q");
  std::chrono::milliseconds busy{0};
  Subscription subscription = peer.client->Subscribe(kChannel, {}, [&](Subscription& setup) {
    setup.OnEnvelope([&](const Envelope&) {
      BOOST_TEST(!idle.client->WaitUntilConnected(std::chrono::seconds(25)));
      busy = peer.client->Stats().handler_busy;
    });
  });
  Settle();
  peer.client->Enqueue(kChannel, Draft{.aspect = "a"});
  Settle();
  BOOST_TEST(busy.count() == 25'000);
  GAPLESS_TEST_WORDS(warnings, {"a handler has not returned for 10000", "a handler has not returned for 20000"});
  // It returned; nothing more is told, and the next one is looked after again.
  runtime->AdvanceTime(std::chrono::minutes(1));
  BOOST_TEST(peer.client->Stats().handler_busy.count() == 0);
  BOOST_TEST(warnings.size() == 2U);
  peer.client->Enqueue(kChannel, Draft{.aspect = "a"});
  Settle();
  BOOST_TEST(warnings.size() == 4U);
}

BOOST_AUTO_TEST_CASE(R5_errors_need_no_handler_of_envelopes_while_no_envelope_waits_before_them) {
  Peer subscriber(*this, "s");
  subscriber.client->Connect();
  int errors = 0;
  Words words;
  Subscription subscription = subscriber.client->Subscribe(
      kChannel, {}, [&](Subscription& setup) { setup.OnError([&](const Error&) { ++errors; }); });
  Settle();
  hub->Publish(kChannel, "{}");
  Settle();
  BOOST_TEST(errors == 1);
  hub->Publish(kChannel, EncodeEnvelope(test::MakeEnvelope(1)));
  hub->Publish(kChannel, "{}");
  Settle();
  BOOST_TEST(errors == 1);
  subscription.OnEnvelope([&](const Envelope& envelope) { words.push_back(test::Word(envelope)); });
  Settle();
  BOOST_TEST(errors == 2);
  GAPLESS_TEST_WORDS(words, {"p1"});
}

BOOST_AUTO_TEST_CASE(R5_a_log_that_throws_disturbs_nothing_and_is_counted) {
  Peer peer(*this, "p", [](ClientOptions& options) {
    options.log = [](LogLevel, std::string_view) { throw std::runtime_error("disk full"); };
  });
  peer.client->Connect();
  peer.Publish(1, 2);
  BOOST_TEST(peer.client->Stats().handler_errors >= 2U);
  BOOST_TEST(peer.client->Stats().acknowledged == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
