"""Finds the route that a caller of a wrong one means."""

from difflib import get_close_matches

from aiohttp import web

from http_gateway.errors import ApiError, shortened


def no_such_route(request: web.Request) -> ApiError:
    """The 404 of a path that does not exist, naming the one that is meant if it can be told."""
    path = shortened(request.path)
    known = sorted({resource.canonical for resource in request.app.router.resources()})
    meant = _meant(path, known)
    text = f"There is no {path} here"
    return ApiError(404, f"{text}; did you mean {meant}?" if meant else f"{text}.")


def _meant(path: str, known: list[str]) -> str | None:
    """The known path that differs only in a slash, the version or letter case, or else slightly."""
    bare = path.rstrip("/").lower()
    for candidate in (bare, f"/v1{bare}", bare.replace("/v1/v1", "/v1", 1)):
        if candidate in known:
            return candidate
    names = [name for name in known if "{" not in name]
    for path_meant in (f"/v1{bare}", bare):
        for name in get_close_matches(path_meant, names, n=1, cutoff=0.8):
            return name
    return None
