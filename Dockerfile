# syntax=docker/dockerfile:1

# The project and its dependencies, built once into a virtual environment.
FROM python:3.13-slim AS build
WORKDIR /source
RUN python -m venv /opt/adapter
COPY requirements/build.txt requirements/run.txt requirements/
RUN /opt/adapter/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
    -r requirements/build.txt -r requirements/run.txt
COPY setup.cfg pyproject.toml README.md LICENSE ./
COPY xml_templates xml_templates
COPY adapter adapter
RUN /opt/adapter/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

# What runs: no compiler, no pip cache, no root. PostgreSQL's own programs are for `adapter backup` and `adapter restore`.
FROM python:3.13-slim
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin adapter \
    && install -d -o adapter -g adapter -m 0700 /data
COPY --from=build /opt/adapter /opt/adapter
ENV PATH=/opt/adapter/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ADAPTER_HOST=0.0.0.0 \
    ADAPTER_PORT=8000 \
    ADAPTER_DATA=/data
USER adapter
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8000
# gunicorn finishes the calls in flight on SIGTERM
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['ADAPTER_PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["adapter"]
CMD ["serve"]
