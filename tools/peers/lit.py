"""Peer (c): LitServe with the tuned photo path of (b).

As many model workers as cores, and LitServe's own queue before them.

    python lit.py PORT
"""

import io
import os
import sys

import litserve
import numpy as np
from fastapi import Request
from PIL import Image

from peer_model import SIDE, LiteRT, answer


class Leaf(litserve.LitAPI):
    def setup(self, device):
        self.model = LiteRT(threads=1)

    def decode_request(self, request: Request):
        photo = Image.open(io.BytesIO(request["image"].file.read()))
        photo.draft("RGB", (2 * SIDE, 2 * SIDE))
        return np.asarray(photo.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR))

    def predict(self, pixels):
        return self.model.run(pixels)

    def encode_response(self, rows):
        return answer(rows)


if __name__ == "__main__":
    server = litserve.LitServer(
        Leaf(api_path="/api/predict/"),
        accelerator="cpu",
        workers_per_device=os.cpu_count(),
        healthcheck_path="/health/",
        timeout=60,
        fast_queue=True,
    )
    server.run(host="127.0.0.1", port=int(sys.argv[1]), num_api_servers=1,
               generate_client_file=False, log_level="warning", access_log=False)
