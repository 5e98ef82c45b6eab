import { EventSource } from "eventsource";
import { follow } from "./report.mjs";

follow(new EventSource(process.argv[2]));
