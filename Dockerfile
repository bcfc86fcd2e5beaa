# The image of the service and of its worker: docs/containers.md.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
WORKDIR /srv/blog
COPY requirements.txt ./
# The virtual environment has the packages only: pip stays in this stage.
RUN python3 -m venv --without-pip .venv \
    && python3 -m pip --python .venv/bin/python install --no-cache-dir --disable-pip-version-check -r requirements.txt
COPY config.py config_fields.py config_keys.py gunicorn.conf.py wsgi.py ./
COPY migrations migrations
COPY blog_api blog_api
# The service cannot write to these folders, so compile the modules now.
RUN .venv/bin/python -m compileall -q blog_api migrations config.py config_fields.py config_keys.py wsgi.py

FROM python:${PYTHON}
RUN useradd --user-group --uid 10001 --no-create-home --shell /usr/sbin/nologin blog
WORKDIR /srv/blog
COPY --from=build /srv/blog ./
# Where pictures are stored, on a volume. A new volume takes over the owner.
RUN install --directory --owner=blog --group=blog instance/media
ENV PATH=/srv/blog/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FLASK_APP=wsgi \
    APP_ENV=production \
    HOST=0.0.0.0
# By number, so that Kubernetes can check that it is not root.
USER 10001:10001
EXPOSE 8000
# Only whether the process responds: restarting it does not help if the database is down.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT') or 8000}/health/live\", timeout=4)"]
CMD ["gunicorn", "wsgi:app"]
