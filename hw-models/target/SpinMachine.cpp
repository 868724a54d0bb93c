#include "hw-models/target/SpinMachine.h"

#include "hw-models/target/RouteWord.h"
#include "hw-models/target/Target.h"
#include "hw-models/target/YamlChoice.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <optional>

using namespace limen;
using namespace limen::target;

namespace {

/// Sides of the square that holds a hexagonal 48-chip board, and of the torus
/// that three boards make.
constexpr int boardSide = 8;
constexpr int triadSide = 12;
constexpr uint64_t mostBoards = 1200;
/// Side of the wrapped square that is a 4-chip board.
constexpr int smallSide = 2;
/// Of a tick: 5000 s at 200 MHz; a longer one is a slip in a unit.
constexpr double mostCycles = 1e12;
constexpr std::array<const char *, 6> linkNames = {"E", "NE", "N",
                                                   "W", "SW", "S"};

/// A whole number in [low, high] given as {value, status, source}.
uint64_t whole(YamlMap &map, const char *key, uint64_t low, uint64_t high) {
  const YamlValue value = map.requiredValue(key);
  if (!value)
    return low;
  const double number = value.as<Sourced<double>>().value;
  if (number != std::floor(number) || number < static_cast<double>(low) ||
      number > static_cast<double>(high)) {
    value.fail(
        fmt::format("'{}' is {}; a whole number from {} to {} was wanted", key,
                    formatNumber(number), low, high));
    return low;
  }
  return static_cast<uint64_t>(number);
}

constexpr std::array<std::pair<const char *, TableCompression>, 3>
    tableCompressions = {{{"always", TableCompression::Always},
                          {"if_needed", TableCompression::IfNeeded},
                          {"never", TableCompression::Never}}};
constexpr std::array<std::pair<const char *, Rounding>, 3> roundings = {
    {{"down", Rounding::Down},
     {"nearest", Rounding::Nearest},
     {"toward_zero", Rounding::TowardZero}}};
constexpr std::array<std::pair<const char *, ScaleRule>, 4> scaleRules = {
    {{"auto", ScaleRule::Auto},
     {"worst_case", ScaleRule::WorstCase},
     {"expected", ScaleRule::Expected},
     {"published", ScaleRule::Published}}};
constexpr std::array<std::pair<const char *, PartitionRule>, 2> partitionRules =
    {{{"memory", PartitionRule::Memory}, {"cycles", PartitionRule::Cycles}}};
constexpr std::array<std::pair<const char *, CoreSplit>, 2> coreSplits = {
    {{"combined", CoreSplit::Combined}, {"split", CoreSplit::Split}}};
constexpr std::array<std::pair<const char *, Placer>, 2> placers = {
    {{"annealing", Placer::Annealing}, {"hilbert", Placer::Hilbert}}};

/// A whole number in [1, high] given as {value, status, source}, or 0 for auto.
unsigned wholeOrAuto(YamlMap &map, const char *key, uint64_t high) {
  const YamlValue given = map.requiredValue(key);
  if (!given || given.kind() != YamlValue::Kind::Map)
    return static_cast<unsigned>(whole(map, key, 1, high));
  YamlMap choice = map.requiredMap(key);
  if (const YamlValue value = choice.value("value");
      !value || value.scalar() != "auto")
    return static_cast<unsigned>(whole(map, key, 1, high));
  return readChoice<unsigned, 1>(choice, {{{"auto", 0}}});
}

/// Triads across and up for `triads` of them, as square as possible.
std::pair<int, int> arrange(int triads) {
  int up = static_cast<int>(std::sqrt(triads));
  while (triads % up != 0)
    --up;
  return {triads / up, up};
}

/// A number in [0, 65535] of a list, as "12" in [3, 4, 12].
std::optional<int> smallNumber(const YamlValue &item) {
  const uint64_t number = item.as<uint64_t>();
  if (number > 65535) {
    item.fail(fmt::format("{} is larger than any machine", number));
    return {};
  }
  return static_cast<int>(number);
}

/// The lists in `dead`'s `key`, each of `length` items: `wanted` shows one.
std::vector<std::vector<YamlValue>>
readLists(YamlMap &dead, const char *key, size_t length, const char *wanted) {
  std::vector<std::vector<YamlValue>> out;
  const YamlValue value = dead.value(key);
  if (!value)
    return out;
  for (const YamlValue &item : value.items()) {
    if (item.kind() != YamlValue::Kind::Sequence ||
        item.items().size() != length) {
      item.fail(fmt::format("an item of 'dead.{}' is not of the form {}", key,
                            wanted));
      continue;
    }
    out.push_back(item.items());
  }
  return out;
}

} // namespace

