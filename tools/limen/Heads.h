// The digital heads of a network in IR form: which there are, what they read,
// and others in their place.
#pragma once

#include "runtime/network/Network.h"
#include "tools/limen/Command.h"

#include <span>

namespace limen::cli {

/// A readout that the network returns, or is to return, with the population
/// that it reads.
struct Head {
  std::string name;
  std::string population;
  /// Of the layers between the counts and the last one, in their order.
  std::vector<size_t> hidden;
  std::vector<network::Activation> activations;
};

/// The heads to fit: the one called `readout`, or all when that is "". With a
/// `population`, the only head, or a new one, is to read that instead; a
/// network without heads gets one on its only population. Errors: no such
/// readout or population, a population for one of several heads, no head
/// where several populations could have one.
Result<std::vector<Head>> headsOf(mlir::ModuleOp module,
                                  const std::string &readout,
                                  const std::string &population);

/// Puts `layers` in the place of the head of this name, or adds it. The output
/// of the head that was there keeps its name; a new one is called "scores".
/// Outputs of heads come first, in their order: the first output predicts.
Result<void> setHead(mlir::ModuleOp module, const Head &head,
                     std::span<const network::Readout> layers);

} // namespace limen::cli
