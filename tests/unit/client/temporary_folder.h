#ifndef GAPLESS_TESTS_UNIT_CLIENT_TEMPORARY_FOLDER_H_
#define GAPLESS_TESTS_UNIT_CLIENT_TEMPORARY_FOLDER_H_

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace gapless::test {

/// A folder of its own that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gapless-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  /// Copies the state `from`, all its files but the lock, to a state `to`, as a backup or a kill leaves it.
  void CopyState(const std::string& from, const std::string& to) const {
    for (const auto& file : std::filesystem::directory_iterator(path_)) {
      const std::string name = file.path().filename().string();
      if (!name.starts_with(from) || name.ends_with("lock")) continue;
      std::filesystem::copy_file(file.path(), path_ / (to + name.substr(from.size())));
    }
  }

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_CLIENT_TEMPORARY_FOLDER_H_
