// Defects of an earlier client that must not come back, as far as no other test shows it; the numbers are the list's.

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <system_error>

#include "tests/unit/client/client_world.h"
#include "tests/unit/client/temporary_folder.h"

namespace gapless {
namespace {

using test::CodeOf;
using test::kChannel;
using test::Peer;
using test::Reader;
using test::Run;
using test::TemporaryFolder;
using test::World;

/// The system's files on a disk that can be full.
class FullDisk : public FileIo {
 public:
  bool full = false;

  std::optional<std::string> Read(const std::string& path) override { return system_->Read(path); }
  std::unique_ptr<AppendFile> OpenAppend(const std::string& path, std::size_t keep) override {
    return std::make_unique<File>(*this, system_->OpenAppend(path, keep));
  }
  void Rename(const std::string& from, const std::string& to) override { system_->Rename(from, to); }
  void Remove(const std::string& path) override { system_->Remove(path); }
  void SyncDirectory(const std::string& path) override { system_->SyncDirectory(path); }
  std::unique_ptr<FileLock> Lock(const std::string& path) override { return system_->Lock(path); }

 private:
  class File : public AppendFile {
   public:
    File(FullDisk& disk, std::unique_ptr<AppendFile> file) : disk_(disk), file_(std::move(file)) {}
    void Append(std::string_view bytes) override {
      if (disk_.full) throw std::system_error(ENOSPC, std::generic_category(), "write");
      file_->Append(bytes);
    }
    void Sync() override { file_->Sync(); }

   private:
    FullDisk& disk_;
    std::unique_ptr<AppendFile> file_;
  };
  std::shared_ptr<FileIo> system_ = SystemFileIo();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(client_defects, World)

BOOST_AUTO_TEST_CASE(D13_D33_a_subscription_made_before_close_ends_with_it) {
  Peer peer(*this, "p");
  peer.client->Connect();
  Reader reader(peer);
  peer.client->Close();
  BOOST_TEST(!reader.subscription.Active());
  hub->Publish(kChannel, EncodeEnvelope(test::MakeEnvelope(1)));
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {});
  BOOST_TEST(hub->Presence(kChannel).empty());
}

BOOST_AUTO_TEST_CASE(D23_P3_a_save_that_fails_is_the_publishers_to_know_and_costs_no_sequence) {
  TemporaryFolder folder;
  const auto disk = std::make_shared<FullDisk>();
  {
    Peer peer(*this, "p", [&](ClientOptions& options) {
      options.snapshotter = FileSnapshotter::Open(folder / "state", {.io = disk});
    });
    peer.client->Connect();
    peer.Publish(1, 1);
    disk->full = true;
    const Errc code = CodeOf([&] { peer.Publish(2, 2); });
    BOOST_TEST(code == Errc::kStateNotWritable);
    disk->full = false;
    BOOST_TEST(peer.client->Publish(kChannel, Draft{.aspect = "a"}).sequence == 2);
  }
  Peer next(*this, "p", [&](ClientOptions& options) { options.snapshotter = FileSnapshotter::Open(folder / "state"); });
  next.client->Connect();
  BOOST_TEST(next.client->Publish(kChannel, Draft{.aspect = "a"}).sequence == 3);
}

BOOST_AUTO_TEST_CASE(D23_a_cursor_that_cannot_be_saved_is_reported_and_saved_later) {
  TemporaryFolder folder;
  const auto disk = std::make_shared<FullDisk>();
  Peer publisher(*this, "p");
  publisher.client->Connect();
  {
    Peer subscriber(*this, "s", [&](ClientOptions& options) {
      options.snapshotter = FileSnapshotter::Open(folder / "state", {.io = disk});
    });
    subscriber.client->Connect();
    Reader reader(subscriber);
    Settle();
    disk->full = true;
    publisher.Publish(1, 3);
    Settle();
    GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 1, 3)));
    BOOST_TEST(subscriber.client->Stats().save_failures >= 1u);
    BOOST_TEST(subscriber.Saw(Errc::kStateNotWritable));
    disk->full = false;
    runtime->AdvanceTime(std::chrono::seconds(1));
  }
  Peer next(*this, "s", [&](ClientOptions& options) { options.snapshotter = FileSnapshotter::Open(folder / "state"); });
  next.client->Connect();
  Reader reader(next);
  publisher.Publish(4, 4);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"p4"});
}

BOOST_AUTO_TEST_CASE(D30_D6_producers_of_one_channel_count_for_themselves) {
  Peer one(*this, "a");
  Peer two(*this, "b");
  Peer reading(*this, "r");
  Reader reader(reading);
  for (Peer* peer : {&one, &two, &reading}) peer->client->Connect();
  Settle();
  BOOST_TEST(one.client->Publish(kChannel, Draft{.aspect = "x"}).sequence == 1);
  BOOST_TEST(two.client->Publish(kChannel, Draft{.aspect = "x"}).sequence == 1);
  BOOST_TEST(one.client->Publish(kChannel, Draft{.aspect = "x"}).sequence == 2);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"a1", "b1", "a2"});
}

BOOST_AUTO_TEST_CASE(D37_the_order_of_keys_and_spaces_does_not_matter) {
  Peer peer(*this, "s");
  peer.client->Connect();
  Reader reader(peer);
  Settle();
  hub->Publish(kChannel,
               R"({"payload":{"sequence":99},"sequence" : 1,"produced_at":"2026-05-27T14:22:09.331Z","aspect":"a",)"
               R"("producer":{"kind":"user","id":"u"},"channel":"public:app.room.1"})");
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"u1"});
}

BOOST_AUTO_TEST_CASE(D46_the_time_allowed_for_calls_does_not_bound_a_subscriptions_life) {
  Peer publisher(*this, "p");
  Peer subscriber(*this, "s", [](ClientOptions& options) { options.request_timeout = std::chrono::milliseconds(100); });
  publisher.client->Connect();
  subscriber.client->Connect();
  Reader reader(subscriber);
  runtime->AdvanceTime(std::chrono::hours(1));
  publisher.Publish(1, 1);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"p1"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
