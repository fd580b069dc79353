"""Static files as all pages get them: compressed, and checked for a newer version before each use."""

from __future__ import annotations

from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles


class FreshFiles(StaticFiles):
    """A folder whose files browsers ask about before they use a kept copy."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Answer with a file (see parent class)."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def folder(path: str, directory: Any, name: str | None = None) -> Mount:
    """A route that serves the files of a folder."""
    return Mount(path, FreshFiles(directory=directory), name=name, middleware=[Middleware(GZipMiddleware)])
