#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <string>
#include <system_error>

#include "gapless/file_io.h"
#include "tests/unit/snapshot/fixtures.h"

namespace gapless::test {
namespace {

struct Fixture {
  TempDirectory directory;
  std::shared_ptr<FileIo> io = SystemFileIo();
};

int CodeOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  return 0;
}

BOOST_FIXTURE_TEST_SUITE(system_file_io, Fixture)

BOOST_AUTO_TEST_CASE(appends_cuts_and_reads) {
  const std::string path = directory / "file";
  BOOST_TEST(!io->Read(path).has_value());
  {
    const auto file = io->OpenAppend(path, 0);
    file->Append("hello ");
    file->Append("");
    file->Append("world");
    file->Sync();
  }
  BOOST_TEST(io->Read(path).value() == "hello world");
  io->OpenAppend(path, 5)->Append("!");
  BOOST_TEST(io->Read(path).value() == "hello!");
  BOOST_TEST(CodeOf([&] { io->OpenAppend(path, 7); }) == EINVAL);
  struct stat status {};
  BOOST_REQUIRE(stat(path.c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777) == 0600U);
}

BOOST_AUTO_TEST_CASE(renames_and_removes) {
  WriteFile(directory / "a", "new");
  WriteFile(directory / "b", "old");
  io->Rename(directory / "a", directory / "b");
  io->SyncDirectory(directory / "b");
  BOOST_TEST(io->Read(directory / "b").value() == "new");
  BOOST_TEST(CodeOf([&] { io->Rename(directory / "a", directory / "b"); }) == ENOENT);
  io->Remove(directory / "b");
  io->Remove(directory / "b");
  BOOST_TEST(!FileExists(directory / "b"));
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_file_is_an_error_and_never_waits) {
  const std::string fifo = directory / "fifo";
  BOOST_REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  std::filesystem::create_symlink(directory / "elsewhere", directory / "link");
  BOOST_TEST(CodeOf([&] { io->Read(fifo); }) != 0);
  BOOST_TEST(CodeOf([&] { io->OpenAppend(fifo, 0); }) != 0);
  BOOST_TEST(CodeOf([&] { io->Read(directory / "."); }) == EISDIR);
  BOOST_TEST(CodeOf([&] { io->OpenAppend(directory / "link", 0); }) == ELOOP);
  BOOST_TEST(CodeOf([&] { io->OpenAppend(directory / "none/file", 0); }) == ENOENT);
  BOOST_TEST(CodeOf([&] { io->SyncDirectory(directory / "none/file"); }) == ENOENT);
  BOOST_TEST(CodeOf([&] { io->Lock(directory / "none/file"); }) == ENOENT);
}

BOOST_AUTO_TEST_CASE(a_lock_excludes_also_in_this_process_and_ends_with_its_holder) {
  auto held = io->Lock(directory / "lock");
  BOOST_REQUIRE(held != nullptr);
  BOOST_TEST(io->Lock(directory / "lock") == nullptr);
  BOOST_TEST(SystemFileIo()->Lock(directory / "lock") == nullptr);
  held.reset();
  BOOST_TEST(io->Lock(directory / "lock") != nullptr);
}

// The system writes what fits and reports the rest as a short write first, as a full disk does.
BOOST_AUTO_TEST_CASE(a_short_write_is_continued_and_its_error_reported) {
  struct rlimit before {};
  BOOST_REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto file = io->OpenAppend(directory / "file", 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit limit { 1'000, before.rlim_max };
  BOOST_REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  const int code = CodeOf([&] { file->Append(std::string(1'500, 'x')); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  BOOST_TEST(code == EFBIG);
  BOOST_TEST(io->Read(directory / "file").value().size() == 1'000U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test
