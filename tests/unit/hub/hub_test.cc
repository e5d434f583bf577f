#include "gapless/hub.h"

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gapless/error.h"
#include "gapless/runtime.h"
#include "hub/core.h"

namespace {

using namespace gapless;
using namespace std::chrono_literals;

// Keeps what it is given, as a transport's mailbox does.
class Mailbox : public HubClient {
 public:
  void OnPresence(const std::string& channel, bool joined, const gapless::Presence& member) override {
    const std::lock_guard lock(mutex_);
    presence_.push_back(channel + (joined ? " +" : " -") + member.user_id);
  }
  void OnPublication(const std::string& channel, const std::shared_ptr<const Publication>& publication) override {
    const std::lock_guard lock(mutex_);
    received_.emplace_back(channel, publication);
  }
  std::vector<std::pair<std::string, std::shared_ptr<const Publication>>> Received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  std::vector<std::string> Presence() const {
    const std::lock_guard lock(mutex_);
    return presence_;
  }
  std::vector<std::string> Data() const {
    std::vector<std::string> data;
    for (const auto& [channel, publication] : Received()) data.push_back(publication->data);
    return data;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, std::shared_ptr<const Publication>>> received_;
  std::vector<std::string> presence_;
};

struct Member {
  explicit Member(Hub& hub, std::string user = "u")
      : mailbox(std::make_shared<Mailbox>()), id(hub.core()->Connect(mailbox, std::move(user))) {}
  std::shared_ptr<Mailbox> mailbox;
  std::string id;
};

bool HasServerCode(const Error& error, std::uint32_t code) { return error.server_code() == code; }

std::vector<std::string> DataOf(const std::vector<Publication>& publications) {
  std::vector<std::string> data;
  for (const Publication& publication : publications) data.push_back(publication.data);
  return data;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hub_core)

BOOST_AUTO_TEST_CASE(a_publication_reaches_every_subscriber_once_and_the_history) {
  Hub hub;
  Member one(hub), two(hub), elsewhere(hub);
  hub.core()->Subscribe(one.id, "c", {});
  hub.core()->Subscribe(two.id, "c", {});
  hub.core()->Subscribe(elsewhere.id, "d", {});
  const Position position = hub.Publish("c", "1");
  BOOST_TEST((position == hub.Top("c")));
  BOOST_TEST(position.offset == 1U);
  BOOST_TEST((one.mailbox->Data() == std::vector<std::string>{"1"}));
  BOOST_TEST((two.mailbox->Data() == std::vector<std::string>{"1"}));
  BOOST_TEST(elsewhere.mailbox->Data().empty());
  BOOST_TEST((DataOf(hub.History("c")) == std::vector<std::string>{"1"}));
}

BOOST_AUTO_TEST_CASE(subscribing_draws_one_line_between_the_reply_and_what_comes_later) {
  Hub hub;
  Member member(hub);
  const Position before = hub.Publish("c", "1");
  hub.Publish("c", "2");
  const SubscribeReply reply = hub.core()->Subscribe(member.id, "c", before);
  hub.Publish("c", "3");
  BOOST_TEST(reply.recoverable);
  BOOST_TEST((reply.recovery == Recovery::kRecovered));
  BOOST_TEST((reply.position == before));
  BOOST_TEST((DataOf(reply.publications) == std::vector<std::string>{"2"}));
  BOOST_TEST((member.mailbox->Data() == std::vector<std::string>{"3"}));
}

BOOST_AUTO_TEST_CASE(what_became_of_the_wish_to_recover) {
  Hub hub;
  Member member(hub);
  const Position top = hub.Publish("c", "1");
  struct Case {
    std::optional<Position> recover;
    Recovery recovery;
    std::uint64_t offset;
  };
  const Case cases[] = {{{}, Recovery::kNotAsked, 1},
                        {top, Recovery::kRecovered, 1},
                        {Position{0, ""}, Recovery::kRecovered, 0},
                        {Position{1, "other"}, Recovery::kNotRecovered, 1},
                        {Position{2, top.epoch}, Recovery::kNotRecovered, 1}};
  for (const Case& one : cases) {
    const SubscribeReply reply = hub.core()->Subscribe(member.id, "c", one.recover);
    BOOST_TEST((reply.recovery == one.recovery));
    BOOST_TEST((reply.position == Position{one.offset, top.epoch}));
    BOOST_TEST(hub.core()->Unsubscribe(member.id, "c"));
  }
}

BOOST_AUTO_TEST_CASE(S6_an_unrecovered_subscription_is_not_made_if_the_client_wants_none) {
  Hub hub;
  Member member(hub);
  const Position top = hub.Publish("c", "1");
  BOOST_CHECK_EXCEPTION(hub.core()->Subscribe(member.id, "c", Position{7, top.epoch}, true), Error,
                        [](const Error& error) { return HasServerCode(error, 112); });
  BOOST_TEST(hub.Presence("c").empty());
  BOOST_TEST((hub.core()->Subscribe(member.id, "c", top, true).recovery == Recovery::kRecovered));
}

BOOST_AUTO_TEST_CASE(R2_without_history_the_hub_vouches_for_nothing) {
  Hub hub({.history_size = 0});
  Member member(hub);
  BOOST_TEST((hub.Publish("c", "1") == Position{}));
  const SubscribeReply reply = hub.core()->Subscribe(member.id, "c", Position{0, ""});
  BOOST_TEST(!reply.recoverable);
  BOOST_TEST((reply.recovery == Recovery::kNotRecovered));
  BOOST_TEST((reply.position == Position{}));
  hub.Publish("c", "2");
  BOOST_TEST(member.mailbox->Received().at(0).second->offset == 0U);
  BOOST_TEST(hub.History("c").empty());
  BOOST_TEST((hub.Top("c") == Position{}));
}

BOOST_AUTO_TEST_CASE(S5_a_channel_is_held_at_most_once) {
  Hub hub;
  Member member(hub);
  hub.core()->Subscribe(member.id, "c", {});
  BOOST_CHECK_EXCEPTION(hub.core()->Subscribe(member.id, "c", {}), Error, [](const Error& error) {
    return HasServerCode(error, 105) && error.errc() == Errc::kAlreadySubscribed && error.channel() == "c";
  });
  BOOST_TEST(hub.core()->Unsubscribe(member.id, "c"));
  BOOST_TEST(!hub.core()->Unsubscribe(member.id, "c"));
  BOOST_CHECK_NO_THROW(hub.core()->Subscribe(member.id, "c", {}));
}

BOOST_AUTO_TEST_CASE(L2_one_client_cannot_make_the_hub_remember_without_bound) {
  constexpr int kMost = 100'000;
  Hub hub({.history_size = 0});
  Member member(hub);
  for (int i = 0; i < kMost; ++i) hub.core()->Subscribe(member.id, std::to_string(i), {});
  BOOST_CHECK_EXCEPTION(hub.core()->Subscribe(member.id, "c", {}), Error,
                        [](const Error& error) { return HasServerCode(error, 106); });
  hub.core()->Unsubscribe(member.id, "0");
  BOOST_CHECK_NO_THROW(hub.core()->Subscribe(member.id, "c", {}));
}

BOOST_AUTO_TEST_CASE(channel_names_are_checked_wherever_one_is_used) {
  Hub hub;
  Member member(hub);
  for (const std::string& name : {std::string(), std::string(256, 'c'), std::string("caf\xC3\xA9")}) {
    const auto refused = [](const Error& error) { return HasServerCode(error, 107); };
    BOOST_CHECK_EXCEPTION(hub.core()->Subscribe(member.id, name, {}), Error, refused);
    BOOST_CHECK_EXCEPTION(hub.Publish(name, "1"), Error, refused);
    BOOST_CHECK_EXCEPTION((void)hub.core()->History({.channel = name, .limit = 0, .since = {}, .reverse = false}),
                          Error, refused);
    BOOST_CHECK_EXCEPTION((void)hub.Presence(name), Error, refused);
  }
  BOOST_CHECK_NO_THROW(hub.Publish(std::string(255, 'c'), "1"));
}

BOOST_AUTO_TEST_CASE(S8_presence_lists_members_in_order_and_a_disconnect_ends_them_all) {
  Hub hub;
  Member one(hub, "ada"), two(hub, "ada"), three(hub, "bob");
  for (const Member* member : {&one, &two, &three}) hub.core()->Subscribe(member->id, "c", {});
  hub.core()->Subscribe(one.id, "d", {});
  BOOST_TEST(
      (hub.Presence("c") == std::vector<Presence>{{one.id, "ada", ""}, {two.id, "ada", ""}, {three.id, "bob", ""}}));
  BOOST_TEST((hub.core()->Stats("c") == PresenceStats{3, 2}));
  hub.core()->Disconnect(one.id);
  hub.core()->Disconnect(one.id);
  BOOST_TEST((hub.core()->Subscribers("c") == std::vector<std::string>{two.id, three.id}));
  BOOST_TEST(hub.Presence("d").empty());
  BOOST_CHECK_EXCEPTION(hub.core()->Subscribe(one.id, "c", {}), Error,
                        [](const Error& error) { return error.errc() == Errc::kInvalidState; });
}

BOOST_AUTO_TEST_CASE(a_client_that_vanished_without_a_word_is_forgotten_at_the_next_publication) {
  Hub hub;
  auto mailbox = std::make_shared<Mailbox>();
  const std::string id = hub.core()->Connect(mailbox, "u");
  hub.core()->Subscribe(id, "c", {});
  mailbox.reset();
  hub.Publish("c", "1");
  BOOST_TEST(hub.Presence("c").empty());
}

BOOST_AUTO_TEST_CASE(a_client_that_dies_during_fan_out_may_call_the_hub) {
  struct Dying : HubClient {
    explicit Dying(std::shared_ptr<Hub::Core> the_core) : core(std::move(the_core)) {}
    ~Dying() override { core->Disconnect(id); }
    void OnPublication(const std::string&, const std::shared_ptr<const Publication>&) override { self.reset(); }
    void OnPresence(const std::string&, bool, const Presence&) override { self.reset(); }
    std::shared_ptr<Hub::Core> core;
    std::string id;
    std::shared_ptr<Dying> self;
  };
  Hub hub;
  auto dying = std::make_shared<Dying>(hub.core());
  dying->id = hub.core()->Connect(dying, "u");
  hub.core()->Subscribe(dying->id, "c", {});
  dying->self = dying;
  dying.reset();
  hub.Publish("c", "1");
  BOOST_TEST(hub.Presence("c").empty());
}

BOOST_AUTO_TEST_CASE(client_ids_differ) {
  Hub hub;
  std::vector<std::string> ids;
  for (int i = 0; i < 1'000; ++i) ids.push_back(Member(hub).id);
  std::sort(ids.begin(), ids.end());
  BOOST_TEST((std::adjacent_find(ids.begin(), ids.end()) == ids.end()));
  BOOST_TEST(ids.front().size() == 36U);
}

BOOST_AUTO_TEST_CASE(S12_dropping_history_keeps_the_position_and_forgetting_the_channel_does_not) {
  Hub hub;
  hub.Publish("c", "1");
  const Position top = hub.Publish("c", "2");
  hub.DropHistory("c");
  BOOST_TEST(hub.History("c").empty());
  BOOST_TEST((hub.Top("c") == top));
  hub.ForgetChannel("c");
  BOOST_TEST(hub.Top("c").offset == 0U);
  BOOST_TEST(hub.Top("c").epoch != top.epoch);
  BOOST_TEST(hub.Publish("c", "3").offset == 1U);
}

BOOST_AUTO_TEST_CASE(history_ages_by_the_clock_it_was_given) {
  auto runtime = std::make_shared<ManualRuntime>();
  Hub hub({.history_ttl = 10s}, runtime);
  hub.Publish("c", "1");
  runtime->AdvanceTime(6s);
  const Position top = hub.Publish("c", "2");
  BOOST_TEST((DataOf(hub.History("c")) == std::vector<std::string>{"1", "2"}));
  runtime->AdvanceTime(6s);
  BOOST_TEST((DataOf(hub.History("c")) == std::vector<std::string>{"2"}));
  runtime->AdvanceTime(6s);
  BOOST_TEST(hub.History("c").empty());
  BOOST_TEST((hub.Top("c") == top));
}

BOOST_AUTO_TEST_CASE(options_that_cannot_work_are_refused) {
  const auto refused = [](const Error& error) { return error.errc() == Errc::kInvalidArgument; };
  BOOST_CHECK_EXCEPTION(Hub({.history_page = 0}), Error, refused);
  BOOST_CHECK_EXCEPTION(Hub({.history_ttl = -1ms}), Error, refused);
  Hub longest({.history_ttl = std::chrono::milliseconds::max()});
  longest.Publish("c", "1");
  BOOST_TEST(longest.History("c").size() == 1U);
}

BOOST_AUTO_TEST_CASE(D35_a_replay_is_as_long_as_the_page_allows_and_no_live_queue_limits_it) {
  Hub hub({.history_page = 5'000});
  for (int i = 1; i <= 5'000; ++i) hub.Publish("c", std::to_string(i));
  Member member(hub);
  const SubscribeReply reply = hub.core()->Subscribe(member.id, "c", Position{0, ""});
  BOOST_TEST((reply.recovery == Recovery::kRecovered));
  BOOST_TEST_REQUIRE(reply.publications.size() == 5'000U);
  BOOST_TEST(reply.publications.back().data == "5000");
}

BOOST_AUTO_TEST_CASE(D36_concurrent_publishes_have_one_order_for_history_and_every_subscriber) {
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  Hub hub;
  Member one(hub), two(hub);
  hub.core()->Subscribe(one.id, "c", {});
  hub.core()->Subscribe(two.id, "c", {});
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&hub, t] {
      for (int i = 0; i < kEach; ++i) hub.Publish("c", std::to_string(t * kEach + i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::string> history = DataOf(hub.History("c"));
  BOOST_TEST(history.size() == static_cast<std::size_t>(kThreads * kEach));
  BOOST_TEST((one.mailbox->Data() == history));
  BOOST_TEST((two.mailbox->Data() == history));
}

BOOST_AUTO_TEST_CASE(D38_subscribers_share_one_publication_that_the_publishers_buffer_cannot_change) {
  Hub hub;
  Member one(hub), two(hub);
  hub.core()->Subscribe(one.id, "c", {});
  hub.core()->Subscribe(two.id, "c", {});
  std::string buffer = "before";
  hub.Publish("c", buffer);
  buffer = "after!";
  BOOST_TEST(one.mailbox->Received().at(0).second->data == "before");
  BOOST_TEST((one.mailbox->Received().at(0).second == two.mailbox->Received().at(0).second));
  BOOST_TEST(hub.History("c").at(0).data == "before");
}

BOOST_AUTO_TEST_CASE(S12_a_channel_skips_forward_to_any_offset_and_never_back) {
  constexpr std::uint64_t kFar = (std::uint64_t{1} << 60) + 1;
  Hub hub;
  hub.Publish("c", "before");
  const std::string epoch = hub.Top("c").epoch;
  hub.SkipTo("c", kFar);
  BOOST_CHECK(hub.Top("c") == (Position{kFar, epoch}));
  BOOST_TEST(hub.History("c").empty());
  BOOST_TEST(hub.Publish("c", "after").offset == kFar + 1);
  const auto refused = [](const Error& error) { return error.errc() == Errc::kInvalidArgument; };
  BOOST_CHECK_EXCEPTION(hub.SkipTo("c", kFar), Error, refused);
  BOOST_CHECK_EXCEPTION(Hub({.history_size = 0}).SkipTo("c", 1), Error, refused);
}

BOOST_AUTO_TEST_CASE(subscribers_come_and_go_while_others_publish_and_none_sees_a_hole) {
  constexpr int kRounds = 200;
  Hub hub({.history_size = 10'000'000, .history_page = 10'000'000});
  std::atomic<bool> done{false};
  std::thread publisher([&] {
    while (!done) hub.Publish("c", "x");
  });
  std::optional<Position> position;
  std::vector<std::uint64_t> offsets;
  bool all_recovered = true;
  for (int round = 0; round < kRounds; ++round) {
    Member member(hub);
    const SubscribeReply reply = hub.core()->Subscribe(member.id, "c", position);
    if (position) all_recovered = all_recovered && reply.recovery == Recovery::kRecovered;
    std::uint64_t last = reply.position.offset;
    for (const Publication& publication : reply.publications) offsets.push_back(last = publication.offset);
    hub.core()->Unsubscribe(member.id, "c");
    for (const auto& [channel, publication] : member.mailbox->Received()) offsets.push_back(last = publication->offset);
    position = Position{last, reply.position.epoch};
  }
  done = true;
  publisher.join();
  BOOST_TEST(all_recovered);
  for (std::size_t i = 1; i < offsets.size(); ++i) BOOST_TEST_REQUIRE(offsets[i] == offsets[i - 1] + 1);
}

BOOST_AUTO_TEST_SUITE_END()
