"""Python's http.server: HTTP/1.0, where the end of the connection is the end of the answer. The lines end with CR."""
import http.server
import json
import pathlib
import sys
import threading

EVENTS = json.loads(pathlib.Path(__file__).with_name("events.json").read_text(encoding="utf-8"))


def block(event):
    if "id" in event:
        yield f"id: {event['id']}"
    if "type" in event:
        yield f"event: {event['type']}"
    for line in event["data"].split("\n"):
        yield f"data: {line}"
    yield ""


class Handler(http.server.BaseHTTPRequestHandler):
    connections = 0

    def do_GET(self):
        last_event_id = self.headers.get("Last-Event-ID")
        print("request", last_event_id or "none", flush=True)
        index = next((i + 1 for i, event in enumerate(EVENTS) if event.get("id") == last_event_id), 0) if last_event_id else 0
        batch = EVENTS[index : index + 4]
        if not batch:
            self.send_response(204)
            self.end_headers()
            return
        Handler.connections += 1
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        lines = [": hello", "retry: 10", ""] if Handler.connections == 1 else []
        for event in batch:
            lines += block(event)
        if Handler.connections % 2 == 1:
            lines += ["id: never", "data: half"]
        self.wfile.write("".join(f"{line}\r" for line in lines).encode())

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("listening", server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
# Ends with whoever started it.
sys.stdin.read()
