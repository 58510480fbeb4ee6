"""The web application: the one place where the parts meet."""

from __future__ import annotations

import structlog
from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry
from redis import Redis
from werkzeug.exceptions import HTTPException

from plugin import logs
from plugin.integrations.hooks.gauge import HeardWebhooks
from plugin.jobs.cache import RedisCache
from plugin.jobs.embedded import redis_url
from plugin.jobs.queue import Queue
from plugin.notices.gauge import OpenNotices
from plugin.settings import Settings
from plugin.sites.connect.routes import connect_door
from plugin.sites.outcomes import CountedOutcomes
from plugin.sites.parts import EXTENSION
from plugin.sites.permissions import JiraPermissions
from plugin.store.database import Database
from plugin.store.sealing import Seal
from plugin.store.upgrade import is_current
from plugin.sync.circuit_gauge import OpenCircuits
from plugin.web.delivery import Desk
from plugin.web.headers import protect_answers
from plugin.web.hooks import webhook_door
from plugin.web.operations import operations
from plugin.web.parts import WebParts
from plugin.web.shells.connect import connect_shell
from plugin.web.views import routes
from sage_adapters.errors import Trouble

log = structlog.get_logger()


def create_app(settings: Settings | None = None) -> Flask:
    """Made once per web process. Without `settings` they come from the environment."""
    settings = settings or Settings.from_environment()
    logs.configure(settings.log_format)
    registry = CollectorRegistry()
    redis = Redis.from_url(redis_url(settings))
    parts = WebParts(
        settings=settings,
        database=Database.from_settings(settings),
        seal=Seal.from_settings(settings),
        cache=RedisCache(redis),
        outcomes=CountedOutcomes(registry),
        queue=Queue(redis),
    )
    app = Flask(__name__, static_folder=None)
    app.extensions[EXTENSION] = parts
    app.register_blueprint(connect_door())
    app.register_blueprint(webhook_door(parts))
    app.register_blueprint(connect_shell(Desk(parts, routes(), JiraPermissions(parts))))
    checks = {"database": lambda: is_current(parts.database), "queue": lambda: bool(redis.ping())}
    counted = CollectorRegistry()
    counted.register(OpenNotices(parts.database))
    counted.register(OpenCircuits(parts.database))
    counted.register(HeardWebhooks(parts.database))
    app.register_blueprint(operations(checks, registry, counted, settings.metrics_token))
    app.register_error_handler(HTTPException, _answer_plainly)
    app.register_error_handler(Trouble, _answer_trouble)
    protect_answers(app)
    return app


def _answer_trouble(trouble: Exception) -> ResponseReturnValue:
    """A trouble that no page could tell, as when the sealing keys are lost: said plainly, logged for the operator."""
    assert isinstance(trouble, Trouble)
    log.error("request.trouble", code=trouble.code, words=str(trouble))
    return jsonify(error="Counterfoil cannot answer now", message=str(trouble)), 503


def _answer_plainly(error: HTTPException) -> ResponseReturnValue:
    """Callers are Jira, browsers inside it and machines: a short JSON sentence serves all."""
    return jsonify(error=error.name, message=error.description), error.code or 500
