"""Starlette on uvicorn, one process: GET /sub/<topic>,<topic>,...   POST /pub/<topic>, the body being the data. A queue for each connection."""

import asyncio
from collections import defaultdict

from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

queues = defaultdict(set)
sequence = 0


async def events(topics, queue):
    try:
        yield b":\n\n"
        while True:
            yield await queue.get()
    finally:
        for topic in topics:
            queues[topic].discard(queue)


async def subscribe(request):
    topics = request.path_params["topics"].split(",")
    queue = asyncio.Queue()
    for topic in topics:
        queues[topic].add(queue)
    return StreamingResponse(events(topics, queue), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def publish(request):
    global sequence
    sequence += 1
    frame = b"id: %d\ndata: %b\n\n" % (sequence, await request.body())
    for queue in queues[request.path_params["topic"]]:
        queue.put_nowait(frame)
    return Response(status_code=202)


async def ready(request):
    return Response(status_code=204)


app = Starlette(routes=[Route("/sub/{topics}", subscribe), Route("/pub/{topic}", publish, methods=["POST"]), Route("/ready", ready)])
