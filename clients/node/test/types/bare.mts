// A user without @types/node, and without TypeScript's library for browsers.
import { Bridge, type AbortSignalLike, type LogEntry } from "nats-credentials-bridge";

const bridge = new Bridge({ region: "local", env: { A: undefined } });
const levels: LogEntry["level"][] = [];
const log = ({ level }: LogEntry) => levels.push(level);
bridge.once("log", log).on("abandoned", ({ id }) => id?.length).addListener("log", log).removeAllListeners("log");
export const listeners: number = bridge.listenerCount("log") + bridge.getMaxListeners();

declare const signal: AbortSignalLike;
const { saved } = await bridge.credentials.create({ save_to: "app.creds" }, { signal });
for await (const { id } of bridge.credentials.list({}, { signal })) id.toUpperCase();
await bridge.close();
export const path: string = saved.path;

// @ts-expect-error: what can tell of an abort, not anything
await bridge.ping({ signal: {} });
// @ts-expect-error: no such event
bridge.once("end", () => {});
