#include "client/stream.h"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <string>

#include "tests/unit/client/fixtures.h"

namespace gapless::internal {
namespace {

using test::At;
using test::MakeEnvelope;
using Kind = Sighting::Kind;

constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

Envelope Numbered(std::int64_t sequence, std::int64_t time) {
  Envelope envelope = MakeEnvelope(1);
  envelope.sequence = sequence;
  envelope.produced_at = At(time);
  return envelope;
}

/// Looks at `envelope` and takes it, as a receiver does that can repair nothing.
Kind Meet(Stream& stream, const Envelope& envelope) {
  const Sighting sighting = stream.Look(envelope);
  stream.Take(envelope, sighting);
  return sighting.kind;
}

/// One word each, so that a failing check reads well.
std::string Word(Kind kind) {
  switch (kind) {
    case Kind::kNext:
      return "next";
    case Kind::kHole:
      return "hole";
    case Kind::kLate:
      return "late";
    case Kind::kDuplicate:
      return "duplicate";
    case Kind::kReset:
      return "reset";
  }
  return "?";
}

std::string Meet(Stream& stream, std::int64_t sequence, std::int64_t time) {
  return Word(Meet(stream, Numbered(sequence, time)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stream)

BOOST_AUTO_TEST_CASE(R1_each_sequence_counts_once_and_in_order) {
  Stream stream;
  BOOST_TEST(!stream.high().has_value());
  BOOST_TEST(Meet(stream, 7, 100) == "next");
  BOOST_TEST(Meet(stream, 8, 101) == "next");
  BOOST_TEST(Meet(stream, 8, 101) == "duplicate");
  BOOST_TEST(Meet(stream, 7, 100) == "duplicate");
  BOOST_TEST(stream.high().value() == 8);
  BOOST_TEST(Meet(stream, 9, 101) == "next");
}

BOOST_AUTO_TEST_CASE(R2_a_hole_is_told_with_its_first_missing_sequence) {
  Stream stream;
  Meet(stream, 3, 100);
  const Sighting sighting = stream.Look(Numbered(8, 101));
  BOOST_TEST(Word(sighting.kind) == "hole");
  BOOST_TEST(sighting.first_missing == 4);
}

BOOST_AUTO_TEST_CASE(looking_changes_nothing) {
  Stream stream;
  Meet(stream, 3, 100);
  for (int i = 0; i < 3; ++i) BOOST_TEST(Word(stream.Look(Numbered(8, 101)).kind) == "hole");
  BOOST_TEST(stream.high().value() == 3);
}

BOOST_AUTO_TEST_CASE(D8_a_stream_that_begins_at_a_cursor_sees_the_hole_right_behind_it) {
  Stream stream(Cursor{5, At(100)});
  BOOST_TEST(stream.high().value() == 5);
  BOOST_TEST(stream.Look(Numbered(9, 101)).first_missing == 6);
  BOOST_TEST(Meet(stream, 5, 100) == "duplicate");
  BOOST_TEST(Meet(stream, 6, 101) == "next");
}

BOOST_AUTO_TEST_CASE(D32_what_was_missing_and_comes_late_counts_once_whatever_its_order) {
  Stream stream;
  Meet(stream, 1, 100);
  Meet(stream, 7, 107);
  for (const std::int64_t sequence : {4, 2, 6, 3, 5}) {
    BOOST_TEST_CONTEXT(sequence) {
      BOOST_TEST(Meet(stream, sequence, 100 + sequence) == "late");
      BOOST_TEST(Meet(stream, sequence, 100 + sequence) == "duplicate");
    }
  }
  BOOST_TEST(Meet(stream, 1, 100) == "duplicate");
  BOOST_TEST(stream.high().value() == 7);
}

BOOST_AUTO_TEST_CASE(R6_a_copy_of_a_late_one_that_is_younger_than_what_overtook_it_is_no_reset) {
  Stream stream(Cursor{});
  BOOST_TEST(Meet(stream, 1, 100) == "next");
  BOOST_TEST(Meet(stream, 3, 105) == "hole");
  BOOST_TEST(Meet(stream, 2, 110) == "late");
  BOOST_TEST(Meet(stream, 2, 110) == "duplicate");
  BOOST_TEST(Meet(stream, 3, 111) == "reset");
}

BOOST_AUTO_TEST_CASE(a_late_one_moves_no_cursor) {
  Stream stream;
  Meet(stream, 1, 100);
  Meet(stream, 5, 105);
  Meet(stream, 3, 109);
  BOOST_TEST((stream.cursor() == Cursor{5, At(105)}));
}

BOOST_AUTO_TEST_CASE(the_cursor_keeps_the_youngest_time_though_times_go_back) {
  Stream stream;
  Meet(stream, 1, 200);
  Meet(stream, 2, 150);
  BOOST_TEST((stream.cursor() == Cursor{2, At(200)}));
}

BOOST_AUTO_TEST_CASE(R6_a_used_sequence_with_a_younger_time_is_a_producer_that_started_over) {
  struct Case {
    const char* what;
    std::int64_t sequence;
    std::int64_t time;
    const char* expected;
  };
  const Case cases[] = {
      {"the first again, younger", 1, 111, "reset"},     {"the last again, younger", 10, 111, "reset"},
      {"the first again, as old", 1, 101, "duplicate"},  {"the last again, as old", 10, 110, "duplicate"},
      {"the first again, older", 1, 90, "duplicate"},    {"the next, though it is older", 11, 50, "next"},
      {"beyond the next, though older", 13, 50, "hole"},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.what) {
      Stream stream;
      for (std::int64_t i = 1; i <= 10; ++i) Meet(stream, i, 100 + i);
      BOOST_TEST(Meet(stream, c.sequence, c.time) == c.expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(R6_after_a_reset_the_stream_counts_afresh) {
  Stream stream;
  for (std::int64_t i = 1; i <= 10; ++i) Meet(stream, i, 100 + i);
  BOOST_TEST(Meet(stream, 3, 200) == "reset");
  BOOST_TEST(stream.high().value() == 3);
  BOOST_TEST(Meet(stream, 4, 201) == "next");
  // What the new life used before it was first heard of is missing, and may come late.
  BOOST_TEST(Meet(stream, 2, 199) == "late");
  BOOST_TEST(Meet(stream, 1, 198) == "late");
  BOOST_TEST(Meet(stream, 1, 198) == "duplicate");
}

BOOST_AUTO_TEST_CASE(R6_a_reset_is_seen_again_after_a_restart) {
  Stream before;
  for (std::int64_t i = 1; i <= 10; ++i) Meet(before, i, 100 + i);
  Stream after(before.cursor());
  BOOST_TEST(Meet(after, 1, 111) == "reset");
}

BOOST_AUTO_TEST_CASE(D18_concurrent_publishers_may_stamp_in_another_order_than_they_send) {
  Stream stream;
  Meet(stream, 4, 1'000);
  Meet(stream, 6, 1'001);
  BOOST_TEST(Meet(stream, 5, 1'002) == "late");
  Meet(stream, 8, 2'000);
  BOOST_TEST(Meet(stream, 7, 2'000 + 10'000) == "late");
  Meet(stream, 10, 3'000);
  BOOST_TEST(Meet(stream, 9, 3'000 + 10'001) == "reset");
}

BOOST_AUTO_TEST_CASE(a_cursor_without_a_time_takes_nothing_for_a_reset_until_it_has_one) {
  Stream stream(Cursor{5, kUnsetTime});
  BOOST_TEST(Meet(stream, 5, 100) == "duplicate");
  BOOST_TEST(Meet(stream, 6, 101) == "next");
  BOOST_TEST(Meet(stream, 6, 102) == "reset");
}

BOOST_AUTO_TEST_CASE(the_largest_sequence_has_no_next) {
  Stream stream;
  BOOST_TEST(Meet(stream, kLast, 100) == "next");
  BOOST_TEST(Meet(stream, kLast, 100) == "duplicate");
  BOOST_TEST(Meet(stream, 1, 99) == "duplicate");
  BOOST_TEST(Meet(stream, 1, 101) == "reset");
  BOOST_TEST(Meet(stream, kLast, 102) == "hole");
  BOOST_TEST(Meet(stream, kLast - 1, 102) == "late");
}

BOOST_AUTO_TEST_CASE(L2_a_stream_that_keeps_losing_remembers_a_bounded_number_of_ranges) {
  constexpr std::int64_t kHoles = 5'000;
  Stream stream(Cursor{0, kUnsetTime});
  for (std::int64_t i = 1; i <= kHoles; ++i) BOOST_REQUIRE(Meet(stream, 2 * i, i) == "hole");
  std::size_t late = 0;
  for (std::int64_t i = 1; i <= kHoles; ++i) late += Meet(stream, 2 * i - 1, i) == "late" ? 1 : 0;
  BOOST_TEST(late == 1'024u);
  // The youngest are remembered.
  BOOST_TEST(Meet(stream, 2 * kHoles + 2, kHoles + 1) == "hole");
  BOOST_TEST(Meet(stream, 2 * kHoles + 1, kHoles + 1) == "late");
}

BOOST_AUTO_TEST_CASE(L2_late_arrivals_that_cut_one_range_to_pieces_do_not_grow_it_without_bound) {
  constexpr std::int64_t kSpan = 20'000;
  Stream stream(Cursor{0, kUnsetTime});
  Meet(stream, kSpan, 100);
  for (std::int64_t i = 2; i < kSpan; i += 2) Meet(stream, i, 100);
  std::size_t late = 0;
  for (std::int64_t i = 1; i < kSpan; i += 2) late += Meet(stream, i, 100) == "late" ? 1 : 0;
  BOOST_TEST(late <= 1'024u);
  BOOST_TEST(late > 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal
