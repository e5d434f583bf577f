#include "tests/unit/snapshot/simulated_disk.h"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace gapless::test {
namespace {

constexpr std::size_t kSectorBytes = 512;

[[noreturn]] void Throw(int code) { throw std::system_error(code, std::system_category(), "simulated fault"); }

std::size_t Below(std::mt19937_64& random, std::size_t bound) { return static_cast<std::size_t>(random() % bound); }

/// `bytes` as an interrupted write leaves them, where the first `kept` were there before.
std::string Torn(std::string bytes, std::size_t kept, std::mt19937_64& random) {
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

}  // namespace

void SimulatedDisk::File::Append(std::string_view bytes) {
  now.append(bytes);
  lengths_since_sync.push_back(now.size());
}

void SimulatedDisk::File::Truncate(std::size_t keep) {
  for (const std::size_t length : lengths_since_sync) cut_since_sync.push_back(now.substr(0, length));
  lengths_since_sync.clear();
  now.resize(keep);
  agreed = std::min(agreed, keep);
  lengths_since_sync.push_back(keep);
}

void SimulatedDisk::File::Sync() {
  synced.resize(agreed);
  synced.append(now, agreed);
  agreed = now.size();
  cut_since_sync.clear();
  lengths_since_sync.clear();
}

std::string SimulatedDisk::File::VersionSinceSync(std::size_t index) const {
  if (index < cut_since_sync.size()) return cut_since_sync[index];
  return now.substr(0, lengths_since_sync[index - cut_since_sync.size()]);
}

class SimulatedDisk::OpenFile final : public AppendFile {
 public:
  OpenFile(std::shared_ptr<SimulatedDisk> disk, std::shared_ptr<File> file)
      : disk_(std::move(disk)), file_(std::move(file)) {}

  void Append(std::string_view bytes) override {
    const auto fault = disk_->Begin();
    if (fault == FaultKind::kHalf) bytes = bytes.substr(0, bytes.size() / 2);
    file_->Append(bytes);
    disk_->appended_bytes_ += bytes.size();
    End(fault);
  }
  void Sync() override {
    const auto fault = disk_->Begin();
    if (fault == FaultKind::kHalf) Throw(EIO);
    file_->Sync();
    ++disk_->syncs_;
    End(fault);
  }

 private:
  const std::shared_ptr<SimulatedDisk> disk_;
  const std::shared_ptr<File> file_;
};

class SimulatedDisk::HeldLock final : public FileLock {
 public:
  HeldLock(std::shared_ptr<SimulatedDisk> disk, std::string path) : disk_(std::move(disk)), path_(std::move(path)) {}
  ~HeldLock() override { disk_->locked_.erase(path_); }

 private:
  const std::shared_ptr<SimulatedDisk> disk_;
  const std::string path_;
};

void SimulatedDisk::FailAt(int nth, FaultKind kind, bool for_good) {
  fail_at_ = operations_ + nth;
  fail_kind_ = kind;
  fails_for_good_ = for_good;
}

std::optional<FaultKind> SimulatedDisk::Begin() {
  ++operations_;
  if (fail_at_ == 0 || operations_ < fail_at_) return std::nullopt;
  if (operations_ > fail_at_) {
    if (fails_for_good_) Throw(EIO);
    return std::nullopt;
  }
  if (fail_kind_ == FaultKind::kRefused) Throw(ENOSPC);
  return fail_kind_;
}

void SimulatedDisk::End(const std::optional<FaultKind>& fault) {
  if (fault) Throw(EIO);
}

std::optional<std::string> SimulatedDisk::Read(const std::string& path) {
  const auto fault = Begin();
  if (fault) Throw(EIO);
  const auto found = names_.find(path);
  if (found == names_.end()) return std::nullopt;
  return found->second->now;
}

std::unique_ptr<AppendFile> SimulatedDisk::OpenAppend(const std::string& path, std::size_t keep) {
  const auto fault = Begin();
  if (fault == FaultKind::kHalf) Throw(EIO);
  std::shared_ptr<File>& file = names_[path];
  if (!file) file = std::make_shared<File>();
  if (file->now.size() < keep) Throw(EINVAL);
  file->Truncate(keep);
  End(fault);
  return std::make_unique<OpenFile>(shared_from_this(), file);
}

void SimulatedDisk::Rename(const std::string& from, const std::string& to) {
  const auto fault = Begin();
  if (fault == FaultKind::kHalf) Throw(EIO);
  auto node = names_.extract(from);
  if (node.empty()) Throw(ENOENT);
  names_[to] = std::move(node.mapped());
  End(fault);
}

void SimulatedDisk::Remove(const std::string& path) {
  const auto fault = Begin();
  if (fault == FaultKind::kHalf) Throw(EIO);
  names_.erase(path);
  End(fault);
}

void SimulatedDisk::SyncDirectory(const std::string&) {
  const auto fault = Begin();
  if (fault == FaultKind::kHalf) Throw(EIO);
  synced_names_ = names_;
  ++syncs_;
  End(fault);
}

std::unique_ptr<FileLock> SimulatedDisk::Lock(const std::string& path) {
  const auto fault = Begin();
  if (fault) Throw(EIO);
  if (!locked_.insert(path).second) return nullptr;
  return std::make_unique<HeldLock>(shared_from_this(), path);
}

std::shared_ptr<SimulatedDisk> SimulatedDisk::Copy(const Names& names,
                                                   const std::function<std::string(const File&)>& content) const {
  auto copy = std::make_shared<SimulatedDisk>();
  for (const auto& [name, file] : names) copy->Put(name, content(*file));
  return copy;
}

std::shared_ptr<SimulatedDisk> SimulatedDisk::OnlySynced() const {
  return Copy(synced_names_, [](const File& file) { return file.synced; });
}

std::shared_ptr<SimulatedDisk> SimulatedDisk::AsItIs() const {
  return Copy(names_, [](const File& file) { return file.now; });
}

std::shared_ptr<SimulatedDisk> SimulatedDisk::AfterPowerCut(std::mt19937_64& random) const {
  Names names;
  std::set<std::string> all;
  for (const auto& [name, file] : names_) all.insert(name);
  for (const auto& [name, file] : synced_names_) all.insert(name);
  for (const std::string& name : all) {
    const Names& chosen = Below(random, 2) == 0 ? names_ : synced_names_;
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
  const auto found = names_.find(path);
  if (found == names_.end()) throw std::logic_error("no file " + path);
  found->second->agreed = 0;
  return found->second->now;
}

void SimulatedDisk::Put(const std::string& path, const std::string& bytes) {
  auto file = std::make_shared<File>();
  file->Append(bytes);
  file->Sync();
  names_[path] = file;
  synced_names_[path] = file;
}

}  // namespace gapless::test
