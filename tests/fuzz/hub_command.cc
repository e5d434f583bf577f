// What a client sends to the hub, frame by frame: through the reader of commands, and through a session whose answers
// our own decoder must understand.

#include <chrono>
#include <memory>
#include <string>
#include <variant>

#include "gapless/hub.h"
#include "hub/server/command.h"
#include "hub/server/session.h"
#include "tests/fuzz/target.h"
#include "transport/centrifuge/codec.h"

namespace gapless::fuzz {
namespace {

using namespace std::chrono_literals;
using hub::Command;
using hub::CommandReader;

bool IsPartOf(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void ReadCommands(std::string_view frame) {
  CommandReader reader(frame);
  Command command;
  // Every command takes at least the two bytes of an object.
  for (std::size_t left = frame.size() / 2 + 1; reader.Next(command) == CommandReader::Result::kCommand; --left) {
    Require(left > 0, "reading comes to an end");
    const auto* publish = std::get_if<hub::PublishCommand>(&command.body);
    if (publish == nullptr || publish->data.empty()) continue;
    Require(IsPartOf(publish->data, frame), "data is the bytes of the frame");
    Require(hub::IsJsonValue(publish->data), "data is one JSON value");
  }
}

class Conversation {
 public:
  Conversation()
      : mailbox_(std::make_shared<hub::Mailbox>(std::make_shared<hub::PushEncoder>(), options_.max_queue_bytes, [] {})),
        session_(options_, hub_.core(), mailbox_, now_, /*random=*/0) {
    Say(R"({"id":1,"connect":{}})");
  }

  void Say(std::string_view frame) {
    now_ += 1s;
    session_.OnFrame(frame, now_);
    session_.OnMailbox();
    session_.OnTimer(now_);
    for (const hub::Chunk& chunk : session_.TakeOutput()) Hear(std::string(chunk.bytes()));
  }

 private:
  void Hear(std::string text) {
    Require(!text.empty(), "nothing empty is said");
    const centrifuge::DecodedFrame frame = decoder_.Decode(std::move(text));
    Require(frame.broken.empty(), "the hub speaks JSON, one object on each line");
  }

  const HubServerOptions options_;
  Hub hub_;
  TimePoint now_{1h};
  std::shared_ptr<hub::Mailbox> mailbox_;
  hub::Session session_;
  centrifuge::Decoder decoder_;
};

}  // namespace

void TestOneInput(std::string_view input) {
  Conversation conversation;
  for (const std::string_view frame : Frames(input)) {
    ReadCommands(frame);
    conversation.Say(frame);
  }
}

}  // namespace gapless::fuzz
