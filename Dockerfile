# syntax=docker/dockerfile:1
# The image holds Python, the exporter, what it needs, and bcrypt for web passwords; nothing of the build stays.
FROM python:3.14-slim-trixie AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY exporter ./exporter
RUN python -m venv /app \
    && /app/bin/python -m pip install --no-cache-dir --constraint constraints.txt '.[auth]' \
    && /app/bin/python -m pip uninstall --yes pip \
    && install -d -o 65532 -g 65532 -m 0750 /state

FROM python:3.14-slim-trixie
ARG REVISION=unknown
LABEL org.opencontainers.image.title="postfix-deliverability-exporter" \
      org.opencontainers.image.description="Prometheus exporter for Postfix deliverability" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="GPL-3.0-or-later"
COPY --from=build /app /app
COPY --from=build --chown=65532:65532 /state /state
ENV PATH=/app/bin:/usr/local/bin:/usr/bin:/bin \
    STATE_DIRECTORY=/state \
    PYTHONDONTWRITEBYTECODE=1 \
    POSTFIX_DELIVERABILITY_EXPORTER_REVISION=${REVISION}
# The root file system may be read-only: only /state is written to.
VOLUME /state
USER 65532:65532
EXPOSE 9154
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["/app/bin/python", "-m", "exporter.web.healthcheck", "http://127.0.0.1:9154/-/healthy"]
ENTRYPOINT ["/app/bin/postfix-deliverability-exporter"]
