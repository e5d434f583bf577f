#ifndef GAPLESS_TESTS_UNIT_TRANSPORT_SCRIPTED_PEER_H_
#define GAPLESS_TESTS_UNIT_TRANSPORT_SCRIPTED_PEER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gapless::test {

/// The server's side of one connection. Each call waits until it is done; a call on a connection that is gone, or
/// after the test has ended, throws, which ends the script.
class PeerConnection {
 public:
  virtual ~PeerConnection() = default;
  /// Reads the upgrade request and returns it as it came.
  virtual std::string ReadRequest() = 0;
  /// Reads one request with its body, whose length its Content-Length says, and returns it as it came.
  virtual std::string ReadRequestWithBody() = 0;
  /// Reads the upgrade request and answers that it is a WebSocket now, compressed if the client offers that.
  virtual void Accept() = 0;
  /// The next text message; none once the connection has ended, in whatever way.
  virtual std::optional<std::string> Receive() = 0;
  /// What the client's close frame said, once `Receive` has found the end; 0 if there was none.
  virtual std::uint16_t close_code() const = 0;
  virtual void Send(std::string_view text) = 0;
  virtual void SendBinary(std::string_view bytes) = 0;
  /// Sends a close frame and waits for the answer.
  virtual void Close(std::uint16_t code, std::string_view reason) = 0;
  /// Puts bytes on the socket as they are.
  virtual void SendRaw(std::string_view bytes) = 0;
  /// Sends text messages of 1 MiB until the client's side has taken nothing for a while, or all of `count`. Returns how
  /// many it took; what is left of the last one is lost, so nothing can be sent afterwards.
  virtual std::size_t SendUntilFull(std::size_t count) = 0;
  /// Ends the connection with a reset.
  virtual void Reset() = 0;
  /// Reads and drops what comes until the client is gone; answers its close frame.
  virtual void Drain() = 0;
  /// Does nothing and reads nothing until the test ends.
  virtual void Hold() = 0;
};

/// A server on loopback that treats its n-th connection as the n-th script says, and all further ones as the last.
/// Connections run at the same time, each on a thread of its own. A connection ends with its script.
class ScriptedPeer {
 public:
  using Script = std::function<void(PeerConnection&)>;

  explicit ScriptedPeer(std::vector<Script> scripts);
  explicit ScriptedPeer(Script script) : ScriptedPeer(std::vector<Script>{std::move(script)}) {}
  /// Cuts what is left.
  ~ScriptedPeer();

  std::uint16_t port() const;
  std::string url() const { return "ws://127.0.0.1:" + std::to_string(port()) + "/connection/websocket"; }
  std::size_t connection_count() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether a request as it came has this header, written in whichever way HTTP allows.
bool HasHeader(const std::string& request, const std::string& name, const std::string& value);

/// A port on loopback that nobody listens on.
std::uint16_t UnusedPort();

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_TRANSPORT_SCRIPTED_PEER_H_
