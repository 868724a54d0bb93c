#include "test/benchmark/rram/CrossSimCase.h"

#include "test/benchmark/rram/CrossSimReader.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

using namespace limen;
using namespace limen::bench;
using namespace limen::imchw;
using nlohmann::json;

std::optional<Error> CrossSimReader::run(CrossSimCase &out) {
  using Step = void (CrossSimReader::*)(CrossSimCase &);
  constexpr Step steps[] = {
      &CrossSimReader::readArrays, &CrossSimReader::readCore,
      &CrossSimReader::readDevice, &CrossSimReader::readDac,
      &CrossSimReader::readTiles,  &CrossSimReader::readWires,
      &CrossSimReader::readCells,  &CrossSimReader::readAdc,
      &CrossSimReader::readScale,  &CrossSimReader::finish};
  for (Step step : steps)
    if (!p.error())
      (this->*step)(out);
  return p.error();
}

const events::NumberArray *CrossSimReader::matrix(const std::string &name) {
  const auto at = arrays.find(name);
  if (at == arrays.end())
    return nullptr;
  if (at->second.shape.size() == 1)
    at->second.shape.push_back(1);
  return &at->second;
}

void CrossSimReader::readArrays(CrossSimCase &out) {
  const events::NumberArray *w = matrix("W"), *x = matrix("X"),
                            *y = matrix("Y");
  if (!w || !x || !y)
    return p.fail("arrays", "does not hold W, X and Y");
  const auto fits = [&] {
    return w->shape.size() == 2 && x->shape.size() == 2 &&
           y->shape.size() == 2 && x->shape[0] == w->shape[1] &&
           y->shape[0] == w->shape[0] && !w->values.empty() &&
           !x->values.empty();
  };
  // One input may have been read several times.
  const bool repeated = fits() && x->shape[1] == 1 && y->shape[1] > 1 &&
                        p.flag("xbar.device.read_noise.enable", false);
  if (!fits() || (y->shape[1] != x->shape[1] && !repeated))
    return p.fail("arrays", "has shapes of W (outputs, inputs), X (inputs, "
                            "batch) and Y (outputs, batch) that do not match");
  out.outputs = static_cast<uint32_t>(w->shape[0]);
  out.inputs = static_cast<uint32_t>(w->shape[1]);
  out.batch = static_cast<uint32_t>(y->shape[1]);
  out.weights = w->values;
  out.results = y->values;
  if (repeated)
    for (double value : x->values)
      out.drives.insert(out.drives.end(), out.batch, value);
  else
    out.drives = x->values;
  out.settings.single = x->type.kind == 'f' && x->type.bytes == 4;
  out.singleMap = w->type.kind == 'f' && w->type.bytes == 4;
}

void CrossSimReader::readCells(CrossSimCase &out) {
  const Encoding &e = out.settings.encoding;
  out.cells = findCells(arrays, e, out.outputs, out.inputs);
  if (out.cells.empty() && out.programmed)
    p.fail("xbar.device.programming_error",
           "or drift_error is enabled, but the archive does not hold the "
           "programmed conductances, and the draws of another program cannot "
           "be made again");
  // Balanced cells are always stored as singles; errors make doubles of them.
  bool single = out.settings.single && !out.programmed && !out.readNoise &&
                !out.settings.wires.any() && out.settings.cubic == 0 &&
                (out.singleMap || (e.pairs() && !e.sliced()));
  for (const std::vector<double> &array : out.cells)
    single &= std::all_of(array.begin(), array.end(), [](double g) {
      return static_cast<double>(static_cast<float>(g)) == g;
    });
  out.singleSums = single;
}

void CrossSimReader::finish(CrossSimCase &out) {
  out.settings.asPublished = true;
  const bool exact = out.settings.adcs.front().bits > 0;
  // The offset is in every sum, and so in what single precision rounds off.
  const bool offset = !out.settings.encoding.pairs();
  out.tolerance = exact                      ? 1e-4
                  : offset                   ? 4e-5
                  : out.settings.wires.any() ? 2e-5
                                             : 1e-5;
  for (const char *known : {"case", "note", "arrays", "tolerance"})
    p.ask(known);
  for (std::string path : p.unasked())
    // Products of the other direction, and which CrossSim keeps equal.
    if (path.find(".vmm.") == path.npos && !path.ends_with("._match") &&
        !path.starts_with("simulation."))
      out.ignored.push_back(std::move(path));
}

Result<CrossSimCase> bench::readCrossSimCase(const std::string &file) {
  const std::filesystem::path path(file);
  std::filesystem::path beside = path;
  beside.replace_extension(".json");
  Result<json> root = readParameters(beside.string());
  if (!root)
    return root.takeError();
  Result<Arrays> arrays = events::readNpz(file);
  if (!arrays)
    return arrays.takeError();
  CrossSimCase out;
  out.name = path.stem().string();
  if (root->contains("case") && (*root)["case"].is_string())
    out.name = (*root)["case"].get<std::string>();
  std::string hint = out.name;
  if (root->contains("note") && (*root)["note"].is_string())
    hint += " " + (*root)["note"].get<std::string>();
  CrossSimParameters parameters(std::move(*root), beside.string());
  if (auto error = CrossSimReader(parameters, *arrays, hint).run(out))
    return *error;
  return out;
}
