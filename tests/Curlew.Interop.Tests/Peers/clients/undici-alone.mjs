// Nothing but the source: its timer does not keep the process alive while it waits to connect again.
import { EventSource } from "undici";

new EventSource(process.argv[2]);
