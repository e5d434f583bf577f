// A real disk without room, where one can be mounted.

#include <sys/mount.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include "gapless/snapshotter.h"
#include "tests/unit/snapshot/fixtures.h"

namespace gapless::test {
namespace {

/// A file system of a few megabytes; nothing is mounted if that is not allowed here.
class SmallDisk {
 public:
  SmallDisk() : path_(directory_ / "disk") {
    std::filesystem::create_directory(path_);
    mounted_ = mount("gapless-test", path_.c_str(), "tmpfs", 0, "size=3m") == 0;
    if (!mounted_) BOOST_TEST_MESSAGE("skipped: no small file system can be mounted here: " << std::strerror(errno));
  }
  ~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  /// Leaves about so many bytes.
  void Fill(std::uintmax_t leave) const {
    const auto room = std::filesystem::space(path_).available;
    WriteFile(path_ + "/ballast", std::string(room > leave ? static_cast<std::size_t>(room - leave) : 0, 'b'));
  }
  void MakeRoom() const { std::filesystem::remove(path_ + "/ballast"); }

 private:
  TempDirectory directory_;
  std::string path_;
  bool mounted_ = false;
};

std::shared_ptr<Snapshotter> Open(const std::string& kind, const std::string& path) {
  if (kind == "file") return FileSnapshotter::Open(path);
  return SqliteSnapshotter::Open(path);
}

BOOST_AUTO_TEST_SUITE(full_disk)

BOOST_DATA_TEST_CASE(refuses_saves_and_changes_nothing_until_there_is_room,
                     boost::unit_test::data::make({std::string("file"), std::string("sqlite")}), kind) {
  constexpr std::size_t kEntryBytes = 20'000;
  const SmallDisk disk;
  if (!disk.mounted()) return;
  auto snapshotter = Open(kind, disk / "state");
  snapshotter->Load(kProducer);
  int saved = 0;
  const auto save = [&] { return ErrcOf([&] { snapshotter->Save(SampleSave(saved + 1, kEntryBytes)); }); };
  for (; saved < 3; ++saved) BOOST_REQUIRE(!save());
  disk.Fill(100'000);
  std::optional<Errc> refused;
  for (int attempts = 0; attempts < 1'000 && !(refused = save()); ++attempts) ++saved;
  BOOST_TEST((refused == Errc::kStateNotWritable));
  for (int again = 0; again < 3; ++again) BOOST_TEST((save() == Errc::kStateNotWritable));
  disk.MakeRoom();
  for (int more = 0; more < 3; ++more, ++saved) BOOST_TEST(!save());

  // Opening writes as well, if only in the room that older files of its own leave.
  snapshotter.reset();
  disk.Fill(0);
  std::string message;
  const auto at_open = ErrcOf([&] { Open(kind, disk / "state")->Load(kProducer); }, &message);
  BOOST_TEST((!at_open || at_open == Errc::kStateNotWritable), message);
  disk.MakeRoom();
  const std::string text = Text(Open(kind, disk / "state")->Load(kProducer));
  BOOST_TEST((text == SampleText(saved, kEntryBytes)), text.substr(0, 300));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test