void SpinMachine::readDead(YamlMap dead) {
  const auto chipOf = [&](const std::vector<YamlValue> &item) {
    const auto x = smallNumber(item[0]), y = smallNumber(item[1]);
    std::optional<Chip> chip;
    if (!x || !y)
      return chip;
    chip = Chip{*x, *y};
    if (!inside(*chip)) {
      item[0].fail(fmt::format("the machine has no chip ({}, {})", *x, *y),
                   fmt::format("it has {} boards on a grid of {} x {} chips",
                               boards, width, height));
      chip.reset();
    }
    return chip;
  };
  for (const auto &item : readLists(dead, "chips", 2, "[x, y]"))
    if (const auto chip = chipOf(item))
      deadChips.insert(*chip);
  for (const auto &item : readLists(dead, "cores", 3, "[x, y, core]")) {
    const auto chip = chipOf(item);
    const auto core = smallNumber(item[2]);
    if (!chip || !core)
      continue;
    if (*core < 1 || static_cast<unsigned>(*core) > coresPerChip)
      item[2].fail(fmt::format("a chip has cores 1 to {} for applications, not "
                               "{}",
                               coresPerChip, *core));
    else
      deadCores[*chip].insert(static_cast<unsigned>(*core));
  }
  for (const auto &item : readLists(dead, "links", 3, "[x, y, NE]")) {
    const auto chip = chipOf(item);
    const std::string name = item[2].scalar();
    const auto link = static_cast<unsigned>(
        std::find(linkNames.begin(), linkNames.end(), name) -
        linkNames.begin());
    if (link == linkNames.size()) {
      item[2].fail(fmt::format("'{}' is no link; E, NE, N, W, SW or S was "
                               "wanted",
                               name));
      continue;
    }
    if (!chip)
      continue;
    if (!inside(step(*chip, link))) {
      item[2].fail(fmt::format("link {} of chip ({}, {}) leads out of the "
                               "machine",
                               name, chip->x, chip->y));
      continue;
    }
    deadLinks.insert({*chip, link});
    deadLinks.insert({step(*chip, link), oppositeLink(link)});
  }
  dead.finish();
  if (chips().empty())
    dead.fail("no chip of the machine lives");
}

static SpinCosts readCosts(YamlMap root) {
  SpinCosts costs;
  const auto read = [&](const char *key) {
    return root.required<Sourced<Cycles>>(key);
  };
  costs.tickOverhead = read("tick_overhead");
  costs.neuronTickOverhead = read("neuron_tick_overhead");
  costs.transferOverhead = read("transfer_overhead");
  costs.inputBuffer = read("input_buffer");
  costs.sourceNeuron = read("source_neuron");
  costs.delayNeuron = read("delay_neuron");
  costs.rowFetch = read("row_fetch");
  costs.rowOverhead = read("row_overhead");
  costs.synapse = read("synapse");
  costs.plasticTick = read("plastic_tick_overhead");
  costs.plasticFetch = read("plastic_row_fetch");
  costs.plasticOverhead = read("plastic_row_overhead");
  costs.plasticSynapse = read("plastic_synapse");
  costs.plasticPost = read("plastic_post_spike");
  costs.delayReceive = read("delay_receive");
  costs.sendPacket = read("send_packet");
  costs.neuronBase = read("neuron_base");
  costs.add = read("add");
  costs.multiply = read("multiply");
  costs.compare = read("compare");
  costs.select = read("select");
  costs.other = read("other");
  YamlMap functions = root.requiredMap("functions");
  for (const char *name : {"divide", "exp", "log", "sine", "sqrt", "tanh"})
    costs.functions[name] = functions.required<Sourced<Cycles>>(name);
  functions.finish();
  if (root.has("models")) {
    YamlMap models = root.requiredMap("models");
    for (auto &[name, value] : models.entries())
      costs.models[name] = value.as<Sourced<Cycles>>();
  }
  root.finish();
  return costs;
}

