// How compiled kernels are called.
#pragma once

#include <string>

namespace limen::target {

/// Name of the compiled step of a spin.kernel: a compiler and an engine agree
/// on it without knowing each other.
inline std::string kernelSymbol(const std::string &kernel) {
  return "core_" + kernel;
}

} // namespace limen::target
