"""Peers (b) and (d): the same service, tuned as far as Python goes.

As many worker processes as cores, each with one single-threaded model a thread
(so no lock); libjpeg's scaled decode by Pillow's draft; uploads kept in memory,
not in a temporary file. PEER_ENGINE=onnx takes ONNX Runtime in place of LiteRT.

    uvicorn tuned:app --port 8002 --workers 2 --loop uvloop --http httptools
"""

import contextlib
import io
import os
import threading

import anyio.to_thread
import numpy as np
from fastapi import FastAPI, File, Form, UploadFile
from PIL import Image
from starlette.formparsers import MultiPartParser

from peer_model import SIDE, LiteRT, OnnxRuntime, answer

MultiPartParser.spool_max_size = 16 << 20

engine = OnnxRuntime if os.environ.get("PEER_ENGINE") == "onnx" else LiteRT
models = threading.local()


@contextlib.asynccontextmanager
async def lifespan(_):
    # Two threads a worker keep a core busy while one waits; more only take memory.
    anyio.to_thread.current_default_thread_limiter().total_tokens = 2
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/health/")
async def health():
    return {"status": "healthy"}


def classify(data):
    if not hasattr(models, "own"):
        models.own = engine(threads=1)
    photo = Image.open(io.BytesIO(data))
    photo.draft("RGB", (2 * SIDE, 2 * SIDE))
    photo = photo.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return answer(models.own.run(np.asarray(photo)))


@app.post("/api/predict/")
async def predict(image: UploadFile = File(...), detection_type: str = Form("leaf"), preview_only: bool = Form(True)):
    return await anyio.to_thread.run_sync(classify, await image.read())
