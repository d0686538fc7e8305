# syntax=docker/dockerfile:1
# One image for every service: docker-compose.yml says which one a container runs.

FROM python:3.13-slim-bookworm AS build
COPY --from=ghcr.io/astral-sh/uv:0.13.8 /uv /bin/uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /app
# First only what the lock file names: a change of our own code leaves this layer as it is.
COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --locked --no-default-groups --extra postgres --no-install-project
COPY README.md ./
COPY events events
COPY services services
COPY projections projections
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --locked --no-default-groups --extra postgres --no-editable

FROM python:3.13-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin kelambu \
    && install -d -o kelambu -g kelambu -m 0700 /data
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 KELAMBU_DATA=/data
USER kelambu
WORKDIR /data
VOLUME /data
ENTRYPOINT ["kelambu"]
CMD ["--help"]
