import os
import subprocess

import lit.formats

config.name = "Limen"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.limen_binary_dir, "test", "lit")

path = [config.limen_tools_dir, config.llvm_tools_dir, os.environ.get("PATH", "")]
config.environment["PATH"] = os.pathsep.join(path)
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "HOME"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

config.substitutions.append(("%python", config.python))
config.substitutions.append(("%tools", config.limen_tools_dir))
config.substitutions.append(("%docs", os.path.join(config.limen_source_dir, "docs")))

# Recorded data, for the tests that REQUIRE it.
data = os.environ.get("LIMEN_TEST_DATA", "")
if os.path.isdir(data):
    config.available_features.add("test-data")
config.substitutions.append(("%data", data))
# Tests that read HDF5 files with h5py run Debian's interpreter, which has it.
debian_python = "/usr/bin/python3"
if subprocess.run([debian_python, "-c", "import h5py"], capture_output=True).returncode == 0:
    config.available_features.add("h5py")
config.substitutions.append(("%h5python", debian_python))
fashion = "/usr/share/datasets/fashion-mnist"
if os.path.isdir(fashion):
    config.available_features.add("fashion-mnist")
config.substitutions.append(("%fashion", fashion))

# PyNN with Brian2 as an oracle (python3-pynn, python3-brian of Debian), in whatever
# Python has them.
needed = "import importlib.util as u, sys; sys.exit(not all(u.find_spec(m) for m in ('pyNN', 'brian2', 'h5py')))"
for python in (config.python, "/usr/bin/python3"):
    if os.path.exists(python) and subprocess.run([python, "-c", needed]).returncode == 0:
        config.available_features.add("pynn")
        config.substitutions.append(("%pynn", python))
        break
