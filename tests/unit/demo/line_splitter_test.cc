#include "examples/demo/line_splitter.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace demo {
namespace {

std::vector<Part> Split(const std::string& bytes, std::size_t step) {
  LineSplitter splitter;
  std::vector<Part> parts;
  const auto take = [&] {
    while (auto part = splitter.Next()) parts.push_back(std::move(*part));
  };
  for (std::size_t i = 0; i < bytes.size(); i += step) {
    splitter.Feed(std::string_view(bytes).substr(i, step));
    take();
  }
  splitter.End();
  take();
  return parts;
}

std::string Join(const std::vector<Part>& parts) {
  std::string bytes;
  for (const Part& part : parts) bytes += part.bytes + (part.ends_line ? "\n" : "");
  return bytes;
}

/// Bytes that have everything a splitter can stumble over, near the sizes where it decides.
std::string Hostile(std::uint32_t seed) {
  std::mt19937 random(seed);
  std::string bytes;
  for (int i = 0; i < 6; ++i) {
    const std::size_t length = (random() % 3) * (kMaxPartBytes - 2) + random() % 6;
    const std::vector<std::string> alphabet = {"a", "é", "😀", "\x80", "\xff", "\r", std::string(1, '\0')};
    std::string line;
    while (line.size() < length) line += alphabet[random() % (random() % 2 == 0 ? 3 : alphabet.size())];
    bytes += line + "\n";
  }
  if (random() % 2 == 0) bytes += "no end";
  return bytes;
}

BOOST_AUTO_TEST_SUITE(line_splitter)

BOOST_AUTO_TEST_CASE(each_line_is_a_part_and_says_whether_a_newline_followed) {
  const struct {
    std::string bytes;
    std::vector<Part> parts;
  } cases[] = {
      {"", {}},
      {"\n", {{"", true}}},
      {"a\nb", {{"a", true}, {"b", false}}},
      {"a\n\n\nb\n", {{"a", true}, {"", true}, {"", true}, {"b", true}}},
      {"a\r\nb\r", {{"a\r", true}, {"b\r", false}}},
      {std::string("\0\xff\n", 3), {{std::string("\0\xff", 2), true}}},
  };
  for (const auto& test : cases) {
    BOOST_TEST((Split(test.bytes, 1) == test.parts), test.bytes);
    BOOST_TEST((Split(test.bytes, 1000) == test.parts), test.bytes);
  }
}

BOOST_AUTO_TEST_CASE(a_line_that_just_fits_is_one_part_and_a_longer_one_is_sliced) {
  const std::string full(kMaxPartBytes, 'x');
  BOOST_TEST((Split(full + "\n", 100) == std::vector<Part>{{full, true}}));
  BOOST_TEST((Split(full + "y\n", 100) == std::vector<Part>{{full, false}, {"y", true}}));
  BOOST_TEST((Split(full, 100) == std::vector<Part>{{full, false}}));
  BOOST_TEST((Split(full + full + "\n", 100) == std::vector<Part>{{full, false}, {full, true}}));
}

BOOST_AUTO_TEST_CASE(a_slice_does_not_end_inside_a_utf8_character) {
  for (const std::string character : {"é", "€", "😀"}) {
    for (std::size_t before = 1; before <= character.size(); ++before) {
      const std::string head(kMaxPartBytes - before, 'x');
      const auto parts = Split(head + character + "y\n", 1 << 20);
      BOOST_REQUIRE_EQUAL(parts.size(), 2U);
      const bool fits = before == character.size();
      BOOST_TEST(parts[0].bytes == (fits ? head + character : head));
      BOOST_TEST(parts[1].bytes == (fits ? "y" : character + "y"));
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_only_look_like_the_inside_of_a_character_are_sliced_all_the_same) {
  const std::string line(2 * kMaxPartBytes + 10, '\x80');
  const auto parts = Split(line, 1000);
  BOOST_TEST(parts.size() == 3U);
  BOOST_TEST((Join(parts) == line));
}

BOOST_AUTO_TEST_CASE(parts_joined_are_the_input_and_do_not_depend_on_how_it_was_fed) {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    const std::string bytes = Hostile(seed);
    const auto parts = Split(bytes, 1 << 20);
    BOOST_TEST((Join(parts) == bytes), "seed " << seed);
    BOOST_TEST((Split(bytes, 1 + seed % 13) == parts), "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(P2_a_reader_that_starts_again_at_any_part_makes_the_same_parts) {
  const auto path = std::filesystem::temp_directory_path() / ("gapless_splitter_" + std::to_string(getpid()));
  const std::string bytes = Hostile(7);
  std::ofstream(path, std::ios::binary) << bytes;
  const auto parts = Split(bytes, 1 << 20);
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i <= parts.size(); ++i) {
    PartReader reader(path.string(), offset);
    std::vector<Part> rest;
    while (auto part = reader.Next()) rest.push_back(std::move(*part));
    BOOST_TEST((rest == std::vector<Part>(parts.begin() + static_cast<std::ptrdiff_t>(i), parts.end())), "part " << i);
    if (i < parts.size()) offset += parts[i].size();
  }
  BOOST_TEST(offset == bytes.size());
  BOOST_TEST(CountParts(path.string()) == static_cast<std::int64_t>(parts.size()));
  std::filesystem::remove(path);
  BOOST_CHECK_THROW(PartReader(path.string(), 0), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demo