Result<SpinMachine> SpinMachine::parse(const YamlDocument &document) {
  SpinMachine machine;
  YamlMap root = document.root();
  machine.name = readHeader(root);

  const YamlValue boards = root.requiredValue("boards");
  uint64_t count = boards.as<uint64_t>();
  if (count != 1 && (count == 0 || count % 3 != 0 || count > mostBoards)) {
    boards.fail(fmt::format("'boards' is {}; 1 or a multiple of 3 up to {} "
                            "was wanted",
                            count, mostBoards),
                "three 48-chip boards wrap into a torus of 12x12 chips");
    count = 1; // what follows counts chips
  }
  machine.boards = static_cast<unsigned>(count);
  const YamlValue kind = root.value("board_chips");
  const uint64_t perBoard = kind ? kind.as<uint64_t>() : 48;
  if (perBoard != 4 && perBoard != 48)
    kind.fail(fmt::format("'board_chips' is {}; 4 or 48 was wanted", perBoard));
  if (perBoard == 4) {
    if (count != 1)
      boards.fail(fmt::format("'boards' is {}; a board of 4 chips stands alone",
                              count));
    machine.width = machine.height = smallSide;
    machine.wraps = true;
  } else if (count == 1) {
    machine.width = machine.height = boardSide;
  } else {
    const auto [across, up] = arrange(static_cast<int>(count / 3));
    machine.width = across * triadSide;
    machine.height = up * triadSide;
    machine.wraps = true;
  }

  YamlMap chip = root.requiredMap("chip");
  const uint64_t cores = whole(chip, "cores", 2, RouteWord::cores);
  const uint64_t monitors =
      whole(chip, "monitor_cores", 1, RouteWord::cores - 1);
  if (monitors >= cores)
    chip.fail(fmt::format("{} monitor cores leave none of {} cores", monitors,
                          cores));
  machine.coresPerChip = static_cast<unsigned>(cores - monitors);
  machine.itcmBytes = whole(chip, "itcm_bytes", 1, 1u << 30);
  machine.dtcmBytes = whole(chip, "dtcm_bytes", 1, 1u << 30);
  machine.sdramBytes = whole(chip, "sdram_bytes", 1, 1ull << 40);
  machine.routerEntries =
      static_cast<unsigned>(whole(chip, "router_entries", 1, 1u << 20));
  chip.finish();

  YamlMap clocks = root.requiredMap("clocks");
  machine.cpuClock = clocks.required<Sourced<Hertz>>("cpu").value;
  machine.routerClock = clocks.required<Sourced<Hertz>>("router").value;
  machine.tick = clocks.required<Sourced<Seconds>>("timer_tick").value;
  clocks.finish();
  if (!document.firstError() &&
      (machine.cpuClock.value() <= 0 || machine.routerClock.value() <= 0 ||
       machine.tick.value() <= 0))
    clocks.fail("a clock or the timer tick is not above zero");
  const double budget = machine.cpuClock.value() * machine.tick.value();
  if (!document.firstError() && !(budget >= 1 && budget <= mostCycles))
    clocks.fail(fmt::format("a timer tick has {} cycles of the cpu; 1 to {} "
                            "were wanted",
                            formatNumber(budget), formatNumber(mostCycles)));

  YamlMap software = root.requiredMap("software");
  const auto small = [&](const char *key, uint64_t low, uint64_t high) {
    return static_cast<unsigned>(whole(software, key, low, high));
  };
  machine.neuronsPerCore = small("neurons_per_core", 1, 256);
  machine.sourcesPerCore = small("sources_per_core", 1, 65536);
  machine.delaySlots = small("delay_slots", 2, 256);
  machine.ringBufferBits = small("ring_buffer_bits", 2, 16);
  machine.worstCaseBits = small("worst_case_bits", 0, 15);
  machine.expectedActivity =
      software.required<Sourced<double>>("expected_activity").value;
  machine.ringBufferSigma =
      software.required<Sourced<double>>("ring_buffer_sigma").value;
  if (machine.expectedActivity < 0 || machine.ringBufferSigma < 0)
    software.fail("'expected_activity' and 'ring_buffer_sigma' must not be "
                  "negative");
  machine.compressTables =
      readChoice(software.requiredMap("compress_tables"), tableCompressions);
  machine.weightScale =
      readChoice(software.requiredMap("weight_scale"), scaleRules);
  machine.spikesPerSecond =
      software.required<Sourced<Hertz>>("spikes_per_second").value;
  machine.partition =
      readChoice(software.requiredMap("partition"), partitionRules);
  const YamlValue share = software.requiredValue("tick_share");
  machine.tickShare = share ? share.as<Sourced<double>>().value : 1;
  if (!(machine.tickShare > 0 && machine.tickShare <= 1)) {
    share.fail(fmt::format("'tick_share' is {}; a number above 0, at most 1, "
                           "was wanted",
                           formatNumber(machine.tickShare)));
    machine.tickShare = 1;
  }
  machine.cores = readChoice(software.requiredMap("cores"), coreSplits);
  machine.groupCores = small("group_cores", 2, 18);
  machine.synapseCores =
      wholeOrAuto(software, "synapse_cores", machine.groupCores - 1);
  const auto rounding = [&](const char *key) {
    return readChoice(software.requiredMap(key), roundings);
  };
  machine.constantRounding = rounding("constant_rounding");
  machine.productRounding = rounding("product_rounding");
  if (software.has("placer"))
    machine.placer = readChoice(software.requiredMap("placer"), placers);
  software.finish();

  machine.costs = readCosts(root.requiredMap("costs"));
  machine.energy =
      SpinEnergy::read(root.requiredMap("energy"), root.value("energy_tables"));
  machine.timing = SpinTiming::read(root.requiredMap("model"));
  constexpr unsigned eventCores = 25; // routes of 32 bits
  if (machine.timing.fidelity == Fidelity::Event &&
      machine.coresPerChip > eventCores)
    chip.fail(fmt::format("a chip has cores 1 to {} for applications; the "
                          "routers of 'model.fidelity: event' reach {}. Take "
                          "'tick', or fewer 'cores'",
                          machine.coresPerChip, eventCores));
  if (root.has("dead"))
    machine.readDead(root.requiredMap("dead"));
  machine.network =
      SpinNetwork::read(root.requiredMap("router"), root.requiredMap("links"));
  root.finish();
  if (auto error = document.firstError())
    return *error;
  return machine;
}

