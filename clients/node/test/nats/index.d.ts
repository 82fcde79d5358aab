// The declarations of nats.js for what is used of it here.
export interface Authenticator {
  (nonce?: string): object;
}
export interface Msg {
  data: Uint8Array;
  string(): string;
  respond(payload?: Uint8Array | string): boolean;
}
export interface NatsConnection {
  subscribe(subject: string, options: { callback: (error: Error | null, message: Msg) => void }): unknown;
  request(subject: string, payload?: Uint8Array | string, options?: { timeout: number }): Promise<Msg>;
  flush(): Promise<void>;
  closed(): Promise<void | Error>;
  close(): Promise<void>;
}
export function credsAuthenticator(creds: Uint8Array): Authenticator;
export function connect(options: { servers?: string; authenticator?: Authenticator; reconnect?: boolean }): Promise<NatsConnection>;
