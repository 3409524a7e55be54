# The image of web, workers, beat, dispatcher and migrations: one image, several commands.
FROM python:3.13.9-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY deploy/requirements.lock /tmp/requirements.lock
RUN /opt/venv/bin/pip install --require-hashes -r /tmp/requirements.lock

FROM python:3.13.9-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    VAR_DIR=/var/lib/tandem \
    STATIC_ROOT=/srv/static
RUN useradd --system --uid 10001 --home-dir /var/lib/tandem tandem \
    && install -d -o tandem -g tandem /var/lib/tandem /var/lib/tandem/ready
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/tandem
COPY LICENSE manage.py ./
COPY config ./config
COPY referrals ./referrals
COPY coordination ./coordination
# Needs no secret and leaves none: without addresses the settings make throw-away keys in memory.
RUN python manage.py collectstatic --noinput
USER tandem
EXPOSE 8000
CMD ["python", "-m", "granian", "config.wsgi:application", "--interface", "wsgi", \
     "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "8", \
     "--respawn-failed-workers", "--no-ws", "--log-level", "error"]
