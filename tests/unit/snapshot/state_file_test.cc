#include "snapshot/state_file.h"

#include <boost/test/unit_test.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "snapshot/crc32c.h"
#include "tests/unit/snapshot/fixtures.h"

namespace gapless::internal {
namespace {

using Produced = std::map<std::string, std::int64_t>;

const std::string kInstance = "0123456789abcdef0123456789abcdef";

StateFile Sample() {
  StateFile file;
  file.header = StateHeader{"editor-7", kInstance, 3, 12};
  file.produced = {{"private:a.b.c", 1}, {"public:b.c", 2}};
  return file;
}

/// `entries` with the checksum that belongs to them.
std::string Sealed(const std::string& entries) {
  return R"({"!gapless checksum":)" + std::to_string(Crc32c(entries)) + "," + entries;
}

std::string Ours(const std::string& generation, const std::string& instance, const std::string& boots,
                 const std::string& more = "", const std::string& producer = "p", const std::string& format = "2") {
  return Sealed(R"("!gapless format":)" + format + R"(,"!gapless generation":)" + generation +
                R"(,"!gapless instance )" + instance + R"(":)" + boots + R"(,"!gapless producer )" + producer +
                R"(":1)" + more + "}");
}

BOOST_AUTO_TEST_SUITE(state_file)

// The form of formats.md, spelled out once. The checksum was computed apart from our code.
BOOST_AUTO_TEST_CASE(is_written_byte_for_byte_as_documented) {
  const std::string entries =
      R"("!gapless format":2,"!gapless generation":12,"!gapless instance 0123456789abcdef0123456789abcdef":3,)"
      R"("!gapless producer editor-7":1,"private:a.b.c":1,"public:b.c":2})";
  BOOST_TEST(EncodeStateFile(Sample()) == R"({"!gapless checksum":3283367970,)" + entries);
}

BOOST_AUTO_TEST_CASE(reads_what_it_wrote) {
  StateFile file = Sample();
  file.header->producer_id = "Zoë <\"7\"> &\n";
  file.produced = {{"", 1}, {"!", 2}, {"!gapless format", 3}, {"!!x", 4}, {"a\u2028b<", 5}, {"z", INT64_MAX}};
  const StateFile again = ReadStateFile(EncodeStateFile(file), "x");
  BOOST_TEST((again.header == file.header));
  BOOST_TEST((again.produced == file.produced));
}

BOOST_AUTO_TEST_CASE(P2_of_a_channel_with_a_ceiling_parsec_sees_the_ceiling) {
  StateFile file = Sample();
  file.reserved = {{"private:a.b.c", 64}, {"public:new", 128}, {"!odd", INT64_MAX}};
  const std::string text = EncodeStateFile(file);
  const nlohmann::json document = nlohmann::json::parse(text);
  BOOST_TEST(document.at("private:a.b.c").get<std::int64_t>() == 64);
  BOOST_TEST(document.at("public:new").get<std::int64_t>() == 128);
  BOOST_TEST(document.at("public:b.c").get<std::int64_t>() == 2);
  const StateFile again = ReadStateFile(text, "x");
  BOOST_TEST((again.produced == file.produced));
  BOOST_TEST((again.reserved == file.reserved));
}

// Parsec wants an object whose values are all integers of 64 bits, and takes any key.
BOOST_AUTO_TEST_CASE(parsec_reads_the_produced_part_by_its_own_rules) {
  const nlohmann::json document = nlohmann::json::parse(EncodeStateFile(Sample()));
  BOOST_REQUIRE(document.is_object());
  for (const auto& [key, value] : document.items()) BOOST_TEST(value.is_number_integer(), key);
  BOOST_TEST(document.at("private:a.b.c").get<std::int64_t>() == 1);
  BOOST_TEST(document.at("public:b.c").get<std::int64_t>() == 2);
}

BOOST_AUTO_TEST_CASE(plain_files_of_parsec_are_read) {
  const struct {
    std::string text;
    Produced produced;
  } kCases[] = {
      {R"({"private:a.b.c":1,"public:b.c":2})", {{"private:a.b.c", 1}, {"public:b.c", 2}}},
      {"{}", {}},
      {"null", {}},
      {" {\n \"public:b.c\" : 9223372036854775807 }\n", {{"public:b.c", INT64_MAX}}},
      {R"({"":5,"a\u003cb":7})", {{"", 5}, {"a<b", 7}}},
      {R"({"public:b.c":0})", {}},
      {R"({"!mine":4})", {{"!mine", 4}}},
  };
  for (const auto& [text, produced] : kCases) {
    BOOST_TEST_CONTEXT(text) {
      const StateFile file = ReadStateFile(text, "x");
      BOOST_TEST(!file.header.has_value());
      BOOST_TEST((file.produced == produced));
    }
  }
}

