import { Bridge, NotFound } from "nats-credentials-bridge";
import library = require("nats-credentials-bridge");

const Same: typeof library.Bridge = Bridge;

async function main(): Promise<string | undefined> {
  const bridge = new Same({ region: "local" });
  try {
    const { content } = (await bridge.credentials.create()).credentials;
    // @ts-expect-error: a secret is not a string
    content.toUpperCase();
    return content.reveal();
  } catch (error) {
    return error instanceof NotFound ? error.kind : undefined;
  } finally {
    await bridge.close();
  }
}

void main();
