#!/bin/sh
# Installs the Python peers into tools/peers/.venv from their lock, and turns the
# leaf model into ONNX for the one peer that needs it. A second call does nothing.
#
# The ONNX file is made by the TensorFlow of tools/.venv; where it cannot be made
# that peer is left out, and the script says so.
set -eu

cd "$(dirname "$0")/../.."
here=tools/peers
venv=$here/.venv
model=models/leaf-mobilenetv2.tflite

want=$(cat "$here/requirements.lock" "$here/convert.lock" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$venv/.stamp" 2>/dev/null || true)" != "$want" ]; then
	rm -rf "$venv"
	python3 -m venv "$venv" || {
		echo "python3 cannot make a virtual environment: run apt-get install python3-venv" >&2
		exit 1
	}
	pip="$venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes"
	$pip -r "$here/requirements.lock"
	$pip --no-deps --target "$venv/convert" -r "$here/convert.lock"
	echo "$want" >"$venv/.stamp"
fi

onnx=$venv/leaf.onnx
sum=$(sha256sum "$model" | cut -d' ' -f1)
if [ -s "$onnx" ] && [ "$(cat "$onnx.of" 2>/dev/null || true)" = "$sum" ]; then
	exit 0
fi
rm -f "$onnx"
# One that is there is taken as it is: somebody may be training in it.
if { [ -x tools/.venv/bin/python ] || tools/native/python.sh >&2; } &&
	PYTHONPATH="$PWD/$venv/convert" tools/.venv/bin/python -m tf2onnx.convert --tflite "$model" --opset 15 --output "$onnx.part" >"$venv/convert.log" 2>&1; then
	mv "$onnx.part" "$onnx"
	echo "$sum" >"$onnx.of"
else
	echo "the model cannot be turned into ONNX (see $venv/convert.log): that peer is left out" >&2
fi
