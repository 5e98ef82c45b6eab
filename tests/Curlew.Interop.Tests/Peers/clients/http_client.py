"""Reads one answer, up to its end, and prints a line of JSON for each event. Arguments: the address, and the last event id."""
import http.client
import json
import sys
from urllib.parse import urlsplit

url = urlsplit(sys.argv[1])
connection = http.client.HTTPConnection(url.netloc)
headers = {"Accept": "text/event-stream"}
if len(sys.argv) > 2:
    headers["Last-Event-ID"] = sys.argv[2]
connection.request("GET", f"{url.path}?{url.query}", headers=headers)

last_event_id, kind, data = "", "", []
try:
    for octets in connection.getresponse():
        line = octets.decode().rstrip("\n")
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            last_event_id = value
        elif field == "event":
            kind = value
        elif field == "data":
            data.append(value)
        elif not line:
            if data:
                print(json.dumps({"type": kind or "message", "data": "\n".join(data), "id": last_event_id}), flush=True)
            kind, data = "", []
except (ConnectionError, http.client.HTTPException) as error:
    print("error", error, file=sys.stderr)
