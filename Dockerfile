# Built in stages: what compiles stays behind, what serves goes along.

FROM golang:1.26-bookworm AS build
WORKDIR /src
# Versions are Debian's: with each build its security updates come along.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-pip python3-venv libturbojpeg0-dev nodejs npm \
 && rm -rf /var/lib/apt/lists/*
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN make build \
 && MODELS_DIR=models bin/mangosense check \
 && mkdir -p /out/bin/lib /out/models \
 && cp bin/mangosense /out/bin/ \
 && cp ".native/$(go env GOARCH)/lib/libtensorflowlite_c.so" /out/bin/lib/ \
 && cp ".native/$(go env GOARCH)/LICENSE" /out/bin/lib/LICENSE.tensorflow-lite \
 && cp models/manifest.json models/*.tflite models/*.bin models/MODEL_CARD.md /out/models/ \
 && cp start.sh LICENSE NOTICE /out/

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libturbojpeg0 libstdc++6 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin mango \
 && install -d -o mango -g mango -m 0750 /data
COPY --from=build /out/ /app/
# start.sh begins as root, gives DATA_DIR to this user (platforms mount volumes as
# root's) and goes on as this user. Where the platform starts it as another user
# (docker run --user 10001, runAsUser), it stays that one.
ENV PATH=/app/bin:$PATH DATA_DIR=/data PORT=8000 RUN_AS_USER=mango
WORKDIR /app
RUN mangosense check
EXPOSE 8000
CMD ["/app/start.sh"]
