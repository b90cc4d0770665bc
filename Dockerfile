# Built in stages: what compiles stays behind, what serves goes along.

FROM golang:1.26-bookworm AS build
WORKDIR /src
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-pip python3-venv libturbojpeg0-dev \
 && rm -rf /var/lib/apt/lists/*
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN make build \
 && MODELS_DIR=models bin/mangosense check \
 && mkdir -p /out/bin/lib /out/models \
 && cp bin/mangosense /out/bin/ \
 && cp ".native/$(go env GOARCH)/lib/libtensorflowlite_c.so" /out/bin/lib/ \
 && cp models/manifest.json models/*.tflite models/MODEL_CARD.md /out/models/ \
 && cp start.sh LICENSE NOTICE /out/

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libturbojpeg0 libstdc++6 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin mango \
 && install -d -o mango -g mango -m 0750 /data
COPY --from=build /out/ /app/
ENV PATH=/app/bin:$PATH MODELS_DIR=/app/models DATA_DIR=/data PORT=8000 ANONYMOUS_PREVIEWS=false
USER mango
WORKDIR /app
RUN mangosense check
EXPOSE 8000
CMD ["/app/start.sh"]
