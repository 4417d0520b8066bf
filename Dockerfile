# A static program and nothing else: no shell, no package, no root.
#
#   docker build --build-arg VERSION=1.0 -t almanac .
#   docker run -p 8080:8080 -v almanac:/data -e ALMANAC_PUBLIC_URL=https://appointments.example.org almanac

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN make build VERSION="$VERSION"
RUN install -d -m 0700 /rootfs/data && install -d -m 1777 /rootfs/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=65532:65532 /rootfs/ /
COPY --from=build /src/bin/almanac /almanac
ENV ALMANAC_DATA_DIR=/data \
    ALMANAC_LISTEN=0.0.0.0:8080 \
    ALMANAC_LOG_FORMAT=json
USER 65532:65532
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=15s --retries=3 CMD ["/almanac", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/almanac"]
CMD ["serve"]
