// Counter-based random numbers (Philox4x32-10).
//
// Every draw is a pure function of (seed, purpose, identity): the same synapse
// gets the same weight whatever the number of threads, the placement, or the
// order in which it is asked for (design §3.5).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace limen {

/// What a draw is for. Two purposes never share a stream.
enum class Purpose : uint32_t {
  Connection = 1,      ///< whether a synapse exists
  Weight = 2,          ///< the weight of a synapse
  InputEncoding = 3,   ///< spikes of an encoded input
  CellForming = 4,     ///< state of a resistive cell after forming
  CellProgramming = 5, ///< error of a programmed resistive cell
  ReadNoise = 6,       ///< noise of one read of a column
  StuckCell = 7,       ///< whether a cell is stuck
  Placement = 8,       ///< moves of a placement search
  Shuffle = 9,         ///< order of samples
  Delay = 10,          ///< the delay of a synapse
  NeuronDraw = 11,     ///< snn.uniform in the step of a neuron
  TableSearch = 12,    ///< moves of a routing-table search
  PacketDrop = 14,     ///< whether an overloaded link loses a packet
  Parameter = 20,      ///< a parameter of a neuron
  InitialState = 21,   ///< a state of a neuron before the first step
  Converter = 22,      ///< what is wrong with a made converter
  CellDrift = 23,      ///< how a cell drifts after programming
  HeadWeight = 24,     ///< a weight of a digital head before training
  Partner = 25,        ///< which sample of its class another one is paired with
};

/// A stable 32-bit identity for a name (FNV-1a).
constexpr uint32_t identityOf(std::string_view name) {
  uint32_t hash = 2166136261u;
  for (char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

/// A stream of draws keyed by (seed, purpose, identity of what draws).
class RandomStream {
public:
  RandomStream(uint64_t seed, Purpose purpose, uint32_t identity);

  /// Four 32-bit words for the counter (a, b, c).
  std::array<uint32_t, 4> words(uint64_t a, uint32_t b = 0,
                                uint32_t c = 0) const;

  /// Uniform in [0, 1), 53 bits.
  double uniform(uint64_t a, uint32_t b = 0, uint32_t c = 0) const;

  /// Standard normal, by Box-Muller on one Philox block.
  double normal(uint64_t a, uint32_t b = 0, uint32_t c = 0) const;

  /// The counter's last word for c = 0; `c` adds c x `draws`.
  uint32_t word() const { return purposeWord; }
  static constexpr uint32_t draws = 0x85EBCA6Bu;

private:
  uint64_t key;
  uint32_t purposeWord;
};

} // namespace limen
