// The file of tokens, over files that fail when the test says so.

#include <boost/test/unit_test.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "gapless/parsec.h"

namespace gapless {
namespace {

const std::string kChannel = "private:a.b.c";
const ParsecTokens kFirst{"a1", "r1", 1, 2};
const ParsecTokens kNext{"a2", "r2", 3, 4};

/// Files in memory; the operation of the name in `failing` fails.
class Files final : public FileIo {
 public:
  std::map<std::string, std::string> content;
  std::string failing;
  std::string done;
  bool locked = false;

  std::optional<std::string> Read(const std::string& path) override {
    const auto found = content.find(path);
    return found == content.end() ? std::nullopt : std::optional(found->second);
  }
  std::unique_ptr<AppendFile> OpenAppend(const std::string& path, std::size_t keep) override {
    Do("open");
    content[path].resize(keep);
    return std::make_unique<File>(*this, path);
  }
  void Rename(const std::string& from, const std::string& to) override {
    Do("rename");
    content[to] = content[from];
    content.erase(from);
  }
  void Remove(const std::string& path) override { content.erase(path); }
  void SyncDirectory(const std::string&) override { Do("directory"); }
  std::unique_ptr<FileLock> Lock(const std::string&) override {
    return locked ? nullptr : std::make_unique<FileLock>();
  }
  void Do(const std::string& what) {
    if (what == failing) throw std::system_error(std::make_error_code(std::errc::no_space_on_device));
    done += what + " ";
  }

 private:
  struct File final : AppendFile {
    File(Files& of, std::string at) : files(of), path(std::move(at)) {}
    void Append(std::string_view bytes) override {
      files.Do("append");
      files.content[path] += bytes;
    }
    void Sync() override { files.Do("sync"); }
    Files& files;
    const std::string path;
  };
};

bool IsError(Errc errc, const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.errc() == errc && std::string(error.what()).find("r1") == std::string::npos;
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parsec_token_file)

BOOST_AUTO_TEST_CASE(WhatIsSavedIsSyncedBeforeItReplacesTheOldAndIsThereForTheNextLife) {
  const auto files = std::make_shared<Files>();
  {
    const auto store = ParsecTokenFile("t", files);
    BOOST_TEST(!store->Load(kChannel));
    store->Save(kChannel, kFirst);
    BOOST_TEST(files->done == "open append sync rename directory ");
    store->Save("private:a.b.d", kNext);
  }
  const auto store = ParsecTokenFile("t", files);
  BOOST_TEST((store->Load(kChannel) == kFirst));
  BOOST_TEST((store->Load("private:a.b.d") == kNext));
}

BOOST_AUTO_TEST_CASE(ASaveThatFailsAtAnyStepKeepsTheOldTokensAndSaysSo) {
  for (const char* step : {"open", "append", "sync", "rename", "directory"}) {
    BOOST_TEST_CONTEXT(step) {
      const auto files = std::make_shared<Files>();
      const auto store = ParsecTokenFile("t", files);
      store->Save(kChannel, kFirst);
      files->failing = step;
      BOOST_TEST(IsError(Errc::kStateNotWritable, [&] { store->Save(kChannel, kNext); }));
      BOOST_TEST((store->Load(kChannel) == kFirst));
      files->failing.clear();
      store->Save(kChannel, kNext);
      BOOST_TEST((store->Load(kChannel) == kNext));
    }
  }
}

BOOST_AUTO_TEST_CASE(AFileInUseOrOfSomebodyElseIsRefusedWithoutShowingIt) {
  const auto files = std::make_shared<Files>();
  files->locked = true;
  BOOST_TEST(IsError(Errc::kStateLocked, [&] { ParsecTokenFile("t", files); }));
  files->locked = false;
  for (const char* text : {"", "{", "[]", "r1", R"({"gapless_parsec_tokens":1})",
                           R"({"gapless_parsec_tokens":1,"channels":{"x":{"refresh":"r1"}}})"}) {
    files->content["t"] = text;
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(IsError(Errc::kStateCorrupt, [&] { ParsecTokenFile("t", files); }));
    }
  }
  files->content["t"] = R"({"gapless_parsec_tokens":2,"channels":{}})";
  BOOST_TEST(IsError(Errc::kStateForeign, [&] { ParsecTokenFile("t", files); }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
