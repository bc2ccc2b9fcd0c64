# The wheel is built in the first stage (front-end packages come from npm there); the second holds only what runs.
FROM python:3.11-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends npm && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /app && /app/bin/pip install --no-cache-dir --require-hashes -r requirements.lock -r requirements-build.lock
COPY . .
RUN /app/bin/python -m dashboard.assets \
 && /app/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /dist . \
 && /app/bin/pip install --no-cache-dir --no-deps /dist/*.whl \
 && /app/bin/pip uninstall --yes hatchling editables pip

FROM python:3.11-slim
# pg_dump and pg_restore for `corridor backup`
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --uid 10001 corridor && install -d -o corridor -g corridor /data
COPY --from=build /app /app
ENV MALLOC_ARENA_MAX=2 PATH=/app/bin:$PATH CORRIDOR_DATA_DIR=/data CORRIDOR_ENVIRONMENT=production CORRIDOR_LOG_FORMAT=json PYTHONUNBUFFERED=1
USER corridor
WORKDIR /data
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["corridor"]
CMD ["serve", "--host", "0.0.0.0"]
