#ifndef GAPLESS_EXAMPLES_DEMO_LINE_SPLITTER_H_
#define GAPLESS_EXAMPLES_DEMO_LINE_SPLITTER_H_

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace demo {

/// Longest piece of a line that travels in one envelope, in bytes. JSON may write one byte as six, and an envelope
/// ends at 64 KiB.
inline constexpr std::size_t kMaxPartBytes = 8'192;

/// What one envelope carries: a line, or a slice of a line that is too long for one.
struct Part {
  std::string bytes;  ///< Without the newline.
  bool ends_line = false;

  /// How many bytes of the input it stands for.
  std::size_t size() const { return bytes.size() + (ends_line ? 1 : 0); }
  friend bool operator==(const Part&, const Part&) = default;
};

/// Cuts bytes into parts. Where it cuts depends only on the bytes from the last cut on, so a reader that starts
/// again at any cut makes the same parts.
class LineSplitter {
 public:
  void Feed(std::string_view bytes) { buffer_.append(bytes); }
  /// Nothing more comes.
  void End() { ended_ = true; }
  /// The next part, or nothing while it is not known where it ends.
  std::optional<Part> Next();

 private:
  std::string buffer_;
  std::size_t begin_ = 0;
  bool ended_ = false;
};

/// The parts of a file, from a byte offset on.
class PartReader {
 public:
  /// Throws `std::runtime_error` when the file cannot be read.
  PartReader(const std::string& path, std::uint64_t offset);
  std::optional<Part> Next();

 private:
  std::string path_;
  std::ifstream file_;
  LineSplitter splitter_;
};

/// How many parts a file has.
std::int64_t CountParts(const std::string& path);

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_LINE_SPLITTER_H_
