# The image of the GitHub action and of the GitLab job. Any Debian-like base with Python 3.11-3.13, pip and venv will do.
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
ARG UV=0.13.9
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir uv==${UV}
ENV UV_PROJECT_ENVIRONMENT=/opt/sockdeploy UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1
WORKDIR /src
# Dependencies first, as uv.lock names them, each file checked against its hash: a change of ours builds in seconds.
COPY pyproject.toml uv.lock ./
RUN /opt/uv/bin/uv sync --frozen --no-dev --no-install-project
COPY README.md LICENSE ./
COPY deployer deployer
RUN /opt/uv/bin/uv sync --frozen --no-dev --no-editable

FROM ${BASE}
LABEL org.opencontainers.image.title=sockdeploy \
      org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.source=https://github.com/org/sockdeploy
COPY --from=build /opt/sockdeploy /opt/sockdeploy
ENV PATH=/opt/sockdeploy/bin:$PATH PYTHONUNBUFFERED=1
# No USER: GitHub mounts a workspace that belongs to another user, and supports root alone in container actions.
# Exec form, straight to Python: a shell would drop variables such as INPUT_DRY-RUN and keep SIGTERM to itself. -I: neither a
# `deployer` folder in the workspace nor a PYTHONPATH of the workflow gets in front of ours. -u: each line appears at once.
ENTRYPOINT ["/opt/sockdeploy/bin/python3", "-I", "-u", "-m", "deployer"]
