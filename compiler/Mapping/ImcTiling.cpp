#include "compiler/Mapping/ImcTiling.h"

#include "compiler/Mapping/ImcSharing.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

using namespace limen;
using namespace limen::mapping;
using network::Network;
using network::Projection;
using network::Stage;

static const char *stageName(const Stage &stage) {
  static constexpr const char *names[] = {"dense",      "conv2d", "pool2d",
                                          "one_to_one", "random", "sparse"};
  return names[stage.kind.index()];
}

static std::string describe(const Network &network,
                            const Projection &projection) {
  return fmt::format("projection '{}' ({} -> {})", projection.name,
                     network.nodes[projection.source].name,
                     network.nodes[projection.target].name);
}

Result<int> limen::mapping::matrixStage(const Network &network,
                                        const Projection &projection) {
  int found = -1;
  bool weighted = false;
  for (size_t s = 0; s < projection.stages.size(); ++s) {
    const Stage &stage = projection.stages[s];
    const bool pool = std::holds_alternative<network::Pool2d>(stage.kind);
    if (weighted)
      return Error(fmt::format(
                       "{}: stage {} ({}) comes after stage {} ({}), which "
                       "already has weights",
                       describe(network, projection), s, stageName(stage),
                       s - 1, stageName(projection.stages[s - 1])))
          .note("rows of a crossbar are driven by counts of spikes; the result "
                "of an analogue sum is not one, so a chain may have one stage "
                "with weights, at its end");
    if (!pool && !stage.bias.empty() && s + 1 < projection.stages.size())
      return Error(fmt::format("{}: stage {} ({}) adds a bias before the last "
                               "stage; counts cannot carry it",
                               describe(network, projection), s,
                               stageName(stage)));
    weighted = !pool;
    if (network::hasMatrix(stage))
      found = static_cast<int>(s);
  }
  return found;
}

Result<void> limen::mapping::checkImc(const Network &network,
                                      const target::ImcMacro &machine) {
  for (const network::Node &node : network.nodes)
    if (node.latency > 0)
      return Error(fmt::format("population '{}' is retimed, by {} step(s)",
                               node.name, node.latency))
          .note("macros need no retiming: leave snn-retime out");
  for (const Projection &projection : network.projections) {
    const Result<int> stage = matrixStage(network, projection);
    if (!stage)
      return stage.error();
    if (projection.spread() > 0)
      return Error(fmt::format("{}: its synapses have delays of {} to {} steps",
                               describe(network, projection), projection.delay,
                               projection.delay + projection.spread()))
          .note("all cells of a row are driven at once; split the projection "
                "by delay, so that each has a row of its own");
    const network::Node &source = network.nodes[projection.source];
    if (*stage < 0) // done digitally, with any number
      continue;
    const auto *random = std::get_if<network::Random>(
        &projection.stages[static_cast<size_t>(*stage)].kind);
    if (random && !random->autapses &&
        random->distribution == network::Distribution::FormedPair)
      return Error(fmt::format(
                       "{}: formed pairs without autapses cannot be had from "
                       "macros, whose cells all see the forming voltage: those "
                       "of element i onto itself would conduct like the others",
                       describe(network, projection)))
          .note("leave out 'autapses: false' (no_autapses): host and chip then "
                "draw the same cells, those of the diagonal among them");
    if (!source.isInput && !source.model.spiking &&
        machine.drive.kind == target::DriveKind::Pulses)
      return Error(fmt::format("{}: its source gives values, not spikes",
                               describe(network, projection)))
          .note("pulses drive a row by counts of spikes; drive.kind bit_serial "
                "and levels take values");
    if (!source.isInput && !source.model.spiking &&
        machine.drive.range == target::DriveRange::Counts)
      return Error(fmt::format("{}: its source gives values, and rows are "
                               "driven with counts of spikes",
                               describe(network, projection)))
          .note("drive.range calibrated (or fixed) takes values");
  }
  return {};
}

/// Mean over an area is a sum times 1/area: the product of those of the stages
/// before the weights.
static double poolFactor(const Projection &projection) {
  double factor = 1;
  for (const Stage &stage : projection.stages)
    if (const auto *pool = std::get_if<network::Pool2d>(&stage.kind))
      if (pool->average)
        factor *= 1.0f / static_cast<float>(pool->kernel[0] * pool->kernel[1]);
  return factor;
}

static double largestWeight(const network::StoredMatrix &matrix) {
  double largest = 0;
  for (uint32_t row = 0; row < matrix.rows(); ++row)
    matrix.visitRow(row, [&](uint32_t, float weight) {
      largest = std::max(largest, std::abs(static_cast<double>(weight)));
    });
  return largest;
}

/// The group that a block may be stacked on, or a new one.
static ImcGroup &groupFor(ImcPlan &plan, const ImcGroup &wanted,
                          bool stackable) {
  if (stackable)
    for (ImcGroup &group : plan.groups)
      if (group.target == wanted.target && group.receptor == wanted.receptor &&
          group.formed == wanted.formed && group.factor == wanted.factor &&
          group.gain == wanted.gain && group.columns == wanted.columns &&
          group.positions == 1 && !group.unrolled)
        return group;
  plan.groups.push_back(wanted);
  return plan.groups.back();
}

