// Puts a case of CrossSim together from its parameters and arrays.
#pragma once

#include "test/benchmark/rram/CrossSimArrays.h"
#include "test/benchmark/rram/CrossSimCase.h"
#include "test/benchmark/rram/CrossSimParameters.h"

namespace limen::bench {

class CrossSimReader {
public:
  CrossSimReader(CrossSimParameters &p, Arrays &arrays, std::string hint)
      : p(p), arrays(arrays), hint(std::move(hint)) {}

  std::optional<Error> run(CrossSimCase &out);

private:
  const events::NumberArray *matrix(const std::string &name);
  void readArrays(CrossSimCase &out);
  void readCells(CrossSimCase &out);
  void finish(CrossSimCase &out);

  // CrossSimCore.cpp: the core, and what only the note or the arrays say of it.
  bool hinted(const char *pattern) const;
  std::optional<unsigned> noted(std::initializer_list<const char *> patterns,
                                size_t group = 1) const;
  std::optional<double> notedNumber(const char *pattern) const;
  void readCore(CrossSimCase &out);
  size_t coreStyle(CrossSimCase &out);
  void readSlices(CrossSimCase &out);
  unsigned slicesOfArrays();
  bool subtracts(CrossSimCase &out);
  void readTiles(CrossSimCase &out);
  std::vector<uint32_t> bounds(bool ofRows, uint32_t count, unsigned limit);
  void readScale(CrossSimCase &out);

  // CrossSimDevice.cpp: cells, their noise, and wires.
  void readDevice(CrossSimCase &out);
  void readNoise(CrossSimCase &out);
  void readNonlinearity(CrossSimCase &out);
  void readWires(CrossSimCase &out);
  void readRelaxation(CrossSimCase &out);

  // CrossSimConverters.cpp
  void readDac(CrossSimCase &out);
  void readAdc(CrossSimCase &out);
  void readAdcErrors(const imchw::Adc &adc, imchw::AdcErrors &errors);
  void setEnds(CrossSimCase &out, imchw::Adc adc, size_t option);

  CrossSimParameters &p;
  Arrays &arrays;
  std::string hint;
  bool interleaved = false;
};

} // namespace limen::bench
