#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "gapless/simulated_disk.h"
#include "transport/runtime/split_mix.h"

namespace gapless {
namespace {

using internal::SplitMix;

constexpr std::size_t kSectorBytes = 512;

[[noreturn]] void Throw(int code) { throw std::system_error(code, std::system_category(), "simulated fault"); }

std::size_t Below(SplitMix& random, std::size_t bound) { return static_cast<std::size_t>(random.Next() % bound); }

/// `bytes` as an interrupted write leaves them, where the first `kept` were there before.
std::string Torn(std::string bytes, std::size_t kept, SplitMix& random) {
  if (bytes.size() <= kept) return bytes;
  if (Below(random, 2) == 0) return bytes.substr(0, kept + Below(random, bytes.size() - kept + 1));
  // The size reached the disk, some of the sectors did not. At least one is missing, else nothing was torn.
  const std::size_t first = kept / kSectorBytes;
  const std::size_t last = (bytes.size() - 1) / kSectorBytes;
  const std::size_t surely = first + Below(random, last - first + 1);
  for (std::size_t sector = first; sector <= last; ++sector) {
    if (sector != surely && Below(random, 2) == 0) continue;
    const std::size_t from = std::max(kept, sector * kSectorBytes);
    const std::size_t to = std::min(bytes.size(), (sector + 1) * kSectorBytes);
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.begin() + static_cast<std::ptrdiff_t>(to), '\0');
  }
  return bytes;
}

std::size_t CommonPrefix(const std::string& a, const std::string& b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

/// One file. An append costs what it appends, as on a real disk, so that a test can save many thousand times.
struct File {
  std::string now;
  std::string synced;
  /// Contents since the last sync that `now` no longer begins with.
  std::vector<std::string> cut_since_sync;
  /// Lengths of `now` since the last sync, each of which may have reached the disk.
  std::vector<std::size_t> lengths_since_sync;
  /// How far `now` and `synced` surely agree.
  std::size_t agreed = 0;

  void Append(std::string_view bytes) {
    now.append(bytes);
    lengths_since_sync.push_back(now.size());
  }

  void Truncate(std::size_t keep) {
    for (const std::size_t length : lengths_since_sync) cut_since_sync.push_back(now.substr(0, length));
    lengths_since_sync.clear();
    now.resize(keep);
    agreed = std::min(agreed, keep);
    lengths_since_sync.push_back(keep);
  }

  void Sync() {
    synced.resize(agreed);
    synced.append(now, agreed);
    agreed = now.size();
    cut_since_sync.clear();
    lengths_since_sync.clear();
  }

  std::size_t VersionsSinceSync() const { return cut_since_sync.size() + lengths_since_sync.size(); }
  std::string VersionSinceSync(std::size_t index) const {
    if (index < cut_since_sync.size()) return cut_since_sync[index];
    return now.substr(0, lengths_since_sync[index - cut_since_sync.size()]);
  }
};
using Names = std::map<std::string, std::shared_ptr<File>>;

std::shared_ptr<SimulatedDisk> Copy(const Names& names, const std::function<std::string(const File&)>& content) {
  auto copy = std::make_shared<SimulatedDisk>();
  for (const auto& [name, file] : names) copy->Put(name, content(*file));
  return copy;
}

}  // namespace

struct SimulatedDisk::Impl {
  Names names;
  Names synced_names;
  std::set<std::string> locked;
  int operations = 0;
  int syncs = 0;
  std::size_t appended_bytes = 0;
  int fail_at = 0;
  DiskFault fail_how = DiskFault::kRefused;
  bool fails_for_good = false;
  std::function<std::optional<DiskFault>(std::string_view)> decide;

  std::optional<DiskFault> Planned() const {
    if (fail_at == 0 || operations < fail_at) return std::nullopt;
    if (operations == fail_at) return fail_how;
    if (fails_for_good) Throw(EIO);
    return std::nullopt;
  }

  /// Counts an operation. Throws if it is to be refused; else whether it is to fail after `kDone` or `kHalf`.
  std::optional<DiskFault> Begin(std::string_view operation) {
    ++operations;
    std::optional<DiskFault> fault = Planned();
    if (!fault && decide) fault = decide(operation);
    if (fault == DiskFault::kRefused) Throw(ENOSPC);
    return fault;
  }
  static void End(const std::optional<DiskFault>& fault) {
    if (fault) Throw(EIO);
  }
};

namespace {

class HeldLock final : public FileLock {
 public:
  explicit HeldLock(std::function<void()> release) : release_(std::move(release)) {}
  ~HeldLock() override { release_(); }

 private:
  const std::function<void()> release_;
};

class OpenFile final : public AppendFile {
 public:
  OpenFile(std::function<void(std::string_view)> append, std::function<void()> sync)
      : append_(std::move(append)), sync_(std::move(sync)) {}
  void Append(std::string_view bytes) override { append_(bytes); }
  void Sync() override { sync_(); }

