#include "snapshot/state_lease.h"

#include <system_error>
#include <utility>

#include "snapshot/state_errors.h"

namespace gapless::internal {

StateLease::StateLease(std::string path) : path_(std::move(path)), io_(SystemFileIo()) {
  try {
    lock_ = io_->Lock(path_);
    if (lock_) remembers_ = !io_->Read(path_).value_or("").empty();
  } catch (const std::system_error& error) {
    throw UnwritableState(path_, std::string("the state cannot be locked: ") + error.what());
  }
  if (!lock_) throw LockedState(path_);
}

void StateLease::Remember() {
  if (!remembers_) Write("gapless keeps state in the database beside this file.\n");
  remembers_ = true;
}

void StateLease::Forget() {
  if (remembers_) Write("");
  remembers_ = false;
}

void StateLease::Write(const std::string& text) {
  try {
    const auto file = io_->OpenAppend(path_, 0);
    file->Append(text);
    file->Sync();
    io_->SyncDirectory(path_);
  } catch (const std::system_error& error) {
    throw UnwritableState(path_, error.what());
  }
}

}  // namespace gapless::internal
