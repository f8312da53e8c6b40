#pragma once

#include <string>
#include <string_view>

#include "json/document.h"
#include "qmp/commands.h"
#include "qmp/nvram.h"
#include "qmp/request_stream.h"

namespace nonvol::qmp {

// One client's conversation: bytes in, lines out. QEMU's docs/interop/qmp-spec is the source of the wire
// form, a running QEMU that of the words (tests/interop/qmp_test.py compares). One thread.
class Session {
 public:
  explicit Session(Nvram& nvram) : nvram_(&nvram) {}

  // What the server says first.
  static std::string greeting();

  void feed(std::string_view bytes) { stream_.feed(bytes); }
  // Carries out the next request that is complete. False: there is none.
  bool step();
  // What is to be sent, and empties it.
  std::string take_output() { return std::exchange(output_, {}); }

  // Events are for clients that have negotiated.
  void send_event(std::string_view line) {
    if (negotiated_) output_ += line;
  }
  bool wants_quit() const { return wants_quit_; }
  // What follows cannot be understood any more.
  bool wants_close() const { return wants_close_; }

 private:
  void carry_out(const std::string& text);
  Answer dispatch(const json::Value& request);
  void answer(const Answer& answer, std::string_view id);
  void fail(std::string text) { answer(std::unexpected(Complaint{.text = std::move(text)}), {}); }

  Nvram* nvram_;
  RequestStream stream_;
  json::Document document_;
  std::string output_;
  bool negotiated_ = false;
  bool wants_quit_ = false;
  bool wants_close_ = false;
};

// NVRAM_FATAL_ERROR, as a line to send.
std::string fatal_error_event(const std::string& image, const Error& error);

}  // namespace nonvol::qmp