 private:
  const std::function<void(std::string_view)> append_;
  const std::function<void()> sync_;
};

}  // namespace

SimulatedDisk::SimulatedDisk() : impl_(std::make_shared<Impl>()) {}
SimulatedDisk::~SimulatedDisk() = default;

void SimulatedDisk::FailAt(int nth, DiskFault fault, bool for_good) {
  impl_->fail_at = impl_->operations + nth;
  impl_->fail_how = fault;
  impl_->fails_for_good = for_good;
}

void SimulatedDisk::Heal() { impl_->fail_at = 0; }
bool SimulatedDisk::HasFailed() const { return impl_->fail_at != 0 && impl_->operations >= impl_->fail_at; }

void SimulatedDisk::OnOperation(std::function<std::optional<DiskFault>(std::string_view operation)> decide) {
  impl_->decide = std::move(decide);
}

std::optional<std::string> SimulatedDisk::Read(const std::string& path) {
  if (impl_->Begin("read")) Throw(EIO);
  const auto found = impl_->names.find(path);
  if (found == impl_->names.end()) return std::nullopt;
  return found->second->now;
}

std::unique_ptr<AppendFile> SimulatedDisk::OpenAppend(const std::string& path, std::size_t keep) {
  const auto fault = impl_->Begin("open");
  if (fault == DiskFault::kHalf) Throw(EIO);
  std::shared_ptr<File>& file = impl_->names[path];
  if (!file) file = std::make_shared<File>();
  if (file->now.size() < keep) Throw(EINVAL);
  file->Truncate(keep);
  Impl::End(fault);
  return std::make_unique<OpenFile>(
      [disk = impl_, file = file](std::string_view bytes) {
        const auto failing = disk->Begin("append");
        if (failing == DiskFault::kHalf) bytes = bytes.substr(0, bytes.size() / 2);
        file->Append(bytes);
        disk->appended_bytes += bytes.size();
        Impl::End(failing);
      },
      [disk = impl_, file = file] {
        const auto failing = disk->Begin("sync");
        if (failing == DiskFault::kHalf) Throw(EIO);
        file->Sync();
        ++disk->syncs;
        Impl::End(failing);
      });
}

void SimulatedDisk::Rename(const std::string& from, const std::string& to) {
  const auto fault = impl_->Begin("rename");
  if (fault == DiskFault::kHalf) Throw(EIO);
  auto node = impl_->names.extract(from);
  if (node.empty()) Throw(ENOENT);
  impl_->names[to] = std::move(node.mapped());
  Impl::End(fault);
}

void SimulatedDisk::Remove(const std::string& path) {
  const auto fault = impl_->Begin("remove");
  if (fault == DiskFault::kHalf) Throw(EIO);
  impl_->names.erase(path);
  Impl::End(fault);
}

void SimulatedDisk::SyncDirectory(const std::string&) {
  const auto fault = impl_->Begin("sync directory");
  if (fault == DiskFault::kHalf) Throw(EIO);
  impl_->synced_names = impl_->names;
  ++impl_->syncs;
  Impl::End(fault);
}

std::unique_ptr<FileLock> SimulatedDisk::Lock(const std::string& path) {
  if (impl_->Begin("lock")) Throw(EIO);
  if (!impl_->locked.insert(path).second) return nullptr;
  return std::make_unique<HeldLock>([disk = impl_, path] { disk->locked.erase(path); });
}

int SimulatedDisk::operations() const { return impl_->operations; }
int SimulatedDisk::syncs() const { return impl_->syncs; }
std::size_t SimulatedDisk::appended_bytes() const { return impl_->appended_bytes; }

std::size_t SimulatedDisk::bytes() const {
  std::size_t sum = 0;
  for (const auto& [name, file] : impl_->names) sum += file->now.size();
  return sum;
}

std::shared_ptr<SimulatedDisk> SimulatedDisk::OnlySynced() const {
  return Copy(impl_->synced_names, [](const File& file) { return file.synced; });
}

std::shared_ptr<SimulatedDisk> SimulatedDisk::AsItIs() const {
  return Copy(impl_->names, [](const File& file) { return file.now; });
}

std::shared_ptr<SimulatedDisk> SimulatedDisk::AfterPowerCut(std::uint64_t choice) const {
  SplitMix random(choice);
  Names names;
  std::set<std::string> all;
  for (const auto& [name, file] : impl_->names) all.insert(name);
  for (const auto& [name, file] : impl_->synced_names) all.insert(name);
  for (const std::string& name : all) {
    const Names& chosen = Below(random, 2) == 0 ? impl_->names : impl_->synced_names;
    if (const auto found = chosen.find(name); found != chosen.end()) names[name] = found->second;
  }
  return Copy(names, [&](const File& file) {
    if (file.VersionsSinceSync() == 0 || Below(random, 4) == 0) return file.synced;
    const std::string written = file.VersionSinceSync(Below(random, file.VersionsSinceSync()));
    if (Below(random, 3) == 0) return written;
    return Torn(written, CommonPrefix(file.synced, written), random);
  });
}

std::string& SimulatedDisk::Content(const std::string& path) {
  const auto found = impl_->names.find(path);
  if (found == impl_->names.end()) throw std::logic_error("no file " + path);
  found->second->agreed = 0;
  return found->second->now;
}

bool SimulatedDisk::Has(const std::string& path) const { return impl_->names.count(path) != 0; }
void SimulatedDisk::Erase(const std::string& path) { impl_->names.erase(path); }

void SimulatedDisk::Put(const std::string& path, const std::string& bytes) {
  auto file = std::make_shared<File>();
  file->Append(bytes);
  file->Sync();
  impl_->names[path] = file;
  impl_->synced_names[path] = file;
}

}  // namespace gapless
