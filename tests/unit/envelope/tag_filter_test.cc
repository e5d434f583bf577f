#include "gapless/tag_filter.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/unit/envelope/fixtures.h"

namespace gapless {
namespace {

using test::ErrorOf;

struct Case {
  std::string json;
  Tags tags;
  bool matches;
};

std::string Nested(std::size_t depth) {
  std::string json = R"({"key":"k","cmp":"ex"})";
  for (std::size_t i = 1; i < depth; ++i) json = R"({"op":"not","nodes":[)" + json + "]}";
  return json;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tag_filter)

BOOST_AUTO_TEST_CASE(C32_S14_ItMatchesAsTheProtocolSays) {
  const Case cases[] = {
      {R"({"key":"k","cmp":"eq","val":"a"})", {{"k", "a"}}, true},
      {R"({"key":"k","cmp":"eq","val":"a"})", {{"k", "A"}}, false},
      {R"({"key":"k","cmp":"eq","val":"a"})", {}, false},
      {R"({"key":"k","cmp":"neq","val":"a"})", {{"k", "b"}}, true},
      {R"({"key":"k","cmp":"neq","val":"a"})", {{"k", "a"}}, false},
      {R"({"key":"k","cmp":"neq","val":"a"})", {{"other", "a"}}, true},
      {R"({"key":"k","cmp":"in","vals":["a","b"]})", {{"k", "b"}}, true},
      {R"({"key":"k","cmp":"in","vals":["a","b"]})", {{"k", "c"}}, false},
      // An absent tag counts as empty.
      {R"({"key":"k","cmp":"in","vals":["a",""]})", {}, true},
      {R"({"key":"k","cmp":"nin","vals":["a",""]})", {}, false},
      {R"({"key":"k","cmp":"nin","vals":["a"]})", {}, true},
      {R"({"key":"k","cmp":"nin","vals":["a"]})", {{"k", "a"}}, false},
      {R"({"key":"k","cmp":"ex"})", {{"k", ""}}, true},
      {R"({"key":"k","cmp":"ex"})", {}, false},
      {R"({"key":"k","cmp":"nex"})", {}, true},
      {R"({"key":"k","cmp":"nex"})", {{"k", ""}}, false},
      {R"({"key":"k","cmp":"sw","val":"ab"})", {{"k", "abc"}}, true},
      {R"({"key":"k","cmp":"sw","val":"bc"})", {{"k", "abc"}}, false},
      {R"({"key":"k","cmp":"ew","val":"bc"})", {{"k", "abc"}}, true},
      {R"({"key":"k","cmp":"ew","val":"ab"})", {{"k", "abc"}}, false},
      {R"({"key":"k","cmp":"ct","val":"b"})", {{"k", "abc"}}, true},
      {R"({"key":"k","cmp":"ct","val":"d"})", {{"k", "abc"}}, false},
      {R"({"key":"k","cmp":"gt","val":"10.5"})", {{"k", "10.51"}}, true},
      {R"({"key":"k","cmp":"gt","val":"10.5"})", {{"k", "10.50"}}, false},
      {R"({"key":"k","cmp":"gte","val":"10.5"})", {{"k", "+10.50"}}, true},
      {R"({"key":"k","cmp":"lt","val":"9"})", {{"k", "10"}}, false},
      {R"({"key":"k","cmp":"lte","val":"-1"})", {{"k", "-1.0"}}, true},
      {R"({"key":"k","cmp":"lte","val":"1"})", {{"k", "1e0"}}, false},
      {R"({"key":"k","cmp":"lte","val":"x"})", {{"k", "1"}}, false},
      {R"({"key":"k","cmp":"lte","val":"1"})", {}, false},
      {R"({"op":"and","nodes":[{"key":"a","cmp":"ex"},{"key":"b","cmp":"ex"}]})", {{"a", ""}, {"b", ""}}, true},
      {R"({"op":"and","nodes":[{"key":"a","cmp":"ex"},{"key":"b","cmp":"ex"}]})", {{"a", ""}}, false},
      {R"({"op":"or","nodes":[{"key":"a","cmp":"ex"},{"key":"b","cmp":"ex"}]})", {{"b", ""}}, true},
      {R"({"op":"or","nodes":[{"key":"a","cmp":"ex"},{"key":"b","cmp":"ex"}]})", {}, false},
      {R"({"op":"not","nodes":[{"key":"a","cmp":"ex"}]})", {}, true},
      // What a branch has beside its parts means nothing.
      {R"( {"op":"not","key":"x","nodes":[{"op":null,"key":"a","cmp":"ex","new":1}]} )", {{"a", ""}}, false},
  };
  for (const Case& one : cases) {
    BOOST_TEST_INFO(one.json);
    BOOST_TEST(TagFilter::Parse(one.json).Matches(one.tags) == one.matches);
  }
}

BOOST_AUTO_TEST_CASE(C32_ItIsWrittenAsTheProtocolHasIt) {
  const std::string shown =
      R"({"op":"and","nodes":[{"key":"sym","cmp":"in","vals":["A","B"]},{"key":"px","cmp":"gte","val":"10.5"}]})";
  const TagFilter filter = TagFilter::And({TagFilter::In("sym", {"A", "B"}), TagFilter::AtLeast("px", "10.5")});
  BOOST_TEST(filter.ToJson() == shown);
  BOOST_TEST((TagFilter::Parse(shown) == filter));
  const TagFilter every =
      TagFilter::Or({TagFilter::Equal("k\"", "ä\n"), TagFilter::NotEqual("k", "v"), TagFilter::NotIn("k", {"v"}),
                     TagFilter::Exists("k"), TagFilter::NotExists("k"), TagFilter::StartsWith("k", "v"),
                     TagFilter::EndsWith("k", "v"), TagFilter::Contains("k", "v"), TagFilter::Above("k", "1"),
                     TagFilter::Below("k", "1"), TagFilter::AtMost("k", "1"), TagFilter::Not(TagFilter::Exists("k"))});
  BOOST_TEST((TagFilter::Parse(every.ToJson()) == every));
}

BOOST_AUTO_TEST_CASE(S14_WhateverIsNoFilterIsRefused) {
  const std::vector<std::string> wrong = {
      "",
      "null",
      "{}",
      "[]",
      "1",
      R"({"key":"k","cmp":"eq","val":"a"} x)",
      R"({"key":"k"})",
      R"({"key":"k","cmp":"like","val":"a"})",
      R"({"cmp":"eq","val":"a"})",
      R"({"key":"k","cmp":"eq"})",
      R"({"key":"k","cmp":"eq","val":""})",
      R"({"key":"k","cmp":"eq","val":1})",
      R"({"key":"k","cmp":"eq","val":"a","vals":["b"]})",
      R"({"key":"k","cmp":"in","val":"a","vals":["b"]})",
      R"({"key":"k","cmp":"in","vals":[]})",
      R"({"key":"k","cmp":"in","vals":[1]})",
      R"({"key":"k","cmp":"nin","val":"a"})",
      R"({"key":"k","cmp":"ex","val":"a"})",
      R"({"key":"k","cmp":"nex","vals":["a"]})",
      R"({"op":"xor","nodes":[{"key":"k","cmp":"ex"}]})",
      R"({"op":"and"})",
      R"({"op":"and","nodes":[]})",
      R"({"op":"or","nodes":[{}]})",
      R"({"op":"not","nodes":[{"key":"k","cmp":"ex"},{"key":"k","cmp":"ex"}]})",
      R"({"op":"not","nodes":{}})",
      Nested(TagFilter::kMaxDepth + 1),
      Nested(10'000),
  };
  for (const std::string& json : wrong) {
    const auto error = ErrorOf([&] { TagFilter::Parse(json); });
    BOOST_TEST_INFO(json.substr(0, 100));
    BOOST_REQUIRE(error.has_value());
    BOOST_TEST(error->errc() == Errc::kInvalidArgument);
  }
}

BOOST_AUTO_TEST_CASE(MakersCheckWhatTheyAreGiven) {
  const auto refused = [](auto make) {
    const auto error = ErrorOf(make);
    return error && error->errc() == Errc::kInvalidArgument;
  };
  BOOST_TEST(refused([] { TagFilter::Equal("", "a"); }));
  BOOST_TEST(refused([] { TagFilter::Equal("k", ""); }));
  BOOST_TEST(refused([] { TagFilter::In("k", {}); }));
  BOOST_TEST(refused([] { TagFilter::And({}); }));
  BOOST_TEST(refused([] {
    TagFilter filter = TagFilter::Exists("k");
    for (std::size_t i = 0; i < TagFilter::kMaxDepth; ++i) filter = TagFilter::Not(filter);
  }));
  BOOST_TEST(TagFilter::Parse(Nested(TagFilter::kMaxDepth)).Matches({{"k", ""}}) == (TagFilter::kMaxDepth % 2 == 1));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
