"""A request's body, read as it comes and never beyond a bound."""

from fastapi import HTTPException, Request


async def bounded(request: Request, limit: int) -> bytes:
    """Return the body of at most `limit` bytes, whatever Content-Length says. Raises HTTPException 413."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > limit:
        raise HTTPException(413, f"The body is larger than {limit // 2**20} MiB.")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            raise HTTPException(413, f"The body is larger than {limit // 2**20} MiB.")
    return bytes(body)
