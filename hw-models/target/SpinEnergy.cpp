#include "hw-models/target/SpinEnergy.h"

#include "hw-models/target/YamlChoice.h"

#include <cmath>

using namespace limen;
using namespace limen::target;

static constexpr std::array<std::pair<const char *, IdleBy>, 2> idleChoices = {
    {{"boards", IdleBy::Boards}, {"chips", IdleBy::Chips}}};

/// Everything but `table`.
static SpinEnergy readTable(YamlMap &map) {
  SpinEnergy out;
  out.idleBy = readChoice(map.requiredMap("idle_by"), idleChoices);
  out.activeCycle = map.required<Price>("active_cycle");
  out.packet = map.required<Price>("packet");
  out.payloadPacket = map.required<Price>("payload_packet");
  out.sdramByte = map.required<Price>("sdram_byte");
  out.chipIdle = map.required<StaticPower>("chip_idle");
  out.boardIdle = map.required<StaticPower>("board_idle");
  out.boardExtra = map.required<StaticPower>("board_extra");
  out.enclosure = map.required<StaticPower>("enclosure");
  out.frameIdle = map.required<StaticPower>("frame_idle");
  out.frameActive = map.required<StaticPower>("frame_active");
  const YamlValue boards = map.requiredValue("boards_per_frame");
  out.boardsPerFrame = boards.as<Sourced<double>>().value;
  if (boards && !(out.boardsPerFrame >= 1)) {
    boards.fail("'boards_per_frame' is below 1");
    out.boardsPerFrame = 1;
  }
  return out;
}

SpinEnergy SpinEnergy::read(YamlMap energy, YamlValue tables) {
  const YamlValue chosen = energy.requiredValue("table");
  const std::string name = chosen.scalar();
  SpinEnergy out = readTable(energy);
  out.table = "current";
  energy.finish();
  if (!chosen)
    return out;
  bool found = name == out.table;
  std::string known = out.table;
  if (tables)
    for (auto &[key, value] : tables.map().entries()) {
      YamlMap map = value.map();
      SpinEnergy other = readTable(map);
      map.finish();
      known += ", " + key;
      if (key != name)
        continue;
      found = true;
      other.table = key;
      out = std::move(other);
    }
  if (!found)
    chosen.fail(fmt::format("there is no energy table '{}'", name),
                "known: " + known);
  return out;
}

std::vector<SpinEnergy::Static>
SpinEnergy::idle(unsigned boards, uint64_t chips, bool running) const {
  std::vector<Static> out;
  const auto add = [&](std::string component, std::string action, double count,
                       StaticPower power) {
    if (power.value.value() == 0 || count == 0)
      return;
    power.value = Watts(power.value.value() * count);
    out.push_back({std::move(component), std::move(action), std::move(power)});
  };
  if (idleBy == IdleBy::Boards) {
    add("boards", fmt::format("idle, {} board(s)", boards), boards, boardIdle);
  } else {
    add("chips", fmt::format("idle, {} chip(s)", chips),
        static_cast<double>(chips), chipIdle);
    add("boards", fmt::format("beside chips, {} board(s)", boards), boards,
        boardExtra);
  }
  if (boards == 1) {
    add("enclosure", "idle", 1, enclosure);
    return out;
  }
  const double frames = std::ceil(boards / boardsPerFrame);
  add("frames", fmt::format("idle, {} frame(s)", frames), frames, frameIdle);
  if (running)
    add("frames", fmt::format("running, {} frame(s)", frames), frames,
        frameActive);
  return out;
}
