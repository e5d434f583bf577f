#ifndef GAPLESS_EXAMPLES_DEMO_RECORDER_H_
#define GAPLESS_EXAMPLES_DEMO_RECORDER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "examples/demo/options.h"
#include "gapless/snapshotter.h"

namespace demo {

/// What the subscriber writes: a row per part in its database, and the part's bytes at the end of a file.
///
/// The rows are committed by the transaction that also commits the cursor; they say where in the file a part
/// ends. What a killed process had written to the file but not committed is cut off at the next start, and written
/// over within a life, so the file never has a part twice. Whatever the file lacks the rows can write again.
class Recorder {
 public:
  /// Opens or creates the file. Throws `std::system_error`.
  explicit Recorder(const std::string& path);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Makes the table, and the file what the table says. Returns the highest sequence written, 0 for none.
  std::int64_t Restore(gapless::Transaction& transaction);
  /// Writes one part. Throws `std::system_error` when the file cannot be written.
  void Write(gapless::Transaction& transaction, std::int64_t sequence, const std::string& aspect,
             const std::string& bytes);
  /// As `Write`, but wrong for one part in the middle of `total`.
  void WriteSabotaged(gapless::Transaction& transaction, std::int64_t sequence, const std::string& aspect,
                      const std::string& bytes, Sabotage sabotage, std::int64_t total);

 private:
  void WriteAt(std::int64_t offset, std::string_view bytes);
  void WriteAgain(gapless::Transaction& transaction);

  const std::string path_;
  int file_ = -1;
};

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_RECORDER_H_
