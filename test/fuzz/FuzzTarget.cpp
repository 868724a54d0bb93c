// Target files in YAML. A line "#set PATH=VALUE" of the file is also an
// override, as after --set, so that one input decides about both. Contract: any
// bytes give a target whose parameters read, or an error with a message. What
// was read is written into programs: its text gives the same target again.

#include "hw-models/base/Files.h"
#include "hw-models/target/ImcMacro.h"
#include "hw-models/target/SpinMachine.h"
#include "hw-models/target/Target.h"
#include "test/fuzz/Promise.h"
#include "test/fuzz/ScratchFile.h"

#include <cmath>
#include <cstdint>
#include <string_view>

using namespace limen;
using fuzz::broken;

static std::vector<std::string> overridesIn(std::string_view text) {
  constexpr std::string_view mark = "#set ";
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    if (text.substr(at).starts_with(mark))
      out.emplace_back(text.substr(at + mark.size(), end - at - mark.size()));
    at = end + 1;
  }
  return out;
}

/// Numbers that everything computes with.
static void checkUse(const target::Target &accepted) {
  if (accepted.kind == target::Kind::Spinnaker) {
    const auto machine = target::SpinMachine::parse(accepted.document);
    if (machine->tickBudget().value() == 0 || machine->chips().empty() ||
        machine->chips().size() > 1200 * 48)
      broken("a machine without cycles or chips", accepted.document.text());
    machine->energy.idle(machine->boards, machine->chips().size(), true);
  }
  if (accepted.kind == target::Kind::Rram) {
    const auto macro = target::ImcMacro::parse(accepted.document);
    if (!std::isfinite(macro->conversionPrice().value.value()) ||
        !std::isfinite(macro->rowDrivePrice().value.value()) ||
        !std::isfinite(macro->conductionPrice().value.value()) ||
        !(macro->drive.initialScale() > 0))
      broken("a price or a full scale is no number", accepted.document.text());
    const target::Encoding encoding = macro->encoding(false);
    if (encoding.cells() * encoding.lines(1) > macro->cols)
      broken("a weight does not fit on a macro", accepted.document.text());
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const fuzz::ScratchFile file(".yaml");
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  if (!writeFile(file.path, text))
    broken("the scratch file cannot be written", file.path);
  Result<target::Target> read =
      target::loadDocument(file.path, overridesIn(text));
  if (!read) {
    fuzz::checkError(read.error());
    return 0;
  }
  if (Result<void> valid = target::validate(*read); !valid) {
    fuzz::checkError(valid.error());
    return 0;
  }
  checkUse(*read);
  const std::string written = read->document.text();
  const Result<target::Target> again = target::parseTarget(written, "again");
  if (!again)
    broken("a target's text is not read again", again.error().text());
  if (Result<void> valid = target::validate(*again); !valid)
    broken("a target's text is not valid", valid.error().text() + written);
  if (again->document.text() != written)
    broken("a target's text changes when it is read", written);
  return 0;
}
