#include "snapshot/commit_queue.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/snapshot/fixtures.h"

namespace gapless::internal {
namespace {

using test::Produced;

void WaitFor(const CommitQueue& queue, std::size_t waiting) {
  while (queue.Waiting() < waiting) std::this_thread::yield();
}

/// Saves from as many threads as there are changes, one after the other queued behind a leader that is held up until
/// all of them wait; then how they were grouped.
struct HeldUp {
  std::vector<std::size_t> groups;
  std::vector<std::optional<Errc>> outcomes;

  HeldUp(const std::vector<Changes>& saves, const std::function<void(std::size_t)>& on_group) : outcomes(saves.size()) {
    std::atomic<bool> leads{false};
    std::atomic<bool> all_wait{false};
    CommitQueue queue([&](const CommitQueue::Group& group) {
      leads = true;
      while (!all_wait) std::this_thread::yield();
      groups.push_back(group.size());
      on_group(groups.size());
    });
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < saves.size(); ++i) {
      threads.emplace_back([&, i] { outcomes[i] = test::ErrcOf([&] { queue.Save(saves[i]); }); });
      // In order: the first leads, each of the others stands behind the one before.
      while (!leads) std::this_thread::yield();
      WaitFor(queue, i);
    }
    all_wait = true;
    for (std::thread& thread : threads) thread.join();
  }
};

BOOST_AUTO_TEST_SUITE(commit_queue)

BOOST_AUTO_TEST_CASE(those_who_wait_share_one_commit) {
  const HeldUp run(std::vector<Changes>(9, Produced("public:app.a", 1)), [](std::size_t) {});
  BOOST_TEST(run.groups == (std::vector<std::size_t>{1, 8}), boost::test_tools::per_element());
  for (const auto& outcome : run.outcomes) BOOST_TEST(!outcome.has_value());
}

BOOST_AUTO_TEST_CASE(a_failed_commit_fails_all_it_carried_and_no_others) {
  const HeldUp run(std::vector<Changes>(5, Produced("public:app.a", 1)), [](std::size_t group) {
    if (group == 2) throw Error(Errc::kStateNotWritable, "full");
  });
  BOOST_TEST(!run.outcomes[0].has_value());
  for (std::size_t i = 1; i < run.outcomes.size(); ++i) {
    BOOST_TEST((run.outcomes[i] == Errc::kStateNotWritable));
  }
}

BOOST_AUTO_TEST_CASE(a_group_is_bounded_in_bytes) {
  Changes large;
  large.outbox_added.push_back(test::Entry("public:app.a", 1, std::string(std::size_t{9} << 20, 'x')));
  const HeldUp run(std::vector<Changes>(4, large), [](std::size_t) {});
  BOOST_TEST(run.groups == (std::vector<std::size_t>{1, 1, 1, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_unforeseen_exception_becomes_an_error_and_frees_the_queue) {
  bool fails = true;
  CommitQueue queue([&](const CommitQueue::Group&) {
    if (fails) throw std::runtime_error("surprise");
  });
  EXPECT_ERROR(queue.Save(Produced("public:app.a", 1)), Errc::kInternal);
  fails = false;
  queue.Save(Produced("public:app.a", 1));
}

BOOST_AUTO_TEST_CASE(alone_runs_without_company_and_in_its_turn) {
  std::vector<std::string> order;
  CommitQueue queue(
      [&](const CommitQueue::Group& group) { order.push_back("group of " + std::to_string(group.size())); });
  std::thread saver;
  std::thread second;
  queue.Alone([&] {
    saver = std::thread([&] { queue.Save(Produced("public:app.a", 1)); });
    WaitFor(queue, 1);
    second = std::thread([&] { queue.Alone([&] { order.emplace_back("second"); }); });
    WaitFor(queue, 2);
    order.emplace_back("first");
  });
  saver.join();
  second.join();
  BOOST_TEST(order == (std::vector<std::string>{"first", "group of 1", "second"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_call_from_inside_is_refused_instead_of_waiting_for_itself) {
  CommitQueue queue([](const CommitQueue::Group&) {});
  std::optional<Errc> save;
  std::optional<Errc> alone;
  queue.Alone([&] {
    save = test::ErrcOf([&] { queue.Save(Produced("public:app.a", 1)); });
    alone = test::ErrcOf([&] { queue.Alone([] {}); });
  });
  BOOST_TEST((save == Errc::kInvalidState));
  BOOST_TEST((alone == Errc::kInvalidState));
  queue.Save(Produced("public:app.a", 1));
}

BOOST_AUTO_TEST_CASE(what_alone_throws_goes_on_and_the_queue_lives) {
  CommitQueue queue([](const CommitQueue::Group&) {});
  BOOST_CHECK_THROW(queue.Alone([] { throw std::logic_error("mine"); }), std::logic_error);
  queue.Save(Produced("public:app.a", 1));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::internal