BOOST_AUTO_TEST_CASE(D27_whatever_is_not_whole_is_corrupt_and_never_a_fresh_start) {
  const std::string deep = std::string(200'000, '[');
  const std::vector<std::string> kTexts = {
      "",
      " ",
      "{",
      "[]",
      "7",
      "\"text\"",
      "nul",
      R"({"a":1)",
      R"({"a":1,})",
      R"({"a":1}x)",
      R"({"a":1}{"b":2})",
      R"({"a":-1})",
      R"({"a":1.0})",
      R"({"a":1e3})",
      R"({"a":01})",
      R"({"a":9223372036854775808})",
      R"({"a":-9223372036854775809})",
      R"({"a":123456789012345678901234567890})",
      R"({"a":null})",
      R"({"a":true})",
      R"({"a":"1"})",
      R"({"a":{}})",
      R"({"a":)" + deep,
      deep,
      R"({"a":1,"a":2})",
      R"({"a":1,"\u0061":1})",
      "{\"a\xFF\":1}",
      "{\"a\x01\":1}",
      "\xEF\xBB\xBF{}",
      R"({"!gapless format":1})",
      R"({"!gapless checksum":0,"!gapless format":1})",
      R"({"public:b.c":2,"!gapless producer p":1})",
      " " + Ours("1", kInstance, "1"),
      Ours("1", kInstance, "1") + "\n",
      Ours("0", kInstance, "1"),
      Ours("-1", kInstance, "1"),
      Ours("1", kInstance, "0"),
      Ours("9223372036854775807", kInstance, "1"),
      Ours("1", "0123", "1"),
      Ours("1", std::string(32, 'X'), "1"),
      Ours("1", kInstance, "1", "", ""),
      Ours("1", kInstance, "1", R"(,"a":0)"),
      Ours("1", kInstance, "1", R"(,"a":-5)"),
      Ours("1", kInstance, "1", R"(,"!gapless producer q":1)"),
      Ours("1", kInstance, "1", R"(,"!gapless news":1)"),
      Ours("1", kInstance, "1", R"(,"!unmarked":1)"),
      Ours("1", kInstance, "1", R"(,"!gapless produced a":1)"),
      Ours("1", kInstance, "1", R"(,"!gapless produced a":-1,"a":5)"),
      Ours("1", kInstance, "1", R"(,"!gapless produced a":5,"a":5)"),
      Sealed(R"("!gapless format":1,"!gapless generation":1,"!gapless producer p":1})"),
      Sealed(R"("!gapless generation":1})"),
  };
  for (const std::string& text : kTexts) {
    BOOST_TEST_CONTEXT(text.substr(0, 100)) { EXPECT_ERROR(ReadStateFile(text, "x"), Errc::kStateCorrupt); }
  }
  ReadStateFile(Ours("1", kInstance, "1"), "x");
}

BOOST_AUTO_TEST_CASE(D28_another_format_is_foreign) {
  EXPECT_ERROR(ReadStateFile(Ours("1", kInstance, "1", "", "p", "3"), "x"), Errc::kStateForeign);
  EXPECT_ERROR(ReadStateFile(Ours("1", kInstance, "1", "", "p", "0"), "x"), Errc::kStateForeign);
}

BOOST_AUTO_TEST_CASE(the_message_says_where_and_what_to_do) {
  std::string message;
  test::ErrcOf([] { ReadStateFile(R"({"a":1,"a":2})", "/var/lib/state.json"); }, &message);
  BOOST_TEST(message.find("/var/lib/state.json: the key \"a\" appears twice") == 0U);
  BOOST_TEST(message.find("restore it") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(instance_ids_are_of_the_form_that_is_read_and_never_the_same) {
  StateFile file = Sample();
  file.header->instance_id = NewInstanceId();
  ReadStateFile(EncodeStateFile(file), "x");
  BOOST_TEST(NewInstanceId() != NewInstanceId());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::internal
