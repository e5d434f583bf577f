#include "examples/demo/input.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "examples/demo/child.h"
#include "examples/demo/evidence.h"

namespace demo {
namespace {

namespace fs = std::filesystem;

struct Fixture {
  const fs::path folder = fs::temp_directory_path() / ("gapless_input_" + std::to_string(getpid()));
  const std::string spool = folder.string() + "/spool";

  Fixture() { fs::create_directories(folder / "log"); }
  ~Fixture() { fs::remove_all(folder); }

  std::string Path(const std::string& name) const { return folder.string() + "/log/" + name; }
  void Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(Path(name), std::ios::binary) << bytes;
  }
  std::string Spool(const std::string& input) const {
    SpoolInput(input, spool, folder.string() + "/log");
    std::ifstream file(spool, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
};

BOOST_FIXTURE_TEST_SUITE(input, Fixture)

BOOST_AUTO_TEST_CASE(the_package_log_is_read_with_its_rotated_siblings_packed_ones_too) {
  Write("dpkg.log.2", "oldest\n");
  Child gzip({"gzip", Path("dpkg.log.2")}, folder.string() + "/errors");
  BOOST_REQUIRE(gzip.AwaitEnd(60) == "exit status 0");
  BOOST_REQUIRE(fs::exists(Path("dpkg.log.2.gz")));
  Write("dpkg.log.1", "older\n");
  Write("dpkg.log", "newest\n");
  Write("other.log", "other\n");
  BOOST_TEST(Spool("") == "oldest\nolder\nnewest\n");
}

BOOST_AUTO_TEST_CASE(a_file_is_copied_byte_for_byte) {
  const std::string bytes("\0\r\n\xff no end", 11);
  Write("any", bytes);
  BOOST_TEST(Spool(Path("any")) == bytes);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_told_with_a_way_out) {
  const auto advises = [](const InputError& error) {
    return std::string(error.what()).find("--input") != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(Spool(""), InputError, advises);
  BOOST_CHECK_EXCEPTION(Spool(Path("nowhere")), InputError, advises);
  BOOST_CHECK_EXCEPTION(Spool(folder.string()), InputError, advises);
  Write("empty", "");
  BOOST_CHECK_EXCEPTION(Spool(Path("empty")), InputError, advises);
  BOOST_CHECK_THROW(SpoolInput(Path("empty"), folder.string() + "/no/such/folder"), InputError);
  Write("dpkg.log.1.gz", "not packed at all");
  BOOST_CHECK_THROW(Spool(""), InputError);
}

BOOST_AUTO_TEST_CASE(the_first_difference_of_two_files_is_found) {
  Write("a", "abc");
  const struct {
    const char* other;
    std::optional<std::uint64_t> difference;
  } cases[] = {{"abc", std::nullopt}, {"abd", 2}, {"ab", 2}, {"abcd", 3}, {"", 0}, {"\xff", 0}};
  for (const auto& test : cases) {
    Write("b", test.other);
    BOOST_TEST((FirstDifference(Path("a"), Path("b")) == test.difference), test.other);
  }
  BOOST_CHECK_THROW(FirstDifference(Path("a"), Path("c")), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demo
