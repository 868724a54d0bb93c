// One sample on a chip of RRAM macros.
#pragma once

#include "hw-models/imc/Adc.h"
#include "hw-models/imc/Programming.h"
#include "hw-models/imc/Reader.h"
#include "runtime/engine/Engine.h"
#include "runtime/engine/KernelTable.h"
#include "runtime/network/Parts.h"
#include "runtime/program/ImcProgram.h"

#include <cmath>

namespace limen::engine {

/// Entries of SampleResult::actions.
enum ImcAction : unsigned {
  RowDrives,
  Conversions,
  Clipped,
  ConductedNanoSiemens,
  SilentReads,
  Reads,
  ClippedDrives,
  Overflows,
  Additions,
  Shifts,      ///< of Additions
  Corrections, ///< of Additions
  NeuronAdds,
  NeuronMultiplies,
  NeuronCompares,
  NeuronSelects,
  NeuronOthers,
  StateAccesses,
  HeadAdds,
  HeadMultiplies,
  HeadCompares,
  HeadSelects,
  HeadOthers,
  HeadWords,
  LoadedRegions,
  LoadedCells,
  WritePulses,
  VerifyReads,
  VerifyDrives,
  VerifyNanoSiemens,
  LoadCycles,
  CellWear, ///< writes by loads of the cell that has most of them
  ImcActionCount
};

/// Conductance as it is counted in actions.
inline uint64_t nanosiemens(double siemens) {
  return static_cast<uint64_t>(std::llround(siemens * 1e9));
}

/// What all sessions share: the chip instance.
struct ImcShared {
  std::shared_ptr<const network::Network> network;
  std::shared_ptr<const program::ImcProgram> program;
  KernelTable kernels;
  uint64_t seed = 0;
  network::Parts parts;
  imchw::Endurance wear{0};             ///< of written cells
  std::vector<imchw::WriteCost> writes; ///< per region; 0 of formed ones
  std::vector<bool> isLoaded;           ///< per region: in turns
  /// Sets of regions that are loaded into some cell they share: its wear in a
  /// sample is the sum of their loads.
  std::vector<std::vector<unsigned>> wearSets;
  /// Per region: the other loaded regions that share a cell with it.
  std::vector<std::vector<unsigned>> loadedOver;
  std::vector<imchw::Crossbar> cells;        ///< per region
  std::vector<imchw::AdcBank> converters;    ///< per region, calibrated
  std::vector<imchw::RowDrivers> drivers;    ///< per region
  std::vector<jit::StepKernel<float>> steps; ///< per node
  std::vector<std::vector<std::vector<float>>> coefficients; ///< [node][k][i]
  std::vector<std::vector<std::vector<double>>> bias; ///< [node][receptor][i]
  std::vector<double> driveScale; ///< per matrix, calibrated
  /// Per projection: the stage held in cells (-1: digital).
  std::vector<int> matrixStage;
  uint32_t history = 1; ///< steps of events kept: longest delay + 1
};

/// What samples show of a chip before it is used: with it a session reads cells
/// exactly, converts ideally and records.
struct ImcCalibration {
  std::vector<imchw::RangeTracker> sums; ///< per region; empty: none
  /// Per matrix, the largest |number| on a row; drivers are ideal while it is
  /// recorded. Empty: none.
  std::vector<double> drives;
};

std::unique_ptr<Session> openImcSession(const ImcShared &shared,
                                        const SessionOptions &options,
                                        ImcCalibration *calibration = nullptr);

} // namespace limen::engine