Cycles SpinMachine::tickBudget() const {
  return Cycles(
      static_cast<uint64_t>(std::llround(cpuClock.value() * tick.value())));
}

bool SpinMachine::inside(Chip chip) const {
  if (chip.x < 0 || chip.y < 0 || chip.x >= width || chip.y >= height)
    return false;
  // A single 48-chip board is a hexagon: two corners of the square are missing.
  const int skew = chip.x - chip.y;
  return wraps || (skew >= -3 && skew <= 4);
}

bool SpinMachine::hasChip(Chip chip) const {
  return inside(chip) && !deadChips.contains(chip);
}

std::vector<Chip> SpinMachine::chips() const {
  std::vector<Chip> out;
  for (int x = 0; x < width; ++x)
    for (int y = 0; y < height; ++y)
      if (hasChip({x, y}))
        out.push_back({x, y});
  return out;
}

bool SpinMachine::hasCore(Chip chip, unsigned core) const {
  if (core < 1 || core > coresPerChip || !hasChip(chip))
    return false;
  const auto dead = deadCores.find(chip);
  return dead == deadCores.end() || !dead->second.contains(core);
}

std::vector<unsigned> SpinMachine::coresOf(Chip chip) const {
  std::vector<unsigned> out;
  for (unsigned core = 1; core <= coresPerChip; ++core)
    if (hasCore(chip, core))
      out.push_back(core);
  return out;
}

Chip SpinMachine::step(Chip chip, unsigned link) const {
  const Chip out = {chip.x + linkSteps[link].x, chip.y + linkSteps[link].y};
  if (!wraps)
    return out;
  return {(out.x + width) % width, (out.y + height) % height};
}

bool SpinMachine::neighbour(Chip chip, unsigned link, Chip &out) const {
  out = step(chip, link);
  return hasChip(chip) && hasChip(out) && !deadLinks.contains({chip, link});
}
