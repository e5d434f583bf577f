// The system's files: POSIX calls, retried on EINTR, checked for short writes.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "gapless/file_io.h"

namespace gapless {
namespace {

// Far above any real state; below it a hostile file cannot take all memory.
constexpr off_t kMaxReadBytes = off_t{4} << 30;
constexpr mode_t kOnlyOwner = 0600;

[[noreturn]] void Throw(int code, const std::string& what, const std::string& path) {
  throw std::system_error(code, std::system_category(), what + " " + path);
}

template <typename Call>
auto Retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    // Whatever close could report concerns bytes that Sync has made durable or that nobody relies on.
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// Never waits (a FIFO would) and hands nothing down to programs that this process starts.
int OpenRaw(const std::string& path, int flags) {
  return Retried([&] { return open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, kOnlyOwner); });
}

Descriptor Open(const std::string& path, int flags) {
  const int fd = OpenRaw(path, flags);
  if (fd < 0) Throw(errno, "cannot open", path);
  return Descriptor(fd);
}

struct stat RegularFileStatus(const Descriptor& file, const std::string& path) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0) Throw(errno, "cannot examine", path);
  if (!S_ISREG(status.st_mode)) Throw(S_ISDIR(status.st_mode) ? EISDIR : EINVAL, "not a regular file:", path);
  return status;
}

std::string DirectoryOf(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

class SystemAppendFile final : public AppendFile {
 public:
  SystemAppendFile(Descriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  void Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = Retried([&] { return write(file_.get(), bytes.data(), bytes.size()); });
      if (written < 0) Throw(errno, "cannot write", path_);
      if (written == 0) Throw(EIO, "nothing was written to", path_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void Sync() override {
    if (Retried([&] { return fdatasync(file_.get()); }) != 0) Throw(errno, "cannot sync", path_);
  }

 private:
  const Descriptor file_;
  const std::string path_;
};

class SystemFileLock final : public FileLock {
 public:
  explicit SystemFileLock(Descriptor file) : file_(std::move(file)) {}

 private:
  const Descriptor file_;
};

class PosixFileIo final : public FileIo {
 public:
  std::optional<std::string> Read(const std::string& path) override {
    const int fd = OpenRaw(path, O_RDONLY);
    if (fd < 0 && errno == ENOENT) return std::nullopt;
    if (fd < 0) Throw(errno, "cannot open", path);
    const Descriptor file(fd);
    const off_t size = RegularFileStatus(file, path).st_size;
    if (size > kMaxReadBytes) Throw(EFBIG, "too large to read:", path);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    std::size_t have = 0;
    while (have < bytes.size()) {
      const ssize_t got = Retried([&] { return read(file.get(), bytes.data() + have, bytes.size() - have); });
      if (got < 0) Throw(errno, "cannot read", path);
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
  }

  std::unique_ptr<AppendFile> OpenAppend(const std::string& path, std::size_t keep) override {
    // A symbolic link in this place was not put there by us, and what it points to is not ours to cut.
    Descriptor file = Open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW);
    const auto size = static_cast<std::size_t>(RegularFileStatus(file, path).st_size);
    if (size < keep) Throw(EINVAL, "shorter than what was to be kept of it:", path);
    if (size > keep && Retried([&] { return ftruncate(file.get(), static_cast<off_t>(keep)); }) != 0) {
      Throw(errno, "cannot cut", path);
    }
    return std::make_unique<SystemAppendFile>(std::move(file), path);
  }

  void Rename(const std::string& from, const std::string& to) override {
    if (std::rename(from.c_str(), to.c_str()) != 0) Throw(errno, "cannot rename " + from + " to", to);
  }

  void Remove(const std::string& path) override {
    if (unlink(path.c_str()) != 0 && errno != ENOENT) Throw(errno, "cannot remove", path);
  }

  void SyncDirectory(const std::string& path) override {
    const Descriptor directory = Open(DirectoryOf(path), O_RDONLY | O_DIRECTORY);
    if (Retried([&] { return fsync(directory.get()); }) != 0) Throw(errno, "cannot sync the directory of", path);
  }

  std::unique_ptr<FileLock> Lock(const std::string& path) override {
    for (;;) {
      Descriptor file = Open(path, O_RDWR | O_CREAT | O_NOFOLLOW);
      RegularFileStatus(file, path);
      // A lock of flock belongs to the open file and not to the process, so it also keeps out a second client here.
      if (Retried([&] { return flock(file.get(), LOCK_EX | LOCK_NB); }) != 0) {
        if (errno == EWOULDBLOCK) return nullptr;
        Throw(errno, "cannot lock", path);
      }
      // Somebody may have removed the file between opening and locking it; a lock on a nameless file excludes nobody.
      if (RegularFileStatus(file, path).st_nlink > 0) return std::make_unique<SystemFileLock>(std::move(file));
    }
  }
};

}  // namespace

std::shared_ptr<FileIo> SystemFileIo() { return std::make_shared<PosixFileIo>(); }

}  // namespace gapless
