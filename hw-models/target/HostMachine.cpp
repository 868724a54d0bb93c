#include "hw-models/target/HostMachine.h"

#include "hw-models/target/Target.h"

using namespace limen;
using namespace limen::target;

Result<HostMachine> HostMachine::parse(const YamlDocument &document) {
  HostMachine machine;
  YamlMap root = document.root();
  machine.name = readHeader(root);
  const YamlValue precision = root.requiredValue("precision");
  machine.doublePrecision = precision.scalar() == "float64";
  if (!machine.doublePrecision && precision.scalar() != "float32")
    precision.fail("'precision' is '" + precision.scalar() +
                   "'; float32 or float64 was wanted");
  root.finish();
  if (auto error = document.firstError())
    return *error;
  return machine;
}
