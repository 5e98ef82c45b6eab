import { EventSource } from "undici";
import { follow } from "./report.mjs";

follow(new EventSource(process.argv[2]));
