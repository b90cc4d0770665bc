"""What the Python peers share: the models behind them and the form of an answer.

Not part of the program. Both models are the int8 leaf model; every peer answers
POST /api/predict/ with the class, its probability and the gate, so that all do
the same work as far as they do it.
"""

import json
import os

import numpy as np

GATE = ["leaf", "fruit", "other"]
SIDE = 224
MODELS = os.environ.get("MODELS_DIR", "models")
with open(os.path.join(MODELS, "manifest.json")) as manifest:
    CLASSES = next(m["classes"] for m in json.load(manifest)["models"] if m["id"] == "leaf-mobilenetv2")


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


class LiteRT:
    """One LiteRT interpreter. One thread at a time may use it."""

    def __init__(self, threads):
        from ai_edge_litert.interpreter import Interpreter

        path = os.path.join(MODELS, "leaf-mobilenetv2.tflite")
        self.interpreter = Interpreter(model_path=path, num_threads=threads)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        # Of the outputs the answer needs two: the classes, then the gate.
        outputs = {tuple(o["shape"]): o for o in self.interpreter.get_output_details()}
        self.rows = [outputs[1, len(CLASSES)], outputs[1, len(GATE)]]
        self.run(np.zeros((SIDE, SIDE, 3), np.uint8))

    def run(self, pixels):
        self.interpreter.set_tensor(self.input, pixels[np.newaxis])
        self.interpreter.invoke()
        out = []
        for o in self.rows:
            scale, zero = o["quantization"]
            out.append((self.interpreter.get_tensor(o["index"])[0].astype(np.float32) - zero) * scale)
        return out


class OnnxRuntime:
    """The same model in ONNX Runtime, with the scales of the TensorFlow Lite file."""

    def __init__(self, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        path = os.path.join(os.path.dirname(__file__), ".venv", "leaf.onnx")
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        scales = LiteRT(1)
        self.rows = [(o["name"], o["quantization"]) for o in scales.rows]
        self.run(np.zeros((SIDE, SIDE, 3), np.uint8))

    def run(self, pixels):
        rows = self.session.run([name for name, _ in self.rows], {self.input: pixels[np.newaxis]})
        return [(row[0].astype(np.float32) - zero) * scale for row, (_, (scale, zero)) in zip(rows, self.rows)]


def answer(rows):
    p = softmax(rows[0])
    best = int(p.argmax())
    reply = {
        "success": True,
        "disease": CLASSES[best],
        "confidence": round(float(p[best]) * 100, 2),
        "probabilities": {name: round(float(v), 4) for name, v in zip(CLASSES, p)},
    }
    reply["gate"] = dict(zip(GATE, (round(float(v), 4) for v in softmax(rows[1]))))
    return reply