static void addGroups(const Network &network, const target::ImcMacro &machine,
                      ImcPlan &plan, unsigned index, const Stage &stage) {
  const Projection &projection = network.projections[index];
  const bool conv = std::holds_alternative<network::Conv2d>(stage.kind);
  const auto *random = std::get_if<network::Random>(&stage.kind);
  const bool unrolled = conv && machine.weights.unrolled;
  for (unsigned m = 0; m < network::matrixCount(stage, unrolled); ++m) {
    const network::StoredMatrix matrix(stage, m, unrolled);
    ImcGroup wanted;
    wanted.target = projection.target;
    wanted.receptor = projection.receptor;
    wanted.formed =
        random && random->distribution == network::Distribution::FormedPair;
    wanted.factor = poolFactor(projection);
    wanted.gain = wanted.formed ? random->gain : 1;
    wanted.columns = matrix.columns();
    wanted.positions = unrolled ? 1 : network::positionCount(stage);
    wanted.unrolled = unrolled;
    wanted.encoding = machine.encoding(wanted.formed);
    ImcGroup &group = groupFor(plan, wanted, !conv);
    group.blocks.push_back({index, m, group.rows, matrix.rows()});
    group.rows += matrix.rows();
    if (!group.formed)
      group.largest = std::max(group.largest, largestWeight(matrix));
  }
}

static void cut(const target::ImcMacro &machine, ImcPlan &plan) {
  for (size_t g = 0; g < plan.groups.size(); ++g) {
    const ImcGroup &group = plan.groups[g];
    // What is left of a macro's columns beside those of zeros.
    const uint32_t width =
        (machine.cols - group.cellColumns(0)) / group.encoding.cells();
    for (uint32_t r = 0; r < group.rows; r += machine.rows)
      for (uint32_t c = 0; c < group.columns; c += width) {
        ImcTile tile;
        tile.group = static_cast<unsigned>(g);
        tile.groupRow = r;
        tile.groupColumn = c;
        tile.rows = std::min(machine.rows, group.rows - r);
        tile.columns = std::min(width, group.columns - c);
        tile.cellColumns = group.cellColumns(tile.columns);
        plan.tiles.push_back(tile);
      }
  }
}

Error limen::mapping::doesNotFit(const Network &network,
                                 const target::ImcMacro &machine,
                                 const ImcPlan &plan, unsigned needed) {
  std::vector<uint64_t> cells(plan.groups.size());
  for (const ImcTile &tile : plan.tiles)
    cells[tile.group] += tile.cells();
  const size_t most =
      std::max_element(cells.begin(), cells.end()) - cells.begin();
  const ImcGroup &group = plan.groups[most];
  const uint64_t total =
      std::accumulate(cells.begin(), cells.end(), uint64_t(0));
  const uint64_t perMacro = uint64_t(machine.rows) * machine.cols;
  Error error(fmt::format(
      "network '{}' needs {} macros ({} cells); target '{}' has {} ({} cells)",
      network.name, needed, total, machine.name, machine.macros,
      machine.macros * perMacro));
  error.note(fmt::format(
      "the largest part is {}: {} x {} weights in {} cells",
      describe(network, network.projections[group.blocks.front().projection]),
      group.rows, group.columns, cells[most]));
  error.note(fmt::format("the limit is 'macros' at {}; a macro has {} x {} "
                         "cells and a weight takes {}",
                         machine.macrosPlace.text(), machine.rows, machine.cols,
                         group.encoding.cells()));
  return error;
}

Result<ImcPlan> limen::mapping::mapToMacros(const Network &network,
                                            const target::ImcMacro &machine) {
  if (auto checked = checkImc(network, machine); !checked)
    return checked.takeError();
  ImcPlan plan;
  for (size_t p = 0; p < network.projections.size(); ++p) {
    const Projection &projection = network.projections[p];
    const int stage = *matrixStage(network, projection);
    if (stage < 0)
      plan.digital.push_back(static_cast<unsigned>(p));
    else
      addGroups(network, machine, plan, static_cast<unsigned>(p),
                projection.stages[stage]);
  }
  cut(machine, plan);
  const unsigned needed = placeAtOnce(network, machine, plan);
  if (needed <= machine.macros)
    return plan;
  if (!machine.shareInTime)
    return doesNotFit(network, machine, plan, needed)
        .note("'mapping.sharing=in_time' lets regions take turns on a macro");
  if (Result<void> shared = placeInTurns(network, machine, plan, needed);
      !shared)
    return shared.takeError();
  return plan;
}

uint64_t ImcPlan::cells(bool formed) const {
  uint64_t count = 0;
  for (const ImcTile &tile : tiles)
    if (groups[tile.group].formed == formed)
      count += tile.cells();
  return count;
}
