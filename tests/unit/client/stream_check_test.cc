#include "client/stream_check.h"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/unit/client/fixtures.h"

namespace gapless::test {
namespace {

using internal::SameEnvelope;
using internal::StreamCheck;

/// The newest `limit` of a channel's publications that lie before the request's position, newest first.
HistoryReply Answer(const std::vector<Publication>& channel, const HistoryRequest& request, std::size_t limit) {
  HistoryReply reply;
  reply.top = {channel.empty() ? 0 : channel.back().offset, "e"};
  for (auto it = channel.rbegin(); it != channel.rend() && reply.publications.size() < limit; ++it) {
    if (!request.since || it->offset < request.since->offset) reply.publications.push_back(*it);
  }
  return reply;
}

/// Reads `channel` in pages of `limit`; how many it took.
int Read(StreamCheck& check, const std::vector<Publication>& channel, std::size_t limit) {
  for (int pages = 1;; ++pages) {
    if (!check.TakePage(Answer(channel, check.NextPage(), limit))) return pages;
  }
}

std::vector<Publication> Channel(const std::vector<std::int64_t>& own_sequences, std::uint64_t first_offset = 1) {
  std::vector<Publication> channel;
  for (const std::int64_t sequence : own_sequences) channel.push_back(Publish(sequence, first_offset++));
  return channel;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_check)

BOOST_AUTO_TEST_CASE(P6_the_last_sequence_is_on_the_newest_page_with_one_of_ours) {
  auto channel = Channel({1, 2, 3});
  for (std::uint64_t offset = 4; offset <= 9; ++offset) channel.push_back(Publish(100, offset, "somebody else"));
  StreamCheck check(kChannel, "p", 0, 0);
  BOOST_TEST(Read(check, channel, 2) == 4);
  BOOST_TEST(check.server_last() == 3);
}

BOOST_AUTO_TEST_CASE(P6_reads_on_until_the_oldest_of_interest) {
  StreamCheck check(kChannel, "p", 3, 0);
  Read(check, Channel({1, 2, 3, 4, 5, 6, 7, 8}), 2);
  BOOST_TEST(check.seen().begin()->first <= 3);
  BOOST_TEST(check.seen().at(5).position.offset == 5U);
  BOOST_TEST(check.server_last() == 8);
}

// The server refused 22 and 23 for the moment and took 24: they stand behind it.
BOOST_AUTO_TEST_CASE(P2_a_higher_sequence_may_be_further_back_within_what_was_in_flight) {
  const auto channel = Channel({20, 21, 24, 22, 23}, 20);
  StreamCheck hasty(kChannel, "p", 0, 0);
  Read(hasty, channel, 2);
  BOOST_TEST(hasty.server_last() == 23);
  StreamCheck check(kChannel, "p", 0, 4);
  Read(check, channel, 2);
  BOOST_TEST(check.server_last() == 24);
  BOOST_TEST(check.sure());
}

BOOST_AUTO_TEST_CASE(P2_how_far_apart_sequences_are_says_nothing_of_what_was_in_flight_with_them) {
  // 17 was refused again and again, while the others went out with it.
  const auto channel = Channel({23, 17, 21}, 20);
  StreamCheck check(kChannel, "p", 0, 4);
  Read(check, channel, 2);
  BOOST_TEST(check.server_last() == 23);
  BOOST_TEST(!check.sure());
}

BOOST_AUTO_TEST_CASE(P2_a_history_that_begins_in_the_middle_of_the_stream_is_of_a_server_that_forgot) {
  StreamCheck forgot(kChannel, "p", 0, 4);
  Read(forgot, Channel({17}), 2);
  BOOST_TEST(forgot.server_last() == 17);
  BOOST_TEST(!forgot.sure());
  StreamCheck of_others(kChannel, "p", 0, 4);
  Read(of_others, {Publish(1, 1, "somebody else")}, 2);
  BOOST_TEST(!of_others.sure());
}

BOOST_AUTO_TEST_CASE(P2_a_history_that_does_not_reach_back_over_the_window_is_not_sure) {
  StreamCheck rolled_over(kChannel, "p", 0, 4);
  Read(rolled_over, Channel({22, 23}, 20), 2);
  BOOST_TEST(rolled_over.server_last() == 23);
  BOOST_TEST(!rolled_over.sure());
  StreamCheck whole(kChannel, "p", 0, 4);
  Read(whole, Channel({1, 2}), 2);
  BOOST_TEST(whole.sure());
  StreamCheck empty(kChannel, "p", 0, 4);
  Read(empty, {}, 2);
  BOOST_TEST(!empty.sure());
}

BOOST_AUTO_TEST_CASE(L2_a_channel_full_of_others_is_given_up) {
  std::vector<Publication> channel;
  for (std::uint64_t offset = 1; offset <= 1'000; ++offset) channel.push_back(Publish(1, offset, "somebody else"));
  StreamCheck check(kChannel, "p", 0, 0);
  BOOST_TEST(Read(check, channel, 2) == 20);
  BOOST_TEST(check.server_last() == 0);
}

BOOST_AUTO_TEST_CASE(what_is_no_envelope_or_of_another_channel_is_passed_over) {
  std::vector<Publication> channel = Channel({1});
  channel.push_back({"{", 2});
  channel.push_back({EncodeEnvelope(MakeEnvelope(9, "p", "data", "public:app.other")), 3});
  StreamCheck check(kChannel, "p", 0, 0);
  Read(check, channel, 5);
  BOOST_TEST(check.server_last() == 1);
  // What cannot be read may have been one of ours.
  BOOST_TEST(!check.sure());
}

BOOST_AUTO_TEST_CASE(P6_the_same_envelope_is_known_by_what_it_says) {
  const Envelope envelope = MakeEnvelope(1);
  Envelope other = envelope;
  BOOST_TEST(SameEnvelope(EncodeEnvelope(envelope), other));
  other.payload = "2";
  BOOST_TEST(!SameEnvelope(EncodeEnvelope(envelope), other));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::test
