"""Peer (a): FastAPI, Pillow and LiteRT as one usually writes it.

One process, one interpreter with four threads behind a lock, and each photo
decoded in full. Run by run.py:

    uvicorn usual:app --port 8001
"""

import io
import threading

import numpy as np
from fastapi import FastAPI, File, Form, UploadFile
from PIL import Image

from peer_model import SIDE, LiteRT, answer

app = FastAPI()
model = LiteRT(threads=4)
lock = threading.Lock()


@app.get("/health/")
def health():
    return {"status": "healthy"}


@app.post("/api/predict/")
def predict(image: UploadFile = File(...), detection_type: str = Form("leaf"), preview_only: bool = Form(True)):
    photo = Image.open(io.BytesIO(image.file.read())).convert("RGB").resize((SIDE, SIDE))
    with lock:
        rows = model.run(np.asarray(photo))
    return answer(rows)
