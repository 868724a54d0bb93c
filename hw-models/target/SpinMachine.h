// A SpiNNaker-style machine as the compiler and the model see it, read from a
// chip's YAML. Nothing in it changes after reading.
//
// Chips have six links to their neighbours on a hexagonal grid, in the order
// E, NE, N, W, SW, S.
#pragma once

#include "hw-models/base/Yaml.h"
#include "hw-models/target/SpinEnergy.h"
#include "hw-models/target/SpinNetwork.h"
#include "hw-models/target/SpinTiming.h"

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace limen::target {

/// A chip's coordinates.
struct Chip {
  int x = 0, y = 0;
  auto operator<=>(const Chip &) const = default;
};

/// Steps to the neighbour along each link.
inline constexpr std::array<Chip, 6> linkSteps = {
    {{1, 0}, {1, 1}, {0, 1}, {-1, 0}, {-1, -1}, {0, -1}}};

constexpr unsigned oppositeLink(unsigned link) { return (link + 3) % 6; }

/// Cycles of a core by what it does.
struct SpinCosts {
  Sourced<Cycles> tickOverhead; ///< per core and tick
  /// Per tick of a core with neurons, but no synapses.
  Sourced<Cycles> neuronTickOverhead;
  Sourced<Cycles> transferOverhead; ///< per ring-buffer slice written to SDRAM
  Sourced<Cycles> inputBuffer;      ///< per neuron and ring buffer
  Sourced<Cycles> sourceNeuron;     ///< per element of a source core
  Sourced<Cycles> delayNeuron;      ///< per neuron of a delay-extension core
  Sourced<Cycles> rowFetch;         ///< per row: reception, look-up, DMA
  Sourced<Cycles> rowOverhead;      ///< per row: start of the row loop
  Sourced<Cycles> synapse;          ///< per synapse of a row
  // Of cores with a rule, for rows that it changes:
  Sourced<Cycles> plasticTick;     ///< per tick, instead of tickOverhead
  Sourced<Cycles> plasticFetch;    ///< per row: reception, look-up, DMA
  Sourced<Cycles> plasticOverhead; ///< per row
  Sourced<Cycles> plasticSynapse;  ///< per synapse
  Sourced<Cycles> plasticPost;     ///< per synapse and spike of its target
  Sourced<Cycles> delayReceive;    ///< per packet to a delay-extension core
  Sourced<Cycles> sendPacket;
  Sourced<Cycles> neuronBase, add, multiply, compare, select, other;
  /// Functions and divisions of what changes, "exp", "divide", ...
  std::map<std::string, Sourced<Cycles>> functions;
  /// How many of them a neuron step computes, by name of the model: not of the
  /// YAML, but from who reads the steps. They count as `other` as well.
  std::map<std::string, std::map<std::string, uint64_t>> functionsOf;
  /// Whole neuron steps by name of the model.
  std::map<std::string, Sourced<Cycles>> models;
};

/// Which routing tables the compiler minimises.
enum class TableCompression { Always, IfNeeded, Never };

/// How much room ring buffers get.
enum class ScaleRule {
  Auto,      ///< worst case while it is cheap enough, else expected
  WorstCase, ///< all sources fire at once: never saturates
  Expected,  ///< mean + sigma standard deviations of Poisson sources
  Published, ///< as the published runtime does
};

/// What limits the neurons of a core: its memory, or also the cycles that it is
/// expected to need in a tick.
enum class PartitionRule { Memory, Cycles };

/// Whether a core has neurons with their synapses, or neurons whose synapses
/// are on synapse cores of the same chip.
enum class CoreSplit { Combined, Split };

/// How a number between two of a format is rounded.
enum class Rounding { Down, Nearest, TowardZero };

/// How the compiler chooses chips: along a Hilbert curve, or from there on by
/// simulated annealing of hop cost.
enum class Placer { Annealing, Hilbert };

struct SpinMachine {
  std::string name;
  unsigned boards = 1;
  int width = 0, height = 0; ///< extent of the chip grid
  bool wraps = false; ///< links wrap around (three boards, or one of 4 chips)

  /// What does not work, as a dead chip's links do not, nor a link's other
  /// direction. Cores are ids from 1.
  std::set<Chip> deadChips;
  std::map<Chip, std::set<unsigned>> deadCores;
  std::set<std::pair<Chip, unsigned>> deadLinks; ///< chip and link, both ends

  unsigned coresPerChip = 0; ///< usable by applications; ids 1..coresPerChip
  uint64_t itcmBytes = 0, dtcmBytes = 0, sdramBytes = 0;
  unsigned routerEntries = 0;
  Hertz cpuClock{0}, routerClock{0};
  Seconds tick{0};

  unsigned neuronsPerCore = 0, sourcesPerCore = 0;
  unsigned delaySlots = 0;
  unsigned ringBufferBits = 0;
  unsigned worstCaseBits = 0;
  double expectedActivity = 0, ringBufferSigma = 0;
  ScaleRule weightScale = ScaleRule::Auto;
  /// Expected of a source: for ScaleRule::Published, and for the load of cores.
  Hertz spikesPerSecond{0};
  PartitionRule partition = PartitionRule::Memory;
  double tickShare = 1; ///< of a tick that expected work may take
  CoreSplit cores = CoreSplit::Combined;
  /// Per neuron core on split cores; 0: as many as expected cycles ask for.
  unsigned synapseCores = 0;
  unsigned groupCores = 0; ///< that may share a chip for one neuron core
  TableCompression compressTables = TableCompression::IfNeeded;
  /// Of coefficients, initial states and constants, and of products.
  Rounding constantRounding = Rounding::Down;
  Rounding productRounding = Rounding::Down;
  Placer placer = Placer::Annealing;

  SpinCosts costs;
  SpinEnergy energy;
  SpinNetwork network;
  SpinTiming timing;

  /// Reads a document with `limen_target: spinnaker`. Errors: unknown or
  /// missing keys, numbers out of range, a number of boards that makes no
  /// torus, dead parts that the machine does not have.
  static Result<SpinMachine> parse(const YamlDocument &document);

  /// Cycles of a core between two timer ticks.
  Cycles tickBudget() const;

  /// Whether the chip exists and lives.
  bool hasChip(Chip chip) const;
  /// All living chips, by x then y.
  std::vector<Chip> chips() const;
  /// Living cores of a chip, ascending.
  std::vector<unsigned> coresOf(Chip chip) const;
  bool hasCore(Chip chip, unsigned core) const;
  /// The chip at the other end of `link`; false where the machine ends, or the
  /// link or either chip is dead.
  bool neighbour(Chip chip, unsigned link, Chip &out) const;

private:
  /// Whether the machine has a place for the chip.
  bool inside(Chip chip) const;
  /// The place at the other end of `link`.
  Chip step(Chip chip, unsigned link) const;
  void readDead(YamlMap dead);
};

} // namespace limen::target
