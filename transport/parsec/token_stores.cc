#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <utility>

#include "gapless/parsec.h"

namespace gapless {
namespace {

using Json = nlohmann::json;
using TokenMap = std::map<std::string, ParsecTokens>;

class MemoryStore final : public ParsecTokenStore {
 public:
  std::optional<ParsecTokens> Load(const std::string& channel) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = tokens_.find(channel);
    return found == tokens_.end() ? std::nullopt : std::optional(found->second);
  }
  void Save(const std::string& channel, const ParsecTokens& tokens) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    tokens_[channel] = tokens;
  }

 private:
  std::mutex mutex_;
  TokenMap tokens_;
};

//   {"gapless_parsec_tokens":1,"channels":{"private:a.b.c":{"access":"…","refresh":"…","access_expires":1,
//    "refresh_expires":2}}}
constexpr const char* kVersionKey = "gapless_parsec_tokens";
constexpr int kVersion = 1;

std::string TextOf(const TokenMap& tokens) {
  Json channels = Json::object();
  for (const auto& [channel, each] : tokens) {
    channels[channel] = {{"access", each.access},
                         {"refresh", each.refresh},
                         {"access_expires", each.access_expires},
                         {"refresh_expires", each.refresh_expires}};
  }
  return Json{{kVersionKey, kVersion}, {"channels", std::move(channels)}}.dump();
}

TokenMap TokensFrom(const std::string& text, const std::string& path) {
  try {
    const Json json = Json::parse(text);
    if (json.at(kVersionKey) != kVersion) {
      throw Error(Errc::kStateForeign, path + " holds tokens in a form of another version");
    }
    TokenMap tokens;
    for (const auto& [channel, each] : json.at("channels").items()) {
      tokens[channel] = {each.at("access").get<std::string>(), each.at("refresh").get<std::string>(),
                         each.at("access_expires").get<std::int64_t>(), each.at("refresh_expires").get<std::int64_t>()};
    }
    return tokens;
  } catch (const Json::exception&) {
    // What the parser says would quote the file, which holds secrets.
    throw Error(Errc::kStateCorrupt,
                path + " is no file of Parsec tokens; restore it, or remove it and get new tokens");
  }
}

class FileStore final : public ParsecTokenStore {
 public:
  FileStore(std::string path, std::shared_ptr<FileIo> io) : path_(std::move(path)), io_(std::move(io)) {
    lock_ = io_->Lock(path_ + ".lock");
    if (!lock_) throw Error(Errc::kStateLocked, "the tokens of " + path_ + " are in use by another client or process");
    if (const auto text = io_->Read(path_)) tokens_ = TokensFrom(*text, path_);
  }

  std::optional<ParsecTokens> Load(const std::string& channel) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = tokens_.find(channel);
    return found == tokens_.end() ? std::nullopt : std::optional(found->second);
  }
  void Save(const std::string& channel, const ParsecTokens& tokens) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    TokenMap changed = tokens_;
    changed[channel] = tokens;
    Write(TextOf(changed));
    tokens_ = std::move(changed);
  }

 private:
  void Write(const std::string& text) {
    const std::string fresh = path_ + ".new";
    try {
      {
        const auto file = io_->OpenAppend(fresh, 0);
        file->Append(text);
        file->Sync();
      }
      io_->Rename(fresh, path_);
      io_->SyncDirectory(path_);
    } catch (const std::system_error& error) {
      throw Error(Errc::kStateNotWritable, "the tokens cannot be saved to " + path_ + ": " + error.code().message());
    }
  }

  const std::string path_;
  const std::shared_ptr<FileIo> io_;
  std::unique_ptr<FileLock> lock_;
  std::mutex mutex_;
  TokenMap tokens_;
};

}  // namespace

std::shared_ptr<ParsecTokenStore> ParsecTokenMemory() { return std::make_shared<MemoryStore>(); }

std::shared_ptr<ParsecTokenStore> ParsecTokenFile(const std::string& path, std::shared_ptr<FileIo> io) {
  if (path.empty()) throw Error(Errc::kInvalidArgument, "a token file needs a path");
  if (!io) throw Error(Errc::kInvalidArgument, "a token file needs a FileIo");
  return std::make_shared<FileStore>(path, std::move(io));
}

}  // namespace gapless
