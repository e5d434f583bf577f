#include <algorithm>
#include <cstdint>
#include <exception>
#include <fstream>
#include <string>
#include <utility>

#include "examples/demo/gap_file.h"
#include "examples/demo/log_schema.h"
#include "examples/demo/record.h"
#include "examples/demo/recorder.h"
#include "examples/demo/reports.h"
#include "examples/demo/roles.h"
#include "examples/demo/run_files.h"
#include "gapless/gapless.h"

namespace demo {
namespace {

/// The input's bytes that `envelope` carries.
std::string BytesOf(const gapless::Envelope& envelope) {
  // Every payload has the raw bytes in the same place, so the smallest type reads them all.
  const Part part = ToPart(envelope.PayloadAs<LineEvent>().raw);
  return part.bytes + (part.ends_line ? "\n" : "");
}

}  // namespace

int RunSubscriber(const Options& options) {
  const RunFiles files{options.state};
  gapless::ClientOptions client_options = LogClientOptions(options.url, files.subscriber_state());
  client_options.producer = {.id = "log-keeper", .kind = gapless::ProducerKind::kService};
  gapless::Client client(std::move(client_options));
  client.OnError([](const gapless::Error& error) { Log(error.what()); });

  Recorder recorder(files.received());
  std::int64_t highest = 0;
  client.Transact([&](gapless::Transaction& transaction) { highest = recorder.Restore(transaction); });
  Report("at " + std::to_string(highest));

  gapless::SubscribeOptions from_start;
  from_start.from_start = true;
  client.Subscribe(kLogChannel, from_start, [&](gapless::Subscription& log) {
    log.OnEnvelopeTransactional([&](const gapless::Envelope& envelope, gapless::Transaction& transaction) {
      try {
        recorder.WriteSabotaged(transaction, envelope.sequence, envelope.aspect, BytesOf(envelope), options.sabotage,
                                options.parts);
      } catch (const std::exception& error) {
        // A handler that throws loses the envelope. A process that ends here gets it again when it is back.
        Die("part " + std::to_string(envelope.sequence) + " cannot be written: " + error.what());
      }
    });
    // Runs after the transaction above is committed.
    log.OnEnvelope([&](const gapless::Envelope& envelope) {
      highest = std::max(highest, envelope.sequence);
      Report("at " + std::to_string(highest));
    });
    log.OnGap([&](const gapless::Gap& gap) { AppendGap(files.gaps(), gap); });
  });
  client.Connect();
  TakeCommands([](const std::string&, std::int64_t) {});
  client.Close();
  return 0;
}

}  // namespace demo
