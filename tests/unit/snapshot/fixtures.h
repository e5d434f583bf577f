#ifndef GAPLESS_TESTS_UNIT_SNAPSHOT_FIXTURES_H_
#define GAPLESS_TESTS_UNIT_SNAPSHOT_FIXTURES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gapless/snapshotter.h"

namespace gapless::test {

inline const std::string kProducer = "editor-7";

/// A directory of its own, removed with everything in it. In memory where there is a place for that, so that thousands
/// of syncs cost nothing and no test waits for a busy disk; `on_disk` asks for the slower kind.
class TempDirectory {
 public:
  explicit TempDirectory(bool on_disk = false);
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& bytes);
bool FileExists(const std::string& path);

/// What the state must be after some saves, kept in the plainest way.
class Model {
 public:
  Model& Apply(const Changes& changes);
  /// One line for each fact, the outbox in order.
  std::string Text() const;

 private:
  std::map<std::string, std::int64_t> produced_;
  std::map<std::string, std::int64_t> reserved_;
  std::map<std::string, std::string> cursors_;
  std::map<std::string, std::string> positions_;
  std::vector<std::pair<std::string, std::string>> outbox_;
  std::map<std::string, std::string> ledger_;
  std::map<std::string, std::string> quarantine_;
};

/// A loaded state in the same words.
std::string Text(const State& state);

/// The `number`-th of a series of saves in which everything occurs: two streams, ceilings above them and one ahead of
/// any use, an outbox that fills and empties, two subscriptions
/// with a ledger and a quarantine. `size` is that of an outbox entry.
Changes SampleSave(int number, std::size_t size = 20);
/// Text after the first `count` of them.
std::string SampleText(int count, std::size_t size = 20);

Changes Produced(const std::string& channel, std::int64_t sequence);
LedgerRow Row(std::int64_t id, LedgerStatus status, std::int64_t first, std::int64_t last);
QuarantinedEnvelope Kept(std::int64_t id, const std::string& bytes);
OutboxEntry Entry(const std::string& channel, std::int64_t sequence, const std::string& bytes);

/// The code of the `Error` that `call` throws, or nothing. `message` gets what it says.
std::optional<Errc> ErrcOf(const std::function<void()>& call, std::string* message = nullptr);

}  // namespace gapless::test

namespace gapless {
/// For failure messages of BOOST_TEST.
std::ostream& operator<<(std::ostream& out, Errc code);
}  // namespace gapless

/// `call` throws `Error(code)`.
#define EXPECT_ERROR(call, code)                                                                     \
  do {                                                                                               \
    std::string said;                                                                                \
    const std::optional<gapless::Errc> thrown = gapless::test::ErrcOf([&] { (void)(call); }, &said); \
    BOOST_TEST(thrown.has_value(), #call << " threw nothing");                                       \
    if (thrown) BOOST_TEST(*thrown == (code), #call << " threw: " << said);                          \
  } while (false)

#endif  // GAPLESS_TESTS_UNIT_SNAPSHOT_FIXTURES_H_
