// Kernels by name, without saying who compiled them.
#pragma once

#include "runtime/jit/Kernels.h"

#include <memory>
#include <string>
#include <unordered_map>

namespace limen::engine {

/// Addresses of compiled steps and what keeps their code alive.
struct KernelTable {
  std::unordered_map<std::string, void *> address;
  std::shared_ptr<const void> owner;

  /// The kernel `name`, null if there is none.
  template <typename T> jit::StepKernel<T> step(const std::string &name) const {
    auto it = address.find(name);
    return it == address.end()
               ? nullptr
               : reinterpret_cast<jit::StepKernel<T>>(it->second);
  }
};

} // namespace limen::engine
