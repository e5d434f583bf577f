#include "hub/ordered_map.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

using gapless::hub::OrderedMap;
using Pairs = std::vector<std::pair<std::string, int>>;

Pairs Walk(const OrderedMap<int>& map) {
  Pairs pairs;
  map.ForEach([&](const std::string& key, int value) { pairs.emplace_back(key, value); });
  return pairs;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ordered_map)

BOOST_AUTO_TEST_CASE(walks_in_the_order_of_insertion_like_a_plain_list_under_random_changes) {
  constexpr unsigned kSeed = 20260801;
  std::mt19937 random(kSeed);
  OrderedMap<int> map;
  Pairs list;
  for (int step = 0; step < 5'000; ++step) {
    const std::string key = "k" + std::to_string(random() % 60);
    const auto in_list = std::find_if(list.begin(), list.end(), [&](const auto& entry) { return entry.first == key; });
    if (random() % 2 == 0) {
      map.FindOrAppend(key) = step;
      if (in_list == list.end()) {
        list.emplace_back(key, step);
      } else {
        in_list->second = step;
      }
    } else {
      BOOST_TEST_REQUIRE(map.Erase(key) == (in_list != list.end()), "seed " << kSeed << " step " << step);
      if (in_list != list.end()) list.erase(in_list);
    }
    BOOST_TEST_REQUIRE((Walk(map) == list), "seed " << kSeed << " step " << step);
    BOOST_TEST_REQUIRE(map.size() == list.size());
    for (const auto& [name, value] : list) BOOST_TEST_REQUIRE(*map.Find(name) == value);
  }
}

BOOST_AUTO_TEST_CASE(a_copy_is_independent) {
  OrderedMap<int> original;
  for (int i = 0; i < 40; ++i) original.FindOrAppend(std::to_string(i)) = i;
  OrderedMap<int> copy = original;
  for (int i = 0; i < 39; ++i) copy.Erase(std::to_string(i));
  BOOST_TEST(original.size() == 40U);
  BOOST_TEST(*original.Find("0") == 0);
  BOOST_TEST((Walk(copy) == Pairs{{"39", 39}}));
}

BOOST_AUTO_TEST_SUITE_END()
