// Distances between two spike trains.
//
// Times are whole steps, ascending; several spikes in one step are repeated.
#pragma once

#include <cstdint>
#include <span>

namespace limen::report {

using Train = std::span<const uint32_t>;

/// The squared distance of van Rossum (Neural Computation 13, 2001),
///   D^2 = 1/tau * integral of (f_a - f_b)^2,
///   f(t) = sum over spikes t_i <= t of exp(-(t - t_i) / tau),
/// in closed form, O(n + m): one spike against none is 1/2, two spikes dt
/// apart are 1 - exp(-dt / tau). `tau` is in steps and above 0.
double vanRossum(Train a, Train b, double tau);

/// The distance of Victor and Purpura (J. Neurophysiology 76, 1996): the least
/// cost of making `b` of `a`, where adding or deleting a spike costs 1 and
/// moving it `cost` per step. Exact; O(n k) for k spikes within 2 / cost steps.
/// `cost` is 0 or more; 0 counts spikes, a large one the spikes of one side
/// only.
double victorPurpura(Train a, Train b, double cost);

/// The largest number of pairs (one of each train, each spike in one pair at
/// most) that lie at most `window` steps apart.
uint64_t coincidences(Train a, Train b, uint32_t window);

} // namespace limen::report
